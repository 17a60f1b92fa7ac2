//! Rows with column types, and cutting them into batches of one size.

use std::collections::VecDeque;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, Schema, SchemaRef};
use arrow_select::concat::concat_batches;

use crate::error::{Error, Result};

/// Rows in one or more pieces of one schema.
#[derive(Clone, Debug)]
pub struct Table {
    schema: SchemaRef,
    pieces: Vec<RecordBatch>,
}

impl Table {
    pub(crate) fn new(schema: SchemaRef, pieces: Vec<RecordBatch>) -> Self {
        Self { schema, pieces }
    }

    /// The columns' names and types.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> &[RecordBatch] {
        &self.pieces
    }

    /// How many rows in all pieces.
    pub fn rows(&self) -> usize {
        self.pieces.iter().map(RecordBatch::num_rows).sum()
    }

    /// The rows in one piece: shared if they are in one already, copied together otherwise.
    ///
    /// # Errors
    ///
    /// Pieces that do not fit into one, as more than 2 GiB of text with 32-bit offsets.
    pub fn into_record_batch(self) -> Result<RecordBatch, ArrowError> {
        match <[RecordBatch; 1]>::try_from(self.pieces) {
            // The metadata of a piece may be another one, as in the files of a saved dataset.
            Ok([piece]) => {
                let (_, columns, rows) = piece.into_parts();
                let options = RecordBatchOptions::new().with_row_count(Some(rows));
                RecordBatch::try_new_with_options(self.schema, columns, &options)
            }
            Err(pieces) => concat_batches(&self.schema, &pieces),
        }
    }
}

/// Cuts record batches of any size into tables of one size, without copying.
#[derive(Default)]
pub(crate) struct Cutter {
    pieces: VecDeque<RecordBatch>,
    rows: usize,
}

impl Cutter {
    pub(crate) fn push(&mut self, piece: RecordBatch) {
        self.rows += piece.num_rows();
        if piece.num_rows() > 0 {
            self.pieces.push_back(piece);
        }
    }

    /// How many rows wait.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The next `count` rows, or fewer if fewer wait; `None` if there are none.
    pub(crate) fn take(&mut self, schema: &SchemaRef, count: usize) -> Option<Table> {
        let mut wanted = count.min(self.rows);
        if wanted == 0 {
            return None;
        }
        self.rows -= wanted;
        let mut pieces = Vec::new();
        while let Some(piece) = self.pieces.pop_front() {
            if piece.num_rows() > wanted {
                self.pieces.push_front(piece.slice(wanted, piece.num_rows() - wanted));
                pieces.push(piece.slice(0, wanted));
                break;
            }
            wanted -= piece.num_rows();
            pieces.push(piece);
            if wanted == 0 {
                break;
            }
        }
        Some(Table::new(schema.clone(), pieces))
    }
}

/// The positions in `schema` of the columns to read, in the order asked for.
pub(crate) fn choose(schema: &Schema, columns: Option<&[String]>) -> Result<Vec<usize>> {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let chosen = match columns {
        None => (0..names.len()).collect(),
        Some(columns) => columns
            .iter()
            .map(|wanted| {
                names.iter().position(|name| name == wanted).ok_or_else(|| {
                    Error::Argument(format!(
                        "columns names {wanted:?}, which the file does not have; it has {}",
                        names.join(", ")
                    ))
                })
            })
            .collect::<Result<Vec<_>>>()?,
    };
    for &at in &chosen {
        if names.iter().filter(|name| **name == names[at]).count() > 1 {
            return Err(Error::Argument(format!(
                "the file has several columns named {:?}, and a dict can hold one; rename them",
                names[at]
            )));
        }
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;
    use arrow_array::{ArrayRef, Int64Array};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cutting_keeps_rows_and_sizes(
            sizes in proptest::collection::vec(0usize..20, 1..20),
            count in 1usize..30,
        ) {
            let mut cutter = Cutter::default();
            let mut next = 0;
            let mut schema = None;
            for size in &sizes {
                let values = Int64Array::from_iter_values(next..next + *size as i64);
                next += *size as i64;
                let piece =
                    RecordBatch::try_from_iter([("x", Arc::new(values) as ArrayRef)]).unwrap();
                schema = Some(piece.schema());
                cutter.push(piece);
            }
            let schema = schema.unwrap();
            let mut seen: Vec<i64> = Vec::new();
            while let Some(table) = cutter.take(&schema, count) {
                prop_assert!(table.rows() == count || cutter.rows() == 0);
                for piece in table.pieces() {
                    seen.extend(piece.column(0).as_primitive::<Int64Type>().values().iter());
                }
            }
            prop_assert_eq!(seen, (0..next).collect::<Vec<_>>());
        }
    }
}
