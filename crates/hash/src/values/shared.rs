//! Values that several places share: dictionaries and runs.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Int8Type, Int16Type, Int32Type, Int64Type, RunEndIndexType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RunArray, UInt64Array};
use arrow_buffer::{ArrowNativeType, NullBuffer};
use arrow_schema::{DataType, Field};
use arrow_select::take::{TakeOptions, take};

use super::ValuesError;
use super::column::{self, Column};
use crate::algorithm::RowSink;

/// The column of a dictionary-encoded or run-end encoded array.
pub(super) fn of(
    field: &Field,
    array: &ArrayRef,
    path: &str,
    name: &str,
) -> Result<Box<dyn Column>, ValuesError> {
    let (values, places, nulls) = match array.data_type() {
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => runs::<Int16Type>(array),
            DataType::Int32 => runs::<Int32Type>(array),
            _ => runs::<Int64Type>(array),
        },
        _ => {
            let dictionary = array.as_any_dictionary();
            let keys = dictionary.keys();
            (dictionary.values().clone(), integers(keys), keys.nulls().cloned())
        }
    };
    let field = Field::new(field.name(), values.data_type().clone(), true);
    let outside = || ValuesError::Outside { column: name.to_owned() };
    if values.data_type().is_numeric() {
        // Lists of numbers are written all at once, so the numbers must lie side by side.
        let places = places.into_iter().map(|place| place as u64).collect::<Vec<_>>();
        let options = Some(TakeOptions { check_bounds: true });
        let plain = take(&values, &UInt64Array::new(places.into(), nulls), options);
        return column::of(&field, &plain.map_err(|_| outside())?, path);
    }
    Ok(Box::new(Shared {
        name: name.to_owned(),
        nulls,
        length: values.len(),
        values: column::of(&field, &values, path)?,
        places,
    }))
}

type Parts = (ArrayRef, Vec<usize>, Option<NullBuffer>);

fn runs<T: RunEndIndexType>(array: &ArrayRef) -> Parts {
    let Some(runs) = array.as_any().downcast_ref::<RunArray<T>>() else {
        // `column::of` sends no other type here.
        return (array.clone(), (0..array.len()).collect(), None);
    };
    let places = (0..runs.len()).map(|index| runs.get_physical_index(index)).collect();
    (runs.values().clone(), places, None)
}

/// The keys of a dictionary; one that is negative is as far outside as can be.
fn integers(keys: &dyn Array) -> Vec<usize> {
    fn of<T: ArrowPrimitiveType>(keys: &dyn Array) -> Vec<usize> {
        keys.as_primitive::<T>().values().iter().map(|key| key.as_usize()).collect()
    }
    match keys.data_type() {
        DataType::Int8 => of::<Int8Type>(keys),
        DataType::Int16 => of::<Int16Type>(keys),
        DataType::Int32 => of::<Int32Type>(keys),
        DataType::Int64 => of::<Int64Type>(keys),
        DataType::UInt8 => of::<UInt8Type>(keys),
        DataType::UInt16 => of::<UInt16Type>(keys),
        DataType::UInt32 => of::<UInt32Type>(keys),
        _ => of::<UInt64Type>(keys),
    }
}

struct Shared {
    name: String,
    nulls: Option<NullBuffer>,
    values: Box<dyn Column>,
    /// How many values there are.
    length: usize,
    /// Which value each row has.
    places: Vec<usize>,
}

impl Column for Shared {
    fn is_null(&self, index: usize) -> bool {
        let place = self.places[index];
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(index))
            || place < self.length && self.values.is_null(place)
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        match self.places[index] {
            place if place < self.length => self.values.write_value(place, out),
            _ => Err(ValuesError::Outside { column: self.name.clone() }),
        }
    }
}
