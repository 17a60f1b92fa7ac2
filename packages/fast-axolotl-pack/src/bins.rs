//! `Bins`, which sequences are packed together.

use std::borrow::Cow;
use std::ffi::c_int;

use fast_axolotl_boundary::arguments::type_name;
use fast_axolotl_boundary::collector::CollectorPause;
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::interrupt::Interrupts;
use fast_axolotl_boundary::lists::{list, slice};
use fast_axolotl_pack as core;
use pyo3::exceptions::{PyImportError, PyIndexError, PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyList, PyRange, PySlice};
use pyo3::{IntoPyObjectExt, intern};

/// Bins of sequences, made by `pack_lengths`: `bins[b]` are the indices of those in bin `b`.
///
/// A sequence of numpy arrays; a slice of it is `Bins` again. The arrays are views that cannot be
/// written to, so nothing is copied.
#[pyclass(frozen, sequence, eq, module = "fast_axolotl_pack")]
#[derive(PartialEq)]
pub struct Bins {
    bins: core::Bins,
    capacity: usize,
}

impl Bins {
    pub fn new(bins: core::Bins, capacity: usize) -> Self {
        Self { bins, capacity }
    }

    pub fn core(&self) -> &core::Bins {
        &self.bins
    }

    pub fn capacity_of_each(&self) -> usize {
        self.capacity
    }

    /// Where the sequences of a bin are in `indices`.
    fn range(&self, bin: usize) -> std::ops::Range<usize> {
        self.bins.offsets[bin] as usize..self.bins.offsets[bin + 1] as usize
    }

    fn part(&self, numbers: impl Iterator<Item = usize>) -> Self {
        let mut bins =
            core::Bins { indices: vec![], offsets: vec![0], tokens: vec![], dropped: vec![] };
        for bin in numbers {
            bins.indices.extend_from_slice(&self.bins.indices[self.range(bin)]);
            bins.offsets.push(bins.indices.len() as i64);
            bins.tokens.push(self.bins.tokens[bin]);
        }
        Self::new(bins, self.capacity)
    }
}

#[guarded]
#[pymethods]
impl Bins {
    fn __len__(&self) -> usize {
        self.bins.len()
    }

    fn __getitem__<'py>(
        slf: &Bound<'py, Self>,
        key: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, bins) = (slf.py(), slf.get());
        let len = bins.bins.len();
        if let Ok(slice) = key.cast::<PySlice>() {
            let slice = slice.indices(isize::try_from(len)?)?;
            let number = |step: usize| (slice.start + step as isize * slice.step) as usize;
            return bins.part((0..slice.slicelength).map(number)).into_bound_py_any(py);
        }
        let asked: isize = key.extract().map_err(|error: PyErr| {
            if error.is_instance_of::<PyTypeError>(py) {
                let found = type_name(key);
                type_error(format!("bins are numbered by integers or slices, got {found}"))
            } else if error.is_instance_of::<PyOverflowError>(py) {
                PyIndexError::new_err(format!("bin {key} of {len}"))
            } else {
                error
            }
        })?;
        let number = if asked < 0 { asked.checked_add_unsigned(len) } else { Some(asked) };
        match number.and_then(|number| usize::try_from(number).ok()).filter(|&bin| bin < len) {
            Some(bin) => view(slf, &bins.bins.indices[bins.range(bin)]),
            None => Err(PyIndexError::new_err(format!("bin {asked} of {len}"))),
        }
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyIterator>> {
        let py = slf.py();
        let numbers = PyRange::new(py, 0, isize::try_from(slf.get().bins.len())?)?;
        let item = slf.getattr(intern!(py, "__getitem__"))?;
        py.import(intern!(py, "builtins"))?.call_method1("map", (item, numbers))?.try_iter()
    }

    /// The indices of the sequences, bin by bin: a numpy array of int64.
    #[getter]
    fn indices<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        view(slf, &slf.get().bins.indices)
    }

    /// Where each bin begins in `indices`, and where the last one ends: a numpy array of int64
    /// with one value more than there are bins.
    #[getter]
    fn offsets<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        view(slf, &slf.get().bins.offsets)
    }

    /// The tokens in each bin: a numpy array of int64.
    #[getter]
    fn tokens<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        view(slf, &slf.get().bins.tokens)
    }

    /// The sequences in no bin, by `overflow="drop"`, in order: a numpy array of int64.
    #[getter]
    fn dropped<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        view(slf, &slf.get().bins.dropped)
    }

    /// The most tokens in a bin.
    #[getter]
    fn capacity(&self) -> usize {
        self.capacity
    }

    /// The share of the places in all bins that tokens take; 0.0 if there is no bin.
    #[getter]
    fn efficiency(&self) -> f64 {
        if self.bins.is_empty() {
            return 0.0;
        }
        let used: i64 = self.bins.tokens.iter().sum();
        used as f64 / (self.bins.len() as f64 * self.capacity as f64)
    }

    /// The bins as lists of integers.
    ///
    /// Args:
    ///     items: a list whose items stand in the place of their indices, for example the order in
    ///         which the sequences were drawn.
    ///
    /// Returns:
    ///     A list with a list for each bin.
    ///
    /// Raises:
    ///     TypeError: items is not a list.
    ///     ValueError: items has fewer items than there are sequences.
    #[pyo3(signature = (items = None))]
    fn to_lists<'py>(
        &self,
        py: Python<'py>,
        items: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let items = match items {
            None => None,
            Some(items) => Some(items.cast::<PyList>().map_err(|_| {
                type_error(format!("items must be a list, got {}", type_name(items)))
            })?),
        };
        let _pause = CollectorPause::new(py);
        // One list of everything and a slice of it per bin: a call per bin, not one per sequence.
        let indices = &self.bins.indices;
        let flat = list(py, indices.len(), |at| match items {
            None => Ok(indices[at].into_pyobject(py)?.into_any()),
            Some(items) => item(items, indices[at]),
        })?;
        let lists = PyList::empty(py);
        let mut interrupts = Interrupts::new(py);
        for bin in 0..self.bins.len() {
            let range = self.range(bin);
            lists.append(slice(&flat, range.start, range.end)?)?;
            interrupts.after_row(range.len())?;
        }
        Ok(lists)
    }

    /// What pickle and copy make the same bins of again: `restore_bins` and its arguments.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Parts)> {
        let restore = py.import("fast_axolotl_pack._pack")?.getattr("_restore_bins")?;
        let core::Bins { indices, offsets, tokens, dropped } = &self.bins;
        let [indices, offsets, tokens, dropped] =
            [indices, offsets, tokens, dropped].map(|values| to_bytes(values));
        Ok((restore, (indices, offsets, tokens, dropped, self.capacity)))
    }

    fn __repr__(&self) -> String {
        format!(
            "<Bins: {} of {} tokens, {} sequences, {:.1}% full>",
            self.bins.len(),
            self.capacity,
            self.bins.indices.len(),
            self.efficiency() * 100.0
        )
    }
}

