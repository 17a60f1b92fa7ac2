//! Lists of integers, copied whole by the interpreter's own calls.
//!
//! A call per list moves references at memory speed; a call per integer, or a trip through Rust
//! integers, is slower than plain Python. Values are looked at once, to find what is no integer.

use std::borrow::Cow;
use std::ops::Range;
use std::os::raw::c_int;

use pyo3::exceptions::{PyOverflowError, PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyByteArray, PyBytes, PyList, PyString, PyTuple};
use pyo3::{ffi, intern};

use crate::arguments::type_name;
use crate::errors::type_error;
use crate::interrupt::Interrupts;
use crate::layout;
#[cfg(feature = "arrow")]
use crate::{int_cache::IntCache, ragged::Ragged};

/// Places of a list and the objects there.
pub type Others<'py> = Vec<(usize, Bound<'py, PyAny>)>;

/// Whether the memory of lists and integers is read in place of calls for each integer; this checks
/// when first called that it is laid out as expected.
pub fn reads_memory(py: Python<'_>) -> bool {
    layout::is_read(py)
}

/// The lists of a sequence of sequences of integers.
pub struct Lists<'py> {
    name: Cow<'static, str>,
    lists: Vec<Bound<'py, PyList>>,
    lengths: Vec<usize>,
}

impl<'py> Lists<'py> {
    /// Reads `sequences`, a list or other iterable of lists or other sequences of integers.
    ///
    /// `name` is the argument's, for messages. Raises `TypeError` for another kind of whole or of
    /// sequence, naming its place. The integers are looked at by [`Lists::checked`].
    pub fn read(name: &'static str, sequences: &Bound<'py, PyAny>) -> PyResult<Self> {
        Self::of(name, &outer(name, sequences, Arrays::Nowhere)?, Arrays::Nowhere)
    }

    /// Reads the sequences of a tuple, as [`Lists::read`] does.
    pub(crate) fn of(
        name: &'static str,
        sequences: &Bound<'py, PyTuple>,
        arrays: Arrays,
    ) -> PyResult<Self> {
        let mut lists = Vec::with_capacity(sequences.len());
        let mut lengths = Vec::with_capacity(sequences.len());
        let mut interrupts = Interrupts::new(sequences.py());
        for (index, sequence) in sequences.iter_borrowed().enumerate() {
            let list = inner(name, index, &sequence, arrays)?;
            interrupts.after_row(0)?;
            lengths.push(list.len());
            lists.push(list);
        }
        Ok(Self { name: name.into(), lists, lengths })
    }

    /// Makes lists of the rows of arrays; those that are not `wanted` are empty.
    ///
    /// The integers of tokens are one object each, wherever they occur. Raises `OverflowError` for a
    /// value beyond int64.
    #[cfg(feature = "arrow")]
    pub fn of_arrays(
        py: Python<'py>,
        arrays: &Ragged,
        wanted: impl Fn(usize) -> bool,
    ) -> PyResult<Self> {
        let _pause = CollectorPause::new(py);
        let tokens = IntCache::for_values(arrays.lengths().sum());
        let mut lists = Vec::with_capacity(arrays.len());
        let mut lengths = Vec::with_capacity(arrays.len());
        let mut values = Vec::new();
        let mut interrupts = Interrupts::new(py);
        for (row, length) in arrays.lengths().enumerate() {
            let length = if wanted(row) { length } else { 0 };
            values.resize(length, 0);
            arrays.widen(row, 0..length, &mut values)?;
            lists.push(tokens.list(py, &values)?);
            lengths.push(length);
            interrupts.after_row(length)?;
        }
        Ok(Self { name: arrays.name().clone(), lists, lengths })
    }

