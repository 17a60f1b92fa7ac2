//! `gather`.

use fast_axolotl_boundary::arguments::{names, type_name};
use fast_axolotl_boundary::block::Form;
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::output::{ArrayForm, OutputOf};
use fast_axolotl_boundary::pool::Threads;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::{self, attention_mask, cu_seqlens, flatten, position_ids};
use crate::bins::Bins;
use crate::data::Data;
use crate::gathering::{Mask, Options, rows};

/// Build the rows of packed sequences from bins and the data whose lengths were packed.
///
/// The tokens of the sequences of a bin are copied one after the other into a row of
/// `bins.capacity`, which is then filled up. Rows are written in parallel, each value once; Arrow
/// data is read in place, memory-mapped or not.
///
/// Args:
///     data: columns of integer lists: an Arrow table (of pyarrow, polars, or any producer of the
///         Arrow PyCapsule interface) or a `datasets.Dataset`. Each row is a sequence.
///     bins: the `Bins` that `pack_lengths` made of the lengths of these rows, or a slice of them.
///     columns: the names of the columns to gather; None is every column of integer lists.
///     padding: what fills rows up, by column. Others have -100 for `labels` and 0 elsewhere.
///     attention_mask: "binary": make a column `attention_mask` of 1 for tokens and 0 for padding.
///         "sequence_ids": the same with 1 for the first sequence of its row, 2 for the second and
///         so on, as Axolotl's multipack has it. Both take the place of such a column of the data.
///         None: no column is made, and one of the data is gathered as the others are.
///     position_ids: make a column `position_ids`, which counts from 0 in each sequence, and again
///         in what fills a row up, as in Axolotl. It takes the place of such a column of the data.
///     cu_seqlens: add `cu_seqlens`, where each sequence begins in the values of all rows, one row
///         after the other, and where the last one ends, as int32, and `max_seqlen`, the length of
///         the longest, an int: what the kernels of flash attention take. What fills a row up
///         counts as a sequence; an empty sequence does not.
///     flatten: no padding: all sequences in one row, one after the other.
///     output: "numpy", "torch", "arrow" (fixed-size lists) or "list".
///     num_threads: threads for the rows; 0 is one per core.
///
/// Returns:
///     A dict of each gathered column and then each made one, of dtype int64 and of the shape
///     `(len(bins), bins.capacity)`, or `(1, tokens)` with `flatten`.
///
/// Raises:
///     TypeError: an argument or a column is of the wrong type.
///     ValueError: a column is missing, has a null (the message names row and place) or another
///         length in a row than the first one; the data is not that whose lengths were packed; or
///         a bin is longer than its capacity, and flatten is not set.
///     OverflowError: a value does not fit in int64, or cu_seqlens not in int32.
///     MemoryError: the rows do not fit in memory: use `gather_batches`.
///     ImportError: output is "numpy" or "torch", and that is not installed.
#[guarded]
#[pyfunction]
#[pyo3(
    signature = (
        data,
        bins,
        *,
        columns = None,
        padding = None,
        attention_mask = Some(Mask::Binary),
        position_ids = true,
        cu_seqlens = false,
        flatten = false,
        output = OutputOf(ArrayForm::Block(Form::Numpy)),
        num_threads = Threads(0),
    ),
    text_signature = "(data, bins, *, columns=None, padding=None, attention_mask=\"binary\", \
                      position_ids=True, cu_seqlens=False, flatten=False, output=\"numpy\", \
                      num_threads=0)"
)]
#[expect(clippy::too_many_arguments, reason = "they are the arguments of the Python function")]
pub fn gather<'py>(
    data: &Bound<'py, PyAny>,
    bins: &Bound<'py, PyAny>,
    columns: Option<&Bound<'py, PyAny>>,
    padding: Option<&Bound<'py, PyAny>>,
    #[pyo3(from_py_with = attention_mask)] attention_mask: Option<Mask>,
    #[pyo3(from_py_with = position_ids)] position_ids: bool,
    #[pyo3(from_py_with = cu_seqlens)] cu_seqlens: bool,
    #[pyo3(from_py_with = flatten)] flatten: bool,
    output: OutputOf<ArrayForm>,
    num_threads: Threads,
) -> PyResult<Bound<'py, PyDict>> {
    let options = Options {
        padding: padding.map(arguments::padding).transpose()?.unwrap_or_default(),
        mask: attention_mask,
        has_positions: position_ids,
        has_offsets: cu_seqlens,
        flatten,
        form: output.0,
        threads: num_threads,
    };
    let bins = bins_of(bins)?;
    let data = read(data, columns, &options)?;
    rows(bins.py(), &data, bins.get(), 0..bins.get().core().len(), &options)
}

/// The columns to gather.
pub fn read(
    data: &Bound<'_, PyAny>,
    columns: Option<&Bound<'_, PyAny>>,
    options: &Options,
) -> PyResult<Data> {
    let names = columns.map(|columns| names("columns", "a list of names", columns)).transpose()?;
    let data = Data::read(data, names.as_deref(), &options.made())?;
    // A name that nothing is gathered of is a misspelt one.
    let is_gathered = |name: &String| data.columns.iter().any(|(column, _)| column == name);
    match options.padding.keys().find(|name| !is_gathered(name)) {
        Some(name) => Err(value_error(format!("padding names {name:?}, which is not gathered"))),
        None => Ok(data),
    }
}

/// The `bins` argument.
pub fn bins_of<'a, 'py>(bins: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, Bins>> {
    bins.cast::<Bins>().map_err(|_| {
        type_error(format!("bins must be Bins from pack_lengths, got {}", type_name(bins)))
    })
}
