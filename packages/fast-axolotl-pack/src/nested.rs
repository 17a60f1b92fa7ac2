//! Batches as Python has them: lists of rows, which are lists of the numbers of sequences.

use fast_axolotl_boundary::arguments::type_name;
use fast_axolotl_boundary::collector::CollectorPause;
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::interrupt::Interrupts;
use fast_axolotl_boundary::lists::{self, Lists, extend, slice};
use fast_axolotl_pack::{Batch, Sequence};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyTuple};

use crate::numbers::counts;

/// Batches that were read. Their sequences are numbered anew, in the order in which they come.
pub struct NestedBatches<'py> {
    /// The integers that the caller has for the sequences.
    items: Bound<'py, PyList>,
    pub batches: Vec<Batch>,
    pub sequences: Vec<Sequence>,
}

impl<'py> NestedBatches<'py> {
    /// Reads batches, and what is known of each sequence by its integer.
    ///
    /// Raises `TypeError` for what is not lists of lists of lists of `int`, `ValueError` for
    /// numbers that are negative or that there is no sequence of, each naming the argument.
    pub fn read(
        batches: &Bound<'py, PyAny>,
        lengths: &Bound<'py, PyAny>,
        label_counts: &Bound<'py, PyAny>,
        leading_label_counts: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let known = Known::read(lengths, label_counts, leading_label_counts)?;
        let py = batches.py();
        let items = PyList::empty(py);
        let mut read = Vec::new();
        let mut next = 0;
        let mut interrupts = Interrupts::new(py);
        for (number, batch) in list("batches", batches)?.iter().enumerate() {
            let batch = list(format_args!("batches[{number}]"), &batch)?.clone();
            let mut rows = Batch::with_capacity(batch.len());
            for (row_number, row) in batch.iter().enumerate() {
                let row = list(format_args!("batches[{number}][{row_number}]"), &row)?.clone();
                extend(&items, &row)?;
                interrupts.after_row(row.len())?;
                let end = u32::try_from(items.len())
                    .map_err(|_| value_error("batches hold more than 2^32 sequences"))?;
                rows.push((next..end).collect());
                next = end;
            }
            read.push(rows);
        }
        let sequences = known.of(&items)?;
        Ok(Self { items, batches: read, sequences })
    }

    /// The batches as lists of lists of lists, of the integers that were read.
    pub fn to_lists(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let _pause = CollectorPause::new(py);
        let mut numbers = self.batches.iter().flatten().flatten();
        let count = self.batches.iter().flatten().map(Vec::len).sum();
        let items = lists::list(py, count, |_| {
            self.items.get_item(numbers.next().map_or(0, |&number| number as usize))
        })?;
        let batches = PyList::empty(py);
        let mut start = 0;
        let mut interrupts = Interrupts::new(py);
        for batch in &self.batches {
            let rows = PyList::empty(py);
            for row in batch {
                rows.append(slice(&items, start, start + row.len())?)?;
                start += row.len();
                interrupts.after_row(row.len())?;
            }
            batches.append(rows)?;
        }
        Ok(batches)
    }
}

/// What is known of each sequence, by its integer.
struct Known {
    lengths: Vec<i64>,
    labels: Vec<i64>,
    leading: Vec<i64>,
}

impl Known {
    fn read(
        lengths: &Bound<'_, PyAny>,
        label_counts: &Bound<'_, PyAny>,
        leading_label_counts: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let lengths = counts("lengths", lengths)?;
        let labels = counts("label_counts", label_counts)?;
        let leading = match leading_label_counts {
            Some(leading) => counts("leading_label_counts", leading)?,
            None => vec![0; lengths.len()],
        };
        for (name, values) in [("label_counts", &labels), ("leading_label_counts", &leading)] {
            if values.len() != lengths.len() {
                return Err(value_error(format!(
                    "{name} has {} numbers, lengths has {}; there must be one for each sequence",
                    values.len(),
                    lengths.len()
                )));
            }
        }
        Ok(Self { lengths, labels, leading })
    }

    /// The sequences of a list of their integers.
    fn of(&self, items: &Bound<'_, PyList>) -> PyResult<Vec<Sequence>> {
        // Whatever else has an index, such as a bool, may mean something else to the caller.
        if let Some(other) = items.iter().find(|item| !item.is_exact_instance_of::<PyInt>()) {
            return Err(type_error(format!(
                "batches must hold the numbers of sequences as int, got {}",
                type_name(&other)
            )));
        }
        let mut indices = vec![0; items.len()];
        let lists = Lists::read("batches", PyTuple::new(items.py(), [items])?.as_any())?;
        lists.widen(0, 0..items.len(), &mut indices)?;
        let sequence = |index: i64| {
            let at = usize::try_from(index).ok().filter(|&at| at < self.lengths.len());
            at.map(|at| Sequence {
                length: self.lengths[at],
                labels: self.labels[at],
                leading: self.leading[at],
            })
        };
        let found = indices.iter().map(|&index| {
            sequence(index).ok_or_else(|| {
                value_error(format!(
                    "batches hold the sequence {index}, but lengths has {} numbers",
                    self.lengths.len()
                ))
            })
        });
        found.collect()
    }
}

fn list<'a, 'py>(
    name: impl std::fmt::Display,
    value: &'a Bound<'py, PyAny>,
) -> PyResult<&'a Bound<'py, PyList>> {
    value
        .cast_exact::<PyList>()
        .map_err(|_| type_error(format!("{name} must be a list, got {}", type_name(value))))
}