    /// How long each list is.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The list at `index`, once its values are known to be integers of 64 bits.
    ///
    /// To be called right before the list is copied: what is in the processor's cache after the
    /// look is copied at a fraction of the cost. A value counts as an integer if it is an `int` or
    /// has `__index__`. Raises `TypeError` and `OverflowError` for other values, each naming the
    /// place, and `RuntimeError` if the list is no longer as long as it was.
    pub fn checked(&self, index: usize) -> PyResult<&Bound<'py, PyList>> {
        let list = &self.lists[index];
        check_integers(&self.name, index, list, 0)?;
        self.same_length(index)?;
        Ok(list)
    }

    /// The list at `index`, whose values [`Lists::checked`] has looked at before.
    pub fn checked_before(&self, index: usize) -> PyResult<&Bound<'py, PyList>> {
        self.same_length(index)?;
        Ok(&self.lists[index])
    }

    /// The object that the list at `index` has nearly everywhere, if that is easily seen, and the
    /// places and objects that are not it.
    ///
    /// All of them are checked as by [`Lists::checked`].
    pub fn mostly(&self, index: usize) -> PyResult<Option<(Bound<'py, PyAny>, Others<'py>)>> {
        const PLACES_PER_OTHER: usize = 32;
        let list = &self.lists[index];
        let most = self.lengths[index] / PLACES_PER_OTHER;
        let mut places = Vec::new();
        let found: PyResult<Option<(Bound<'py, PyAny>, Others<'py>)>> =
            with_critical_section(list, || {
                if !layout::others_than_first(list, most, &mut places) {
                    return Ok(None);
                }
                let others = places.iter().map(|&at| Ok((at, list.get_item(at)?)));
                Ok(Some((list.get_item(0)?, others.collect::<PyResult<Others<'py>>>()?)))
            });
        let Some((value, others)) = found? else {
            return Ok(None);
        };
        odd_integer(&self.name, index, 0, &value)?;
        for (at, other) in &others {
            odd_integer(&self.name, index, *at, other)?;
        }
        self.same_length(index)?;
        Ok(Some((value, others)))
    }

    /// Writes a range of the list at `index`, which lies within it, to as many places.
    ///
    /// The values are checked as by [`Lists::checked`], and where the range is the beginning of the
    /// list, so are the values after it.
    pub fn widen(&self, index: usize, range: Range<usize>, out: &mut [i64]) -> PyResult<()> {
        let list = &self.lists[index];
        let start = range.start;
        let mut at = start;
        while let Some(value) =
            with_critical_section(list, || read_plain(list, &mut at, start, range.end, out))
        {
            out[at - start] = odd_integer(&self.name, index, at, &value)?;
            at += 1;
        }
        if start == 0 && range.end < self.lengths[index] {
            check_integers(&self.name, index, list, range.end)?;
        }
        self.same_length(index)
    }

    /// Makes sure that no signal handler and no other thread has changed the list's length.
    fn same_length(&self, index: usize) -> PyResult<()> {
        let (now, then) = (self.lists[index].len(), self.lengths[index]);
        if now == then {
            return Ok(());
        }
        Err(PyRuntimeError::new_err(format!(
            "{}[{index}] had {then} values and now has {now}: it was changed during the call",
            self.name
        )))
    }
}

/// Where arrays are read, for those who pass them instead of lists.
#[derive(Clone, Copy)]
pub(crate) enum Arrays {
    /// The function takes none.
    Nowhere,
    /// The function takes some, but not of this kind, or not among lists.
    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "who has arrays has Arrow"))]
    Elsewhere,
}

/// The sequences themselves; a tuple, so that nobody changes them while they are read.
pub(crate) fn outer<'py>(
    name: &str,
    sequences: &Bound<'py, PyAny>,
    arrays: Arrays,
) -> PyResult<Bound<'py, PyTuple>> {
    if let Ok(list) = sequences.cast_exact::<PyList>() {
        return Ok(list.to_tuple());
    }
    if let Ok(tuple) = sequences.cast_exact::<PyTuple>() {
        return Ok(tuple.clone());
    }
    if is_text(sequences) {
        return Err(type_error(format!(
            "{name} must be a list of lists of integers, got {}",
            type_name(sequences)
        )));
    }
    refuse_arrays(name, sequences, arrays)?;
    match sequences.try_iter() {
        Ok(rows) => {
            Ok(sequences.py().get_type::<PyTuple>().call1((rows,))?.cast_into::<PyTuple>()?)
        }
        Err(error) if error.is_instance_of::<PyTypeError>(sequences.py()) => Err(type_error(
            format!("{name} must be a list of lists of integers, got {}", type_name(sequences)),
        )),
        Err(error) => Err(error),
    }
}

