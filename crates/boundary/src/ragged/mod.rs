//! Rows of integers, of different lengths, where arrays have them.
//!
//! [`Ragged`] reads them in place: Arrow lists and numpy arrays lay the values of many rows side by
//! side, and say with offsets where each row begins. Nothing of it needs the interpreter, so several
//! threads can read at once, detached. What comes from outside is checked once, when it is opened.

mod array_object;
mod arrow;
mod numpy;
mod values;

use std::borrow::Cow;
use std::ops::Range;

use arrow_buffer::ScalarBuffer;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;

pub use self::numpy::{is_array, refuse_masked};
use self::values::Values;
use crate::errors::value_error;

/// Rows of integers of any type, in one or more pieces of memory that it keeps alive.
pub struct Ragged {
    name: Cow<'static, str>,
    runs: Vec<Run>,
    /// The first row of each run, and at the end the number of rows.
    starts: Vec<usize>,
    /// The run of every row whose number is a multiple of `1 << shift`.
    landmarks: Vec<usize>,
    shift: u32,
}

/// Consecutive rows, at least one, over the same values.
struct Run {
    rows: RowRanges,
    values: Values,
}

/// Where rows are among their values.
enum RowRanges {
    /// From one offset up to the next.
    Offsets32(ScalarBuffer<i32>),
    /// From one offset up to the next.
    Offsets64(ScalarBuffer<i64>),
    /// As many rows of one length, one after the other.
    Fixed { count: usize, length: usize },
    /// The start and the end of each.
    Places(Vec<(usize, usize)>),
}

/// The most rows without values: they take no memory, so there could be any number of them.
const MOST_EMPTY: usize = 1 << 31;

impl RowRanges {
    /// As many rows of one length; `ValueError` for more empty ones than anybody waits for.
    fn fixed(name: &str, count: usize, length: usize) -> PyResult<Self> {
        if length == 0 && count > MOST_EMPTY {
            return Err(value_error(format!(
                "{name} has {count} rows without a value; pass at most {MOST_EMPTY} of them"
            )));
        }
        Ok(Self::Fixed { count, length })
    }

    fn len(&self) -> usize {
        match self {
            Self::Offsets32(offsets) => offsets.len().saturating_sub(1),
            Self::Offsets64(offsets) => offsets.len().saturating_sub(1),
            Self::Fixed { count, .. } => *count,
            Self::Places(places) => places.len(),
        }
    }

