//! Where Arrow keeps the values of rows. Nothing is trusted: offsets, sizes, views and keys may come
//! from any producer, and one that leads outside the buffers gives `None`.

use std::ops::Range;

use arrow_array::array::AnyDictionaryArray;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, ByteArrayType, ByteViewType, Int8Type, Int16Type, Int32Type, Int64Type,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, GenericByteArray, GenericByteViewArray,
    GenericListViewArray, MapArray, OffsetSizeTrait,
};
use arrow_buffer::{ArrowNativeType, OffsetBuffer};
use arrow_data::{ByteView, MAX_INLINE_VIEW_LEN};
use arrow_schema::DataType;

/// Where the values of the list at an index are.
pub(crate) type ListRanges = Box<dyn Fn(usize) -> Option<Range<usize>> + Send + Sync>;

/// The index of the value that a row has, among values that several rows share.
pub(crate) type ValueIndexes = Box<dyn Fn(usize) -> Option<usize> + Send + Sync>;

/// The ranges between one offset and the next, of `count` values.
pub(crate) fn list_ranges<O: OffsetSizeTrait>(
    offsets: &OffsetBuffer<O>,
    count: usize,
) -> ListRanges {
    let offsets = offsets.clone();
    Box::new(move |index| within(offsets[index].as_usize(), offsets[index + 1].as_usize(), count))
}

/// The ranges of a map's entries.
pub(crate) fn map_ranges(map: &MapArray) -> ListRanges {
    list_ranges(map.offsets(), map.entries().len())
}

/// The ranges from an offset on for a size.
pub(crate) fn list_view_ranges<O: OffsetSizeTrait>(list: &GenericListViewArray<O>) -> ListRanges {
    let (offsets, sizes) = (list.offsets().clone(), list.sizes().clone());
    let count = list.values().len();
    Box::new(move |index| {
        let start = offsets[index].as_usize();
        within(start, start.checked_add(sizes[index].as_usize())?, count)
    })
}

/// The ranges of lists of one size.
pub(crate) fn fixed_list_ranges(list: &FixedSizeListArray) -> ListRanges {
    let (size, count) = (list.value_length().as_usize(), list.values().len());
    Box::new(move |index| within(index * size, (index + 1) * size, count))
}

fn within(start: usize, end: usize, count: usize) -> Option<Range<usize>> {
    (start <= end && end <= count).then_some(start..end)
}

/// The keys of a dictionary-encoded array.
pub(crate) fn dictionary_indexes(array: &dyn AnyDictionaryArray) -> ValueIndexes {
    let (keys, count) = (array.keys(), array.values().len());
    match keys.data_type() {
        DataType::Int8 => indexes_of_keys::<Int8Type>(keys, count),
        DataType::Int16 => indexes_of_keys::<Int16Type>(keys, count),
        DataType::Int32 => indexes_of_keys::<Int32Type>(keys, count),
        DataType::Int64 => indexes_of_keys::<Int64Type>(keys, count),
        DataType::UInt8 => indexes_of_keys::<UInt8Type>(keys, count),
        DataType::UInt16 => indexes_of_keys::<UInt16Type>(keys, count),
        DataType::UInt32 => indexes_of_keys::<UInt32Type>(keys, count),
        DataType::UInt64 => indexes_of_keys::<UInt64Type>(keys, count),
        _ => Box::new(|_| None),
    }
}

fn indexes_of_keys<K: ArrowDictionaryKeyType>(keys: &dyn Array, count: usize) -> ValueIndexes {
    let keys = keys.as_primitive::<K>().values().clone();
    Box::new(move |index| keys[index].to_usize().filter(|&value| value < count))
}

/// The values of a run-end encoded array, and the run of each row; `None` for any other array.
pub(crate) fn run_indexes(array: &ArrayRef) -> Option<(ArrayRef, ValueIndexes)> {
    macro_rules! of_ends {
        ($($ends:ty),*) => {
            $(if let Some(array) = array.as_run_opt::<$ends>() {
                let (ends, count) = (array.run_ends().clone(), array.values().len());
                let run_of = move |index| {
                    Some(ends.get_physical_index(index)).filter(|&run| run < count)
                };
                return Some((array.values().clone(), Box::new(run_of)));
            })*
        };
    }
    of_ends!(Int16Type, Int32Type, Int64Type);
    None
}

/// The bytes of a string or of binary data. That text is UTF-8 is not promised.
pub fn bytes_at<T: ByteArrayType>(array: &GenericByteArray<T>, index: usize) -> Option<&[u8]> {
    let offsets = array.value_offsets();
    array.value_data().get(offsets[index].as_usize()..offsets[index + 1].as_usize())
}

/// The same for a view: a length, and the bytes themselves or where they are.
pub fn view_at<T: ByteViewType + ?Sized>(
    array: &GenericByteViewArray<T>,
    index: usize,
) -> Option<&[u8]> {
    let bits = &array.views()[index];
    let view = ByteView::from(*bits);
    let length = view.length as usize;
    if view.length <= MAX_INLINE_VIEW_LEN {
        // SAFETY: the view is in the array and says that its bytes are inline.
        return Some(unsafe { GenericByteViewArray::<T>::inline_value(bits, length) });
    }
    let start = view.offset as usize;
    array.data_buffers().get(view.buffer_index as usize)?.get(start..start.checked_add(length)?)
}
