//! Lists of integers, copied whole by the interpreter's own calls.
//!
//! A call per list moves references at memory speed; a call per integer, or a trip through Rust
//! integers, is slower than plain Python. Values are looked at once, to find what is no integer.

mod build;
mod filling;
mod integers;
mod read;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyList, PyTuple};

pub use crate::lists::build::{concat, extend, extend_with, list, list_by_ranges, slice};
pub use crate::lists::filling::{End, Filling};
pub(crate) use crate::lists::read::{Arrays, outer};

#[cfg(feature = "arrow")]
use crate::collector::CollectorPause;
use crate::errors::room_for;
use crate::interrupt::Interrupts;
use crate::layout;
use crate::lists::integers::{are_plain, check_integers, odd_integer, read_plain};
use crate::lists::read::inner;
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
    /// Copies of lists with values that only Python code can tell the integer of.
    copies: RefCell<HashMap<usize, Bound<'py, PyList>>>,
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
        let mut lists = room_for(name, sequences.len())?;
        let mut lengths = room_for(name, sequences.len())?;
        let mut interrupts = Interrupts::new(sequences.py());
        for (index, sequence) in sequences.iter_borrowed().enumerate() {
            let list = inner(name, index, &sequence, arrays)?;
            interrupts.after_row(0)?;
            lengths.push(list.len());
            lists.push(list);
        }
        Ok(Self { name: name.into(), lists, lengths, copies: RefCell::default() })
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
        let mut lists = room_for(arrays.name(), arrays.len())?;
        let mut lengths = room_for(arrays.name(), arrays.len())?;
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
        Ok(Self { name: arrays.name().clone(), lists, lengths, copies: RefCell::default() })
    }

    /// How long each list is.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The list at `index`, once its values are known to be integers of 64 bits.
    ///
    /// To be called right before the list is copied: what is in the processor's cache after the
    /// look is copied at a fraction of the cost. A value counts as an integer if it is an `int` or
    /// has `__index__`, which is Python code that may change the list: what is checked then is a copy
    /// that nobody else has. Raises `TypeError` and `OverflowError` for other values, each naming the
    /// place, and `RuntimeError` if the list is no longer as long as it was.
    pub fn checked(&self, index: usize) -> PyResult<Bound<'py, PyList>> {
        let list = &self.lists[index];
        self.same_length(index)?;
        if are_plain(list)? {
            return Ok(list.clone());
        }
        let copy = slice(list, 0, list.len())?;
        check_integers(&self.name, index, &copy, 0)?;
        self.same_length(index)?;
        self.copies.borrow_mut().insert(index, copy.clone());
        Ok(copy)
    }

    /// The list at `index`, whose values [`Lists::checked`] has looked at before.
    pub fn checked_before(&self, index: usize) -> PyResult<Bound<'py, PyList>> {
        if let Some(copy) = self.copies.borrow().get(&index) {
            return Ok(copy.clone());
        }
        self.same_length(index)?;
        Ok(self.lists[index].clone())
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