/// One sequence as a list: itself, or a copy where it is something else.
fn inner<'py>(
    name: &str,
    index: usize,
    sequence: &Bound<'py, PyAny>,
    arrays: Arrays,
) -> PyResult<Bound<'py, PyList>> {
    if let Ok(list) = sequence.cast_exact::<PyList>() {
        return Ok(list.clone());
    }
    // A subclass may have its own `__add__`, which whole-list calls would run.
    if let Ok(list) = sequence.cast::<PyList>() {
        return slice(list, 0, list.len());
    }
    if sequence.is_exact_instance_of::<PyTuple>() {
        return sequence_list(sequence);
    }
    // SAFETY: `sequence` is a live object and the call cannot fail.
    let is_sequence = unsafe { ffi::PySequence_Check(sequence.as_ptr()) } == 1;
    if is_text(sequence) || !is_sequence {
        return Err(type_error(format!(
            "{name}[{index}] is {}, expected a list of integers",
            type_name(sequence)
        )));
    }
    refuse_arrays(&format!("{name}[{index}]"), sequence, arrays)?;
    sequence_list(sequence)
}

fn is_text(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyBytes>()
        || value.is_instance_of::<PyByteArray>()
}

/// Arrays go elsewhere than lists, and are not turned into lists silently: that would be slow.
fn refuse_arrays(name: &str, value: &Bound<'_, PyAny>, arrays: Arrays) -> PyResult<()> {
    let py = value.py();
    for (protocol, kind, fix) in [
        (intern!(py, "__arrow_c_array__"), "Arrow", ".to_pylist() or .to_list()"),
        (intern!(py, "__arrow_c_stream__"), "Arrow", ".to_pylist() or .to_list()"),
        (intern!(py, "__array__"), "numpy or tensor", ".tolist()"),
    ] {
        if value.hasattr(protocol)? {
            let found = type_name(value);
            return Err(type_error(match arrays {
                Arrays::Nowhere => format!(
                    "{name} is {found}, and {kind} input is not supported yet; pass lists, for \
                     example by {fix}"
                ),
                Arrays::Elsewhere => format!(
                    "{name} is {found}, which is no list; convert it, for example by {fix}, or pass \
                     all rows in one Arrow or numpy array"
                ),
            }));
        }
    }
    Ok(())
}

/// Checks that all values from `start` on are integers of 64 bits.
fn check_integers(
    name: &str,
    index: usize,
    list: &Bound<'_, PyList>,
    start: usize,
) -> PyResult<()> {
    let mut at = start;
    if start == 0 && layout::is_uniform(list) {
        let one = list.get_item(0)?;
        return odd_integer(name, index, 0, &one).map(drop);
    }
    while let Some(value) = with_critical_section(list, || next_odd(list, &mut at)) {
        odd_integer(name, index, at, &value)?;
        at += 1;
    }
    Ok(())
}

/// Goes on from `at` to the next value that is not plainly an `int` of 64 bits.
///
/// Runs no Python code, so that the list and its items stay as they are.
fn next_odd<'py>(list: &Bound<'py, PyList>, at: &mut usize) -> Option<Bound<'py, PyAny>> {
    *at += layout::plain_integers(list, *at);
    let length = list.len();
    let mut overflow: c_int = 0;
    while *at < length {
        // SAFETY: `at` is below the length of the list, which nobody else can change meanwhile:
        // the caller holds the GIL or the list's lock, and nothing here runs Python code. So the
        // item is alive while it is looked at. `PyLong_AsLongLongAndOverflow` cannot raise for an
        // exact int.
        unsafe {
            let item = ffi::PyList_GetItem(list.as_ptr(), *at as ffi::Py_ssize_t);
            let plain = ffi::Py_IS_TYPE(item, &raw mut ffi::PyLong_Type) != 0
                && (ffi::PyLong_AsLongLongAndOverflow(item, &raw mut overflow), overflow).1 == 0;
            if !plain {
                return Some(Bound::from_borrowed_ptr(list.py(), item));
            }
        }
        *at += 1;
    }
    None
}

