//! Rows of Arrow data as bytes that are equal exactly where the values are.
//!
//! The bytes do not depend on how Arrow lays the values out: on chunks and slices, on the width of
//! integers and offsets, on views and dictionaries. A value begins with a byte for its kind, and
//! where it ends follows from its own bytes, so that values in a row cannot run into one another.
//!
//! | value | bytes |
//! |---|---|
//! | null | `00` |
//! | false, true | `01`, `02` |
//! | a number | `1k`, then the number at width `k` (below) |
//! | a list of numbers, none null | `2k`, how many, each at the least width `k` that holds them all |
//! | any other list | `30`, how many, each value |
//! | a string | `40`, how many bytes, the bytes |
//! | binary data | `41`, how many bytes, the bytes |
//! | a struct, a row | `50`, each field that is not null: its name as a string, its value; `5f` |
//! | a map | `60`, how many entries, each key and value |
//! | a date | `70`, days since 1970 as 32 bits; a `date64` within a day: `71`, milliseconds |
//! | a time of day | `72`, nanoseconds as 64 bits |
//! | a timestamp | `73` without zone, `74` with one: seconds since 1970 as 64 bits, nanoseconds as 32 |
//! | a duration | `75`, seconds as 64 bits, nanoseconds as 32 |
//! | an interval | `76`, months and days as 32 bits, nanoseconds as 64 |
//! | a decimal | `80`, its scale as 8 bits, its digits as a number of 256 bits |
//!
//! Numbers are little-endian; "how many" is LEB128. The widths `k` are 0 to 3 for signed integers
//! of 8, 16, 32 and 64 bits, 4 for unsigned of 64, 5 and 6 for floats of 32 and 64 bits: the first
//! that holds the number exactly. So numbers are equal where they are equal in Python, 1 and 1.0
//! too, and 0.0 and -0.0; all NaN are one. Fields go by name: their order does not matter, and a
//! field that is missing is one that is null.

mod by_type;
mod bytes;
mod column;
mod encoded;
mod error;
mod nested;
mod number;
mod temporal;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field};

use crate::algorithm::RowSink;
use column::Column;
pub use error::ValuesError;

/// Rows to be hashed by their values: of a table, or the values of one array.
pub struct ValueRows {
    chunks: Vec<Box<dyn Column>>,
    /// The number of the first row of each chunk, and at the end the number of all rows.
    starts: Vec<usize>,
}

impl ValueRows {
    /// The rows of chunks of one type: the values of arrays, or, of arrays of structs, the rows of
    /// a table.
    ///
    /// # Errors
    ///
    /// A type is not covered, or two columns have one name.
    pub fn new(chunks: &[ArrayRef]) -> Result<Self, ValuesError> {
        let mut rows = Self { chunks: Vec::with_capacity(chunks.len()), starts: vec![0] };
        for chunk in chunks {
            rows.starts.push(rows.num_rows() + chunk.len());
            rows.chunks.push(match chunk.data_type() {
                DataType::Struct(_) => by_type::of_struct(chunk.as_struct(), "")?,
                other => by_type::of(&Field::new("rows", other.clone(), true), chunk, "")?,
            });
        }
        Ok(rows)
    }

    /// How many rows there are.
    pub fn num_rows(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    /// Writes the bytes of row `row`, which is below [`num_rows`](Self::num_rows).
    ///
    /// # Errors
    ///
    /// A value points outside its Arrow buffers.
    pub fn write_row(&self, row: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        let chunk = self.starts.partition_point(|&start| start <= row) - 1;
        self.chunks[chunk].write(row - self.starts[chunk], out)
    }
}

/// Writes the bytes of a row that is one string, as of an array of strings.
pub fn write_text(text: &[u8], out: &mut RowSink) {
    bytes::write(bytes::STRING, text, out);
}

/// Writes the bytes of a row that is one piece of binary data.
pub fn write_binary(binary: &[u8], out: &mut RowSink) {
    bytes::write(bytes::BINARY, binary, out);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::builder::{Int32Builder, ListBuilder};
    use arrow_array::{Float64Array, Int64Array, StringArray, StructArray};

    use super::*;
    use crate::Algorithm;

    /// The bytes of the rows of an array, as the table above has them.
    fn rows(array: impl Array + 'static) -> Vec<Vec<u8>> {
        let rows = ValueRows::new(&[Arc::new(array) as ArrayRef]).unwrap();
        let mut sink = RowSink::new(Algorithm::Sha256);
        let bytes = |row| {
            rows.write_row(row, &mut sink).unwrap();
            std::mem::take(sink.buffer())
        };
        (0..rows.num_rows()).map(bytes).collect()
    }

    #[test]
    fn numbers_go_by_value() {
        let expected = [vec![0x10, 1], vec![0x11, 0, 1], vec![0x12, 0, 0, 1, 0], vec![0x00]];
        let integers = [Some(1), Some(256), Some(65_536), None];
        assert_eq!(rows(Int64Array::from(integers.to_vec())), expected);
        let floats = integers.map(|value| value.map(|value| value as f64));
        assert_eq!(rows(Float64Array::from(floats.to_vec())), expected);
        let halves = rows(Float64Array::from(vec![0.5, 0.1, -0.0, f64::NAN]));
        assert_eq!(halves[0], [&[0x15][..], &0.5f32.to_le_bytes()].concat());
        assert_eq!(halves[1], [&[0x16][..], &0.1f64.to_le_bytes()].concat());
        assert_eq!(halves[2], [0x10, 0]);
        assert_eq!(halves[3], [0x15, 0, 0, 0xc0, 0x7f]);
    }

    #[test]
    fn lists_of_numbers_share_a_width() {
        let mut lists = ListBuilder::new(Int32Builder::new());
        lists.append_value([Some(1), Some(300)]);
        lists.append_value([Some(1), None]);
        lists.append_value([]);
        assert_eq!(
            rows(lists.finish()),
            [vec![0x21, 2, 1, 0, 44, 1], vec![0x30, 2, 0x10, 1, 0x00], vec![0x30, 0]]
        );
    }

    #[test]
    fn fields_go_by_name() {
        let text = Arc::new(StringArray::from(vec![Some("x"), None])) as ArrayRef;
        let number = Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef;
        let field =
            |name, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
        let one = StructArray::from(vec![
            (field("b", &text), text.clone()),
            (field("a", &number), number.clone()),
        ]);
        let other = StructArray::from(vec![
            (field("a", &number), number.clone()),
            (field("b", &text), text.clone()),
        ]);
        let expected = [
            b"\x50\x40\x01a\x10\x01\x40\x01b\x40\x01x\x5f".to_vec(),
            b"\x50\x40\x01a\x10\x02\x5f".to_vec(),
        ];
        assert_eq!(rows(one), expected);
        assert_eq!(rows(other), expected);
    }
}
