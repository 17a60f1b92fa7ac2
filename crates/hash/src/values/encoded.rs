//! Values that several rows share: dictionary-encoded and run-end encoded arrays.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, UInt64Array};
use arrow_buffer::NullBuffer;
use arrow_select::take::take;

use super::column::Column;
use super::error::ValuesError;
use crate::algorithm::RowSink;
use crate::arrow_layout::{ValueIndexes, dictionary_indexes, run_indexes};

/// The values of an encoded array, and which of them each row has.
pub(super) struct Values {
    pub values: ArrayRef,
    nulls: Option<NullBuffer>,
    /// `None` if `values` are those of the rows, one by one.
    indexes: Option<ValueIndexes>,
}

impl Values {
    /// Those of a dictionary-encoded or run-end encoded array.
    pub(super) fn of(array: &ArrayRef, name: &str) -> Result<Self, ValuesError> {
        let (values, indexes, nulls) = match run_indexes(array) {
            Some((values, indexes)) => (values, indexes, None),
            None => {
                let dictionary = array.as_any_dictionary();
                let nulls = dictionary.keys().nulls().cloned();
                (dictionary.values().clone(), dictionary_indexes(dictionary), nulls)
            }
        };
        if !values.data_type().is_numeric() {
            return Ok(Self { values, nulls, indexes: Some(indexes) });
        }
        // ListColumn of numbers are written all at once, so the numbers must lie side by side.
        let outside = || ValuesError::Outside { column: name.to_owned() };
        let is_null = |row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        let rows = (0..array.len()).map(|row| match indexes(row) {
            _ if is_null(row) => Ok(None),
            Some(value) => Ok(Some(value as u64)),
            None => Err(outside()),
        });
        let rows = rows.collect::<Result<UInt64Array, _>>()?;
        let values = take(&values, &rows, None).map_err(|_| outside())?;
        Ok(Self { values, nulls: None, indexes: None })
    }

    /// The column of the rows, given that of the values.
    pub(super) fn column(self, values: Box<dyn Column>, name: &str) -> Box<dyn Column> {
        match self.indexes {
            Some(indexes) => {
                Box::new(Encoded { name: name.to_owned(), nulls: self.nulls, indexes, values })
            }
            None => values,
        }
    }
}

struct Encoded {
    name: String,
    nulls: Option<NullBuffer>,
    indexes: ValueIndexes,
    values: Box<dyn Column>,
}

impl Column for Encoded {
    fn is_null(&self, index: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(index))
            || (self.indexes)(index).is_some_and(|value| self.values.is_null(value))
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        let outside = || ValuesError::Outside { column: self.name.clone() };
        self.values.write_value((self.indexes)(index).ok_or_else(outside)?, out)
    }
}
