//! Values that several rows share: dictionaries and runs.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, UInt64Array};
use arrow_buffer::NullBuffer;
use arrow_schema::Field;
use arrow_select::take::take;

use super::ValuesError;
use super::column::{self, Column};
use crate::algorithm::RowSink;
use crate::places::{self, Numbers};

/// The column of a dictionary-encoded or run-end encoded array.
pub(super) fn of(
    field: &Field,
    array: &ArrayRef,
    path: &str,
    name: &str,
) -> Result<Box<dyn Column>, ValuesError> {
    let outside = || ValuesError::Outside { column: name.to_owned() };
    let (values, number, nulls) = match places::of_runs(array) {
        Some((values, number)) => (values, number, None),
        None => {
            let dictionary = array.as_any_dictionary();
            let nulls = dictionary.keys().nulls().cloned();
            (dictionary.values().clone(), places::of_dictionary(dictionary), nulls)
        }
    };
    let is_null = |index| nulls.as_ref().is_some_and(|nulls| nulls.is_null(index));
    let field = Field::new(field.name(), values.data_type().clone(), true);
    if values.data_type().is_numeric() {
        // Lists of numbers are written all at once, so the numbers must lie side by side.
        let numbers = (0..array.len()).map(|index| match number(index) {
            _ if is_null(index) => Ok(None),
            Some(number) => Ok(Some(number as u64)),
            None => Err(outside()),
        });
        let numbers = numbers.collect::<Result<UInt64Array, _>>()?;
        let plain = take(&values, &numbers, None).map_err(|_| outside())?;
        return column::of(&field, &plain, path);
    }
    let values = column::of(&field, &values, path)?;
    Ok(Box::new(Shared { name: name.to_owned(), nulls, number, values }))
}

struct Shared {
    name: String,
    nulls: Option<NullBuffer>,
    number: Numbers,
    values: Box<dyn Column>,
}

impl Column for Shared {
    fn is_null(&self, index: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(index))
            || (self.number)(index).is_some_and(|number| self.values.is_null(number))
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        let outside = || ValuesError::Outside { column: self.name.clone() };
        self.values.write_value((self.number)(index).ok_or_else(outside)?, out)
    }
}
