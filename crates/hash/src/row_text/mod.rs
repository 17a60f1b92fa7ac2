//! Rows of Arrow data as the text of a Python dictionary.
//!
//! The text of a row is what `str(row)` gives where `row` is the dictionary that pyarrow makes of
//! it (`table.to_pylist()[i]`): Axolotl hashes this text to find duplicates. It is written straight
//! from the Arrow buffers. A type or a value that is not covered is an [`Uncovered`] error, never a
//! guess.

mod by_type;
mod bytes;
mod column;
mod keys;
mod nested;
mod number;
mod printable;
mod reprs;
mod string;
mod temporal;
mod uncovered;

use std::sync::Arc;

use arrow_array::RecordBatch;

use by_type::FromPython;
use column::Column;
pub use printable::{Block, Printable, block_of};
use reprs::ReprCache;
pub use uncovered::Uncovered;

/// The rows of a table, in any number of record batches.
pub struct TextRows {
    batches: Vec<Columns>,
    /// The number of the first row of each batch, and at the end the number of all rows.
    starts: Vec<usize>,
}

/// The columns of one record batch, each behind the text that leads to its value.
type Columns = Vec<(Vec<u8>, Box<dyn Column>)>;

impl TextRows {
    /// Prepares the rows of `batches`, which share one schema, to be written.
    pub fn new(batches: &[RecordBatch], printable: &Arc<Printable>) -> Result<Self, Uncovered> {
        let reprs = Arc::new(ReprCache::new(Arc::clone(printable)));
        let python = FromPython { printable: Arc::clone(printable), reprs };
        let mut starts = vec![0];
        let mut columns = Vec::with_capacity(batches.len());
        for batch in batches {
            starts.push(starts[starts.len() - 1] + batch.num_rows());
            columns.push(columns_of(batch, &python)?);
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

fn columns_of(batch: &RecordBatch, python: &FromPython) -> Result<Columns, Uncovered> {
    let keys = keys::keys(batch.schema_ref().fields(), &python.printable)?;
    let fields = batch.schema_ref().fields().iter().zip(batch.columns());
    keys.into_iter()
        .zip(fields)
        .map(|(key, (field, array))| Ok((key, by_type::of(field, array, python)?)))
        .collect()
}