    /// The values of a row. Offsets are known to be positions of values, in order.
    fn range(&self, row: usize) -> Range<usize> {
        match self {
            Self::Offsets32(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Self::Offsets64(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Self::Fixed { length, .. } => row * length..(row + 1) * length,
            Self::Places(places) => places[row].0..places[row].1,
        }
    }

    /// Finds the first row that does not lie within so many values.
    fn first_outside(&self, values: usize) -> Option<usize> {
        match self {
            Self::Offsets32(offsets) => first_unordered(offsets, values),
            Self::Offsets64(offsets) => first_unordered(offsets, values),
            Self::Fixed { count, length } => match count.checked_mul(*length) {
                Some(needed) if needed <= values => None,
                _ => Some(values / length),
            },
            Self::Places(places) => {
                places.iter().position(|&(start, end)| start > end || end > values)
            }
        }
    }
}

/// Finds the first row whose offsets are not in order within so many values.
fn first_unordered<T: Copy + Ord + TryInto<usize>>(offsets: &[T], values: usize) -> Option<usize> {
    let (Some(&first), Some(&last)) = (offsets.first(), offsets.last()) else {
        return None;
    };
    let within = |offset: T| offset.try_into().is_ok_and(|offset| offset <= values);
    // All of them together first, which needs no branch for each.
    let in_order = offsets.windows(2).fold(true, |so_far, pair| so_far & (pair[0] <= pair[1]));
    if in_order && within(first) && within(last) {
        return None;
    }
    let outside = |pair: &[T]| pair[0] > pair[1] || !within(pair[0]) || !within(pair[1]);
    offsets.windows(2).position(outside)
}

/// A value of a row that int64 does not hold.
#[derive(Debug)]
pub struct BeyondInt64 {
    name: Cow<'static, str>,
    row: usize,
    at: usize,
    value: u64,
}

impl From<BeyondInt64> for PyErr {
    fn from(BeyondInt64 { name, row, at, value }: BeyondInt64) -> Self {
        PyOverflowError::new_err(format!("{name}[{row}][{at}] is {value}, which int64 cannot hold"))
    }
}

impl Ragged {
    fn new(name: Cow<'static, str>) -> Self {
        Self { name, runs: Vec::new(), starts: vec![0], landmarks: Vec::new(), shift: 0 }
    }

    /// The name of the argument, for messages.
    pub fn name(&self) -> &Cow<'static, str> {
        &self.name
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.starts[self.runs.len()]
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of values in a row.
    pub fn length(&self, row: usize) -> usize {
        let (run, within) = self.find(row);
        run.rows.range(within).len()
    }

    /// The number of values in each row, in order.
    pub fn lengths(&self) -> impl ExactSizeIterator<Item = usize> {
        (0..self.len()).map(|row| self.length(row))
    }

    /// Writes a range of a row's values, which lies within the row, to as many places.
    pub fn widen(
        &self,
        row: usize,
        range: Range<usize>,
        out: &mut [i64],
    ) -> Result<(), BeyondInt64> {
        let (run, within) = self.find(row);
        let start = run.rows.range(within).start;
        let widened = run.values.widen(start + range.start..start + range.end, out);
        widened.map_err(|beyond| self.beyond(row, range.start, beyond))
    }

    /// Makes sure that int64 holds all values of a range, which lies within the row.
    pub fn check(&self, row: usize, range: Range<usize>) -> Result<(), BeyondInt64> {
        let (run, within) = self.find(row);
        let start = run.rows.range(within).start;
        let checked = run.values.check(start + range.start..start + range.end);
        checked.map_err(|beyond| self.beyond(row, range.start, beyond))
    }

    #[cold]
    fn beyond(&self, row: usize, start: usize, beyond: values::Beyond) -> BeyondInt64 {
        BeyondInt64 { name: self.name.clone(), row, at: start + beyond.at, value: beyond.value }
    }

    /// The run of a row, and the row's number in it.
    ///
    /// A memory-mapped table may have tens of thousands of runs, nearly all of one size: then the
    /// landmark before the row is next to it, and it is never further than the landmark after it.
    fn find(&self, row: usize) -> (&Run, usize) {
        let landmark = row >> self.shift;
        let mut run = self.landmarks[landmark];
        if self.starts[run + 1] <= row {
            let last = self.landmarks.get(landmark + 1).copied().unwrap_or(self.runs.len() - 1);
            run += self.starts[run + 1..=last].partition_point(|&start| start <= row);
        }
        (&self.runs[run], row - self.starts[run])
    }

    /// Adds rows whose places are known to lie within the values.
    fn push(&mut self, rows: RowRanges, values: Values) {
        if rows.len() > 0 {
            self.starts.push(self.len() + rows.len());
            self.runs.push(Run { rows, values });
        }
    }

    /// Puts the landmarks up, once all rows are there: about one for each run.
    fn finish(mut self) -> Self {
        let (rows, runs) = (self.len(), self.runs.len());
        self.shift = rows.checked_div(runs).and_then(usize::checked_ilog2).unwrap_or(0);
        let mut run = 0;
        self.landmarks.reserve_exact((rows >> self.shift) + 1);
        for row in (0..rows).step_by(1 << self.shift) {
            while self.starts[run + 1] <= row {
                run += 1;
            }
            self.landmarks.push(run);
        }
        self
    }
}
