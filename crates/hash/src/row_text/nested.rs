//! Columns made of other columns: lists, dictionaries in both senses, maps and runs.

use std::ops::Range;

use arrow_array::array::AnyDictionaryArray;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, GenericListViewArray, MapArray, OffsetSizeTrait,
};
use arrow_buffer::{ArrowNativeType, OffsetBuffer, ScalarBuffer};
use arrow_schema::DataType;

use super::Uncovered;
use super::column::{Column, Values, outside};

/// Where the values of each list are; `None` if that lies outside the values. Neither offsets nor
/// sizes are trusted, which may come from anywhere.
type Places = Box<dyn Fn(usize) -> Option<Range<usize>> + Send + Sync>;

/// The places between one offset and the next.
pub(super) fn list_offsets<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>, count: usize) -> Places {
    let offsets = offsets.clone();
    Box::new(move |index| within(offsets[index].as_usize(), offsets[index + 1].as_usize(), count))
}

/// The places of a map's entries.
pub(super) fn map_offsets(map: &MapArray) -> Places {
    list_offsets(map.offsets(), map.entries().len())
}

/// The places from an offset on for a size.
pub(super) fn list_views<O: OffsetSizeTrait>(list: &GenericListViewArray<O>) -> Places {
    let (offsets, sizes) = (list.offsets().clone(), list.sizes().clone());
    let count = list.values().len();
    Box::new(move |index| {
        let start = offsets[index].as_usize();
        within(start, start.checked_add(sizes[index].as_usize())?, count)
    })
}

fn within(start: usize, end: usize, count: usize) -> Option<Range<usize>> {
    (start <= end && end <= count).then_some(start..end)
}

pub(super) struct Lists {
    pub name: String,
    pub places: Places,
    pub values: Box<dyn Column>,
}

impl Values for Lists {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let range = (self.places)(index).ok_or_else(|| outside(&self.name))?;
        write_list(range, &*self.values, out)
    }
}

pub(super) struct FixedLists {
    size: usize,
    values: Box<dyn Column>,
}

impl FixedLists {
    pub(super) fn new(list: &FixedSizeListArray, values: Box<dyn Column>) -> Self {
        Self { size: list.value_length().as_usize(), values }
    }
}

impl Values for FixedLists {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        write_list(index * self.size..(index + 1) * self.size, &*self.values, out)
    }
}

fn write_list(
    range: Range<usize>,
    values: &dyn Column,
    out: &mut Vec<u8>,
) -> Result<(), Uncovered> {
    out.push(b'[');
    values.write_range(range.start, range.end, out)?;
    out.push(b']');
    Ok(())
}

/// Structs, as Python dictionaries: the text in front of each value, and the values.
pub(super) struct Dicts(pub Vec<(Vec<u8>, Box<dyn Column>)>);

impl Values for Dicts {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        out.push(b'{');
        for (key, column) in &self.0 {
            out.extend_from_slice(key);
            column.write(index, out)?;
        }
        out.push(b'}');
        Ok(())
    }
}

/// Maps, which pyarrow makes lists of pairs.
pub(super) struct Maps {
    pub name: String,
    pub places: Places,
    pub keys: Box<dyn Column>,
    pub values: Box<dyn Column>,
}

impl Values for Maps {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let range = (self.places)(index).ok_or_else(|| outside(&self.name))?;
        out.push(b'[');
        for entry in range.clone() {
            out.extend_from_slice(if entry == range.start { b"(" } else { b", (" });
            self.keys.write(entry, out)?;
            out.extend_from_slice(b", ");
            self.values.write(entry, out)?;
            out.push(b')');
        }
        out.push(b']');
        Ok(())
    }
}

/// Values that stand in a dictionary, each named by its number there.
pub(super) struct Dictionary {
    name: String,
    number: Box<dyn Fn(usize) -> Option<usize> + Send + Sync>,
    values: Box<dyn Column>,
}

impl Dictionary {
    pub(super) fn new(
        name: String,
        array: &dyn AnyDictionaryArray,
        values: Box<dyn Column>,
    ) -> Self {
        let (keys, count) = (array.keys(), array.values().len());
        let number = match keys.data_type() {
            DataType::Int8 => numbers::<Int8Type>(keys, count),
            DataType::Int16 => numbers::<Int16Type>(keys, count),
            DataType::Int32 => numbers::<Int32Type>(keys, count),
            DataType::Int64 => numbers::<Int64Type>(keys, count),
            DataType::UInt8 => numbers::<UInt8Type>(keys, count),
            DataType::UInt16 => numbers::<UInt16Type>(keys, count),
            DataType::UInt32 => numbers::<UInt32Type>(keys, count),
            DataType::UInt64 => numbers::<UInt64Type>(keys, count),
            _ => Box::new(|_| None),
        };
        Self { name, number, values }
    }
}

fn numbers<K: ArrowDictionaryKeyType>(
    keys: &dyn Array,
    count: usize,
) -> Box<dyn Fn(usize) -> Option<usize> + Send + Sync> {
    let keys: ScalarBuffer<K::Native> = keys.as_primitive::<K>().values().clone();
    Box::new(move |index| keys[index].to_usize().filter(|&number| number < count))
}

impl Values for Dictionary {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let number = (self.number)(index).ok_or_else(|| outside(&self.name))?;
        self.values.write(number, out)
    }
}

/// Runs of one value each.
pub(super) struct Runs {
    name: String,
    /// The run that holds a value.
    run: Box<dyn Fn(usize) -> usize + Send + Sync>,
    count: usize,
    values: Box<dyn Column>,
}

impl Runs {
    /// The runs of a run-end-encoded array; `None` for any other.
    pub(super) fn new(
        name: &str,
        array: &ArrayRef,
        column: impl FnOnce(&ArrayRef) -> Result<Box<dyn Column>, Uncovered>,
    ) -> Result<Option<Self>, Uncovered> {
        macro_rules! of_ends {
            ($($ends:ty),*) => {
                $(if let Some(array) = array.as_run_opt::<$ends>() {
                    let ends = array.run_ends().clone();
                    return Ok(Some(Self {
                        name: name.to_owned(),
                        run: Box::new(move |index| ends.get_physical_index(index)),
                        count: array.values().len(),
                        values: column(array.values())?,
                    }));
                })*
            };
        }
        of_ends!(Int16Type, Int32Type, Int64Type);
        Ok(None)
    }
}

impl Values for Runs {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let run = (self.run)(index);
        if run >= self.count {
            return Err(outside(&self.name));
        }
        self.values.write(run, out)
    }
}