/// Writes the values from `at` up to `end` to `out`, which begins at `start`, and stops at one that
/// is not plainly an `int` of 64 bits, or at the end of the list.
///
/// Runs no Python code, so that the list and its items stay as they are.
fn read_plain<'py>(
    list: &Bound<'py, PyList>,
    at: &mut usize,
    start: usize,
    end: usize,
    out: &mut [i64],
) -> Option<Bound<'py, PyAny>> {
    let end = end.min(list.len());
    if *at < end {
        *at += layout::read_integers(list, *at..end, &mut out[*at - start..end - start]);
    }
    let mut overflow: c_int = 0;
    while *at < end {
        // SAFETY: as in `next_odd`.
        unsafe {
            let item = ffi::PyList_GetItem(list.as_ptr(), *at as ffi::Py_ssize_t);
            let is_exact = ffi::Py_IS_TYPE(item, &raw mut ffi::PyLong_Type) != 0;
            let value = if is_exact {
                ffi::PyLong_AsLongLongAndOverflow(item, &raw mut overflow)
            } else {
                0
            };
            if !is_exact || overflow != 0 {
                return Some(Bound::from_borrowed_ptr(list.py(), item));
            }
            out[*at - start] = value;
        }
        *at += 1;
    }
    None
}

/// A value that is not plainly an `int`, or that does not fit.
#[cold]
fn odd_integer(name: &str, index: usize, at: usize, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    let py = value.py();
    match value.extract::<i64>() {
        Ok(integer) => Ok(integer),
        Err(error) if error.is_instance_of::<PyTypeError>(py) => Err(type_error(format!(
            "{name}[{index}][{at}] is {}, expected an integer",
            type_name(value)
        ))),
        Err(error) if error.is_instance_of::<PyOverflowError>(py) => {
            Err(PyOverflowError::new_err(format!("{name}[{index}][{at}] does not fit in 64 bits")))
        }
        Err(error) => Err(error),
    }
}

/// A new list of the items from `start` up to `end`.
pub fn slice<'py>(
    list: &Bound<'py, PyList>,
    start: usize,
    end: usize,
) -> PyResult<Bound<'py, PyList>> {
    // SAFETY: `list` is a list; positions beyond its end are cut to it. The result is a new
    // reference to a list, or null with an exception set.
    unsafe {
        let new = ffi::PyList_GetSlice(list.as_ptr(), c_index(start), c_index(end));
        Ok(Bound::from_owned_ptr_or_err(list.py(), new)?.cast_into_unchecked())
    }
}

/// A new list of the items of one list and then of the other, both of them exactly lists.
pub fn concat<'py>(
    first: &Bound<'py, PyList>,
    second: &Bound<'py, PyList>,
) -> PyResult<Bound<'py, PyList>> {
    // SAFETY: the sum of two lists is a new reference to a list, or null with an exception set.
    unsafe {
        let new = ffi::PySequence_Concat(first.as_ptr(), second.as_ptr());
        Ok(Bound::from_owned_ptr_or_err(first.py(), new)?.cast_into()?)
    }
}

/// Appends the items of `more` to `list`.
pub fn extend<'py>(list: &Bound<'py, PyList>, more: &Bound<'py, PyList>) -> PyResult<()> {
    extend_with(list, more)
}

/// Appends what an iterable has to `list`.
pub fn extend_with<'py>(list: &Bound<'py, PyList>, more: &Bound<'py, PyAny>) -> PyResult<()> {
    // SAFETY: both are live lists. The result is a new reference, to `list` itself, or null with
    // an exception set.
    unsafe {
        let same = ffi::PySequence_InPlaceConcat(list.as_ptr(), more.as_ptr());
        Bound::from_owned_ptr_or_err(list.py(), same).map(drop)
    }
}

/// Which end of a row padding goes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// After the items.
    Last,
    /// Before the items.
    First,
}

/// One value, many times.
pub struct Filling<'py> {
    one: Bound<'py, PyList>,
    runs: usize,
    kept: Vec<Option<Bound<'py, PyList>>>,
}

impl<'py> Filling<'py> {
    /// Runs up to this length are kept for the next row that needs the same.
    const LONGEST_KEPT: usize = 512;
    /// The first few are not: a small batch hardly needs the same one twice.
    const FIRST_KEPT: usize = 16;

    /// Fills with `value`.
    pub fn new(value: Bound<'py, PyAny>) -> PyResult<Self> {
        let py = value.py();
        Ok(Self { one: PyList::new(py, [value])?, runs: 0, kept: Vec::new() })
    }

