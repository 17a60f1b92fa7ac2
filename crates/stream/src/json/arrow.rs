//! JSON records as Arrow columns, each of the one type that holds all of its values.
//!
//! Values are appended as they come, and the type of a column widens with them: null, then what
//! the first value asks for, and integers to floats. Whatever would alter a value is a misfit.

mod column;
mod integers;
mod texts;

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema};

use crate::json::arrow::column::Column;
use crate::json::batch::JsonBatch;
use crate::json::tape::Tape;

/// More different keys than this, over all nested objects of a batch, are data, not columns, and
/// filling them all is quadratic.
const MOST_COLUMNS: usize = 10_000;

/// Why records have no Arrow form.
#[derive(Debug)]
pub(crate) struct Misfit {
    /// The line of the record, the first is 1.
    pub line: u64,
    /// What is wrong with it, and the remedy.
    pub reason: String,
}

/// Where in the batch a value is, and what is shared between columns.
struct Walk<'a> {
    tape: &'a Tape,
    /// The record, from 0.
    record: usize,
    /// How many records came before the batch.
    before: u64,
    /// How many nested columns there may still be.
    columns_left: usize,
}

impl Walk<'_> {
    /// The row of a record of this batch in the file, the first is 0.
    fn row(&self, record: usize) -> u64 {
        self.before + record as u64
    }

    fn fault<T>(&self, reason: impl Into<String>) -> Outcome<T> {
        Err(Box::new(Fault { record: self.record, path: String::new(), reason: reason.into() }))
    }
}

/// A value that does not fit, and the way to it below the column.
struct Fault {
    record: usize,
    path: String,
    reason: String,
}

type Outcome<T> = Result<T, Box<Fault>>;

/// Adds a step to the way to a value.
fn within<T>(outcome: Outcome<T>, step: impl FnOnce() -> String) -> Outcome<T> {
    outcome.map_err(|mut fault| {
        fault.path.insert_str(0, &step());
        fault
    })
}

impl JsonBatch {
    /// The records as a record batch, with `before` records before it in the file.
    ///
    /// # Errors
    ///
    /// A column whose values have no common type.
    pub(crate) fn to_arrow(&self, before: u64) -> Result<RecordBatch, Misfit> {
        let mut walk = Walk { tape: self.tape(), record: 0, before, columns_left: MOST_COLUMNS };
        let mut fields = Vec::with_capacity(self.names().len());
        let mut arrays = Vec::with_capacity(self.names().len());
        for (index, name) in self.names().iter().enumerate() {
            let array =
                self.fill(index, &mut walk).map_err(|fault| self.misfit(name, &fault, before))?;
            fields.push(Field::new(name, array.data_type().clone(), true));
            arrays.push(array);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows()));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
            .map_err(|error| Misfit { line: self.line(0), reason: error.to_string() })
    }

    fn fill(&self, index: usize, walk: &mut Walk<'_>) -> Outcome<arrow_array::ArrayRef> {
        let mut column = Column::new(1);
        for (record, value) in self.column(index).enumerate() {
            walk.record = record;
            match value {
                Some(value) => column.push(value, walk)?,
                None => column.push_null(),
            }
        }
        column.finish(walk)
    }

    fn line(&self, record: usize) -> u64 {
        self.lines().get(record).copied().unwrap_or_default()
    }

    fn misfit(&self, name: &str, fault: &Fault, before: u64) -> Misfit {
        let Fault { record, path, reason } = fault;
        let row = before + *record as u64;
        Misfit {
            line: self.line(*record),
            reason: format!(
                "in row {row}, column {:?} {reason}; name only other columns in columns, or take \
                 output=\"list\"",
                format!("{name}{path}")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use arrow_array::cast::AsArray;
    use arrow_schema::DataType;
    use proptest::prelude::*;

    use crate::{Batch, Options, Reader};

    /// The column `v` of a file with one record for each value.
    fn column(values: &[serde_json::Value]) -> arrow_array::ArrayRef {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.jsonl");
        let lines: String = values
            .iter()
            .map(|value| serde_json::json!({ "v": value }).to_string() + "\n")
            .collect();
        fs::write(&path, lines).unwrap();
        let options = Options { batch_size: usize::MAX, arrow: true, ..Options::default() };
        let mut reader = Reader::open(&path, "auto", options).unwrap();
        let Some(Batch::Arrow(table)) = reader.next_batch().unwrap() else { panic!("rows") };
        table.into_record_batch().unwrap().column(0).clone()
    }

    proptest! {
        // Tests lower the largest narrow offset, so that short texts and lists need wide ones.
        #[test]
        fn offsets_widen_when_the_data_ask_for_it(
            texts in prop::collection::vec(prop::option::of(".{0,9}"), 1..12)
        ) {
            let length: usize = texts.iter().flatten().map(String::len).sum();
            prop_assume!(texts.iter().any(Option::is_some));
            let values: Vec<_> = texts.iter().map(|text| serde_json::json!(text)).collect();
            let array = column(&values);
            let got: Vec<_> = if length > 40 {
                array.as_string::<i64>().iter().collect()
            } else {
                array.as_string::<i32>().iter().collect()
            };
            prop_assert_eq!(got, texts.iter().map(Option::as_deref).collect::<Vec<_>>());
        }

        #[test]
        fn offsets_of_lists_widen_too(lengths in prop::collection::vec(0_usize..15, 1..8)) {
            let values: Vec<_> =
                lengths.iter().map(|length| serde_json::json!(vec![true; *length])).collect();
            let array = column(&values);
            let sum: usize = lengths.iter().sum();
            let got: Vec<_> = match array.data_type() {
                DataType::LargeList(_) => {
                    prop_assert!(sum > 40);
                    array.as_list::<i64>().iter().map(|list| list.unwrap().len()).collect()
                }
                _ => {
                    prop_assert!(sum <= 40);
                    array.as_list::<i32>().iter().map(|list| list.unwrap().len()).collect()
                }
            };
            prop_assert_eq!(got, lengths);
        }
    }
}