/// The arrays of bins as bytes, and their capacity.
type Parts =
    (Cow<'static, [u8]>, Cow<'static, [u8]>, Cow<'static, [u8]>, Cow<'static, [u8]>, usize);

fn to_bytes(values: &[i64]) -> Cow<'static, [u8]> {
    Cow::Owned(values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

/// Bins from what `Bins.__reduce__` gave, for pickle.
#[guarded]
#[pyfunction]
#[pyo3(name = "_restore_bins")]
pub fn restore_bins(
    indices: &[u8],
    offsets: &[u8],
    tokens: &[u8],
    dropped: &[u8],
    capacity: usize,
) -> PyResult<Bins> {
    let [indices, offsets, tokens, dropped] = [indices, offsets, tokens, dropped].map(|bytes| {
        let (values, _) = bytes.as_chunks::<8>();
        values.iter().map(|value| i64::from_le_bytes(*value)).collect::<Vec<_>>()
    });
    let is_whole = offsets.first() == Some(&0)
        && offsets.is_sorted()
        && offsets.last() == i64::try_from(indices.len()).ok().as_ref()
        && offsets.len() == tokens.len() + 1
        && capacity > 0
        && tokens.iter().chain(&indices).chain(&dropped).all(|&value| value >= 0);
    if !is_whole {
        return Err(value_error("these are not the parts of Bins; was the pickle changed?"));
    }
    Ok(Bins::new(core::Bins { indices, offsets, tokens, dropped }, capacity))
}

fn item<'py>(items: &Bound<'py, PyList>, index: i64) -> PyResult<Bound<'py, PyAny>> {
    items.get_item(index as usize).map_err(|_| {
        value_error(format!("items has {} items, but sequence {index} is packed", items.len()))
    })
}

/// A numpy array over a part of what `owner`, which never changes, holds.
fn view<'py>(owner: &Bound<'py, Bins>, values: &[i64]) -> PyResult<Bound<'py, PyAny>> {
    let py = owner.py();
    let numpy = py.import(intern!(py, "numpy")).map_err(|error| {
        let missing = PyImportError::new_err(
            "the arrays of Bins need numpy, which is not installed; install it, or use to_lists()",
        );
        missing.set_cause(py, Some(error));
        missing
    })?;
    let view =
        View { _owner: owner.clone().unbind(), start: values.as_ptr().addr(), len: values.len() };
    numpy.call_method1(intern!(py, "asarray"), (view,))
}

/// What numpy asks for the memory of an array; it keeps the owner alive.
#[pyclass(frozen)]
struct View {
    _owner: Py<Bins>,
    start: usize,
    len: usize,
}

#[guarded]
#[pymethods]
impl View {
    /// Version 3 of numpy's array interface.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        const VERSION: c_int = 3;
        const READ_ONLY: bool = true;
        let interface = PyDict::new(py);
        interface.set_item("version", VERSION)?;
        interface.set_item("shape", (self.len,))?;
        interface.set_item("typestr", if cfg!(target_endian = "big") { ">i8" } else { "<i8" })?;
        interface.set_item("data", (self.start, READ_ONLY))?;
        Ok(interface)
    }
}