    /// A new list of `length` times the value.
    pub fn row(&self, length: usize) -> PyResult<Bound<'py, PyList>> {
        // SAFETY: a list times a number is a new reference to a list, or null with an exception
        // set.
        unsafe {
            let new = ffi::PySequence_Repeat(self.one.as_ptr(), c_index(length));
            Ok(Bound::from_owned_ptr_or_err(self.one.py(), new)?.cast_into_unchecked())
        }
    }

    /// The value itself.
    pub fn value(&self) -> PyResult<Bound<'py, PyAny>> {
        self.one.get_item(0)
    }

    /// A list of `length` times the value to copy from; it never leaves this crate.
    fn run(&mut self, length: usize) -> PyResult<Bound<'py, PyList>> {
        self.runs += 1;
        if length > Self::LONGEST_KEPT || self.runs < Self::FIRST_KEPT {
            return self.row(length);
        }
        if self.kept.len() <= length {
            self.kept.resize(length + 1, None);
        }
        if let Some(run) = &self.kept[length] {
            return Ok(run.clone());
        }
        let run = self.row(length)?;
        self.kept[length] = Some(run.clone());
        Ok(run)
    }

    /// A new list of the items of `list` and `missing` times the value.
    pub fn padded(
        &mut self,
        list: &Bound<'py, PyList>,
        missing: usize,
        end: End,
    ) -> PyResult<Bound<'py, PyList>> {
        let length = list.len();
        if missing == 0 {
            return slice(list, 0, length);
        }
        // Copying a run counts the references to its one object up one by one, each waiting for
        // the last; a row made of it at once does not.
        if missing > length {
            let row = self.row(length + missing)?;
            let start = if end == End::First { missing } else { 0 };
            row.set_slice(start, start + length, list)?;
            return Ok(row);
        }
        let run = self.run(missing)?;
        if end == End::Last { concat(list, &run) } else { concat(&run, list) }
    }

    /// Appends `missing` times the value to `list`, or returns a new list of all that.
    pub fn fill_up(
        &mut self,
        list: Bound<'py, PyList>,
        missing: usize,
    ) -> PyResult<Bound<'py, PyList>> {
        if missing > list.len() {
            return self.padded(&list, missing, End::Last);
        }
        if missing > 0 {
            extend(&list, &self.run(missing)?)?;
        }
        Ok(list)
    }

    /// A new list of `own` times the value and then `others` times the value of `other`.
    pub fn then(
        &mut self,
        own: usize,
        other: &mut Self,
        others: usize,
    ) -> PyResult<Bound<'py, PyList>> {
        if others > own {
            let row = other.row(own + others)?;
            let run = self.run(own)?;
            row.set_slice(0, own, &run)?;
            return Ok(row);
        }
        let row = self.row(own + others)?;
        if others > 0 {
            let run = other.run(others)?;
            row.set_slice(own, own + others, &run)?;
        }
        Ok(row)
    }
}

/// A new list of the items of any sequence.
fn sequence_list<'py>(sequence: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    // SAFETY: `sequence` is a live object. The result is a new reference to a list, or null with
    // an exception set.
    unsafe {
        let new = ffi::PySequence_List(sequence.as_ptr());
        Ok(Bound::from_owned_ptr_or_err(sequence.py(), new)?.cast_into()?)
    }
}

/// A position in a list as CPython takes it; one beyond its range is as good as the last.
fn c_index(position: usize) -> ffi::Py_ssize_t {
    ffi::Py_ssize_t::try_from(position).unwrap_or(ffi::Py_ssize_t::MAX)
}

/// Keeps the cyclic garbage collector from running while many lists are made.
///
/// It is due after every few hundred new lists and then visits each of their items, which costs
/// more than making them, and there is no garbage among them to find. It is on again, if it was,
/// when this is dropped.
pub struct CollectorPause<'py> {
    _py: Python<'py>,
    was_enabled: bool,
}

impl<'py> CollectorPause<'py> {
    /// Turns the collector off.
    pub fn new(py: Python<'py>) -> Self {
        // SAFETY: `py` proves that this thread is attached to the interpreter.
        Self { _py: py, was_enabled: unsafe { ffi::PyGC_Disable() } == 1 }
    }
}

impl Drop for CollectorPause<'_> {
    fn drop(&mut self) {
        if self.was_enabled {
            // SAFETY: the token in `self` proves that this thread is attached to the interpreter.
            unsafe { ffi::PyGC_Enable() };
        }
    }
}
