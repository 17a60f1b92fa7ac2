//! The rows of some bins, column by column.

use std::collections::HashMap;
use std::ops::Range;

use fast_axolotl_boundary::block::{Block, Form};
use fast_axolotl_boundary::collector::CollectorPause;
use fast_axolotl_boundary::errors::{check_room, value_error};
use fast_axolotl_boundary::int_cache::IntCache;
use fast_axolotl_boundary::interrupt::{Interrupts, in_parts};
use fast_axolotl_boundary::output::ArrayForm;
use fast_axolotl_boundary::pool::{Pool, Threads};
use fast_axolotl_pack::{BinsToLay, RowLayout};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::arrow_array::ArrowArray;
use crate::bins::Bins;
use crate::data::{Data, Misfit};
use crate::offsets;

/// What a layout takes at the most, where each bin has one sequence.
const BYTES_PER_SEQUENCE: usize = 64;

/// Which mask is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mask {
    /// 1 for each token.
    Binary,
    /// For each token the number of its sequence in the row.
    SequenceIds,
}

/// What to make, and in which form.
pub struct Options {
    pub padding: HashMap<String, i64>,
    pub mask: Option<Mask>,
    pub has_positions: bool,
    pub has_offsets: bool,
    pub flatten: bool,
    pub form: ArrayForm,
    pub threads: Threads,
}

impl Options {
    /// The columns that are made, whether the data has them or not.
    pub fn made(&self) -> Vec<&'static str> {
        let mask = self.mask.map(|_| "attention_mask");
        mask.into_iter().chain(self.has_positions.then_some("position_ids")).collect()
    }

    fn padding_of(&self, column: &str) -> i64 {
        let usual = if column == "labels" { -100 } else { 0 };
        self.padding.get(column).copied().unwrap_or(usual)
    }
}

/// The rows of the bins in a range.
pub fn rows<'py>(
    py: Python<'py>,
    data: &Data,
    bins: &Bins,
    range: Range<usize>,
    options: &Options,
) -> PyResult<Bound<'py, PyDict>> {
    let capacity = bins.capacity_of_each();
    let core = bins.core();
    let sequences = core.offsets[range.end] - core.offsets[range.start];
    check_room("bins", sequences as usize, BYTES_PER_SEQUENCE)?;
    let to_lay = BinsToLay {
        indices: &core.indices,
        offsets: &core.offsets[range.start..=range.end],
        tokens: &core.tokens[range.clone()],
        first: range.start,
        capacity,
    };
    let is_padded = !options.flatten;
    let layout = py
        .detach(|| RowLayout::new(to_lay, data.len(), |sequence| data.length(sequence), is_padded))
        .map_err(value_error)?;
    let filler = Filler {
        py,
        layout: &layout,
        pool: Pool::new(options.threads)?,
        form: options.form,
        shape: if is_padded { (layout.rows(), capacity) } else { (1, layout.values()) },
    };
    let result = PyDict::new(py);
    for (name, column) in &data.columns {
        let padding = options.padding_of(name);
        let block = filler.column(|rows, out| {
            let copy = |sequence, out: &mut [i64]| data.copy(name, column, sequence, out);
            layout.fill(rows, out, padding, copy)
        })?;
        result.set_item(name, block)?;
    }
    if let Some(mask) = options.mask {
        let block = filler.column(|rows, out| {
            match mask {
                Mask::Binary => layout.fill_mask(rows, out),
                Mask::SequenceIds => layout.fill_sequence_ids(rows, out),
            }
            Ok(())
        })?;
        result.set_item("attention_mask", block)?;
    }
    if options.has_positions {
        let block = filler.column(|rows, out| {
            layout.fill_positions(rows, out);
            Ok(())
        })?;
        result.set_item("position_ids", block)?;
    }
    if options.has_offsets {
        let (cumulative, longest) = offsets::cumulative(py, &layout, options.form)?;
        result.set_item("cu_seqlens", cumulative)?;
        result.set_item("max_seqlen", longest)?;
    }
    Ok(result)
}

/// Makes the columns of a layout.
struct Filler<'a, 'py> {
    py: Python<'py>,
    layout: &'a RowLayout,
    pool: Pool,
    form: ArrayForm,
    shape: (usize, usize),
}

impl<'py> Filler<'_, 'py> {
    /// A column, of which `write` writes some rows at a time, detached.
    fn column(
        &self,
        write: impl Fn(Range<usize>, &mut [i64]) -> Result<(), Misfit> + Sync,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (rows, width) = self.shape;
        let form = match self.form {
            ArrayForm::Block(form) => form,
            // Lists are made of an array's rows.
            ArrayForm::List => Form::Arrow,
        };
        let mut block = Block::new(self.py, form, rows, width)?;
        self.fill(block.values(), write)?;
        match self.form {
            ArrayForm::Block(_) => block.finish(self.py, ArrowArray::object),
            ArrayForm::List => self.lists(block.values()),
        }
    }

    fn fill(
        &self,
        values: &mut [i64],
        write: impl Fn(Range<usize>, &mut [i64]) -> Result<(), Misfit> + Sync,
    ) -> PyResult<()> {
        let (rows, pool) = (self.layout.rows(), &self.pool);
        in_parts(self.py, rows, rows, |part| {
            let out = &mut values[self.layout.range(part.clone())];
            Ok(self.py.detach(|| pool.run(|| write(part, out)))?)
        })
    }

    fn lists(&self, values: &[i64]) -> PyResult<Bound<'py, PyAny>> {
        let (rows, width) = self.shape;
        let _pause = CollectorPause::new(self.py);
        let tokens = IntCache::for_values(values.len());
        let lists = PyList::empty(self.py);
        let mut interrupts = Interrupts::new(self.py);
        for row in 0..rows {
            lists.append(tokens.list(self.py, &values[row * width..(row + 1) * width])?)?;
            interrupts.after_row(width)?;
        }
        Ok(lists.into_any())
    }
}
