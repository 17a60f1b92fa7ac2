//! Rows of Arrow data as the text of a Python dictionary.
//!
//! The text of a row is what `str(row)` gives where `row` is the dictionary that pyarrow makes of
//! it (`table.to_pylist()[i]`): Axolotl hashes this text to find duplicates. It is written straight
//! from the Arrow buffers. A type or a value that is not covered is an [`Uncovered`] error, never a
//! guess.

mod asked;
mod bytes;
mod column;
mod nested;
mod number;
mod printable;
mod string;
mod temporal;

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Fields;

use asked::Answers;
use column::{Column, Shared};
pub use printable::{Block, Printable, block_of};

/// Data whose Python text is not written here.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("column {column}: {reason}")]
pub struct Uncovered {
    /// The name of the column, quoted, with the path to a nested field.
    pub column: String,
    /// What is not covered.
    pub reason: String,
}

/// The rows of a table, in any number of record batches.
pub struct Table {
    batches: Vec<Columns>,
    /// The number of the first row of each batch, and at the end the number of all rows.
    starts: Vec<usize>,
}

/// The columns of one record batch, each behind the text that leads to its value.
type Columns = Vec<(Vec<u8>, Box<dyn Column>)>;

impl Table {
    /// Prepares the rows of `batches`, which share one schema, to be written.
    pub fn new(batches: &[RecordBatch], printable: &Arc<Printable>) -> Result<Self, Uncovered> {
        let answers = Arc::new(Answers::new(Arc::clone(printable)));
        let shared = Shared { printable: Arc::clone(printable), answers };
        let mut starts = vec![0];
        let mut columns = Vec::with_capacity(batches.len());
        for batch in batches {
            starts.push(starts[starts.len() - 1] + batch.num_rows());
            columns.push(columns_of(batch, &shared)?);
        }
        Ok(Self { batches: columns, starts })
    }

    /// How many rows there are.
    pub fn num_rows(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    /// Appends the text of row `row`, which must be below [`num_rows`](Self::num_rows), to `out`.
    pub fn write_row(&self, row: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let batch = self.starts.partition_point(|&start| start <= row) - 1;
        let index = row - self.starts[batch];
        out.push(b'{');
        for (key, column) in &self.batches[batch] {
            out.extend_from_slice(key);
            column.write(index, out)?;
        }
        out.push(b'}');
        Ok(())
    }
}

fn columns_of(batch: &RecordBatch, shared: &Shared) -> Result<Columns, Uncovered> {
    let keys = keys(batch.schema_ref().fields(), &shared.printable)?;
    let fields = batch.schema_ref().fields().iter().zip(batch.columns());
    keys.into_iter()
        .zip(fields)
        .map(|(key, (field, array))| Ok((key, column::of(field, array, shared)?)))
        .collect()
}

/// The text in front of each value of a dictionary: the key, a colon, and a comma before all but
/// the first.
fn keys(fields: &Fields, printable: &Printable) -> Result<Vec<Vec<u8>>, Uncovered> {
    let mut names = HashSet::new();
    let mut keys = Vec::with_capacity(fields.len());
    for field in fields {
        if !names.insert(field.name()) {
            return Err(Uncovered {
                column: format!("{:?}", field.name()),
                reason: "the name occurs twice".to_owned(),
            });
        }
        let mut key = if keys.is_empty() { Vec::new() } else { b", ".to_vec() };
        if !string::write_str(field.name(), printable, &mut key) {
            return Err(unknown_characters(format!("{:?}", field.name())));
        }
        key.extend_from_slice(b": ");
        keys.push(key);
    }
    Ok(keys)
}

fn unknown_characters(column: String) -> Uncovered {
    Uncovered { column, reason: "Python did not say which characters are printable".to_owned() }
}
