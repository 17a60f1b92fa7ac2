//! Parquet, a few pages at a time.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use crate::Batch;
use crate::error::{Error, Place, Result};
use crate::reader::{Decode, Faults, Options};
use crate::table::{Table, choose};

/// Reads the pages that hold the next rows, never a row group as a whole.
pub(crate) struct Pages {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
    schema: SchemaRef,
    /// For each wanted column, its position among the columns read.
    order: Vec<usize>,
    rows: u64,
    expected: u64,
}

impl Pages {
    pub(crate) fn open(path: &Path, mut file: File, options: &Options) -> Result<Self> {
        check_ends(path, &mut file)?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| {
            Error::malformed(path, Place::File, format!("the Parquet footer is damaged: {error}"))
        })?;
        let chosen = choose(builder.schema(), options.columns.as_deref())?;
        let damaged =
            |error: &dyn std::fmt::Display| Error::malformed(path, Place::File, error.to_string());
        let schema = builder.schema().project(&chosen).map_err(|error| damaged(&error))?;
        let mut stored = chosen.clone();
        stored.sort_unstable();
        let order = chosen
            .iter()
            .map(|at| stored.iter().position(|stored| stored == at).unwrap_or_default())
            .collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), chosen);
        let expected = builder
            .metadata()
            .row_groups()
            .iter()
            .map(|group| group.num_rows().max(0) as u64)
            .sum();
        let reader = builder
            .with_projection(mask)
            .with_batch_size(options.batch_size)
            .build()
            .map_err(|error| damaged(&error))?;
        Ok(Self {
            path: path.to_owned(),
            reader,
            schema: Arc::new(schema),
            order,
            rows: 0,
            expected,
        })
    }
}

impl Decode for Pages {
    fn next_batch(&mut self, _faults: &mut Faults) -> Result<Option<Batch>> {
        let damaged = |error: &dyn std::fmt::Display| {
            Error::malformed(
                &self.path,
                Place::Row(self.rows),
                format!("the Parquet data is damaged here or in the rows after: {error}"),
            )
        };
        let Some(read) = self.reader.next() else {
            return if self.rows == self.expected {
                Ok(None)
            } else {
                Err(damaged(&format!("the footer promises {} rows", self.expected)))
            };
        };
        let read = read.map_err(|error| damaged(&error))?;
        let columns = self.order.iter().map(|&at| read.column(at).clone()).collect();
        let piece =
            RecordBatch::try_new(self.schema.clone(), columns).map_err(|error| damaged(&error))?;
        self.rows += piece.num_rows() as u64;
        Ok(Some(Batch::Arrow(Table::new(self.schema.clone(), vec![piece]))))
    }
}

/// Checks for the mark at both ends, which tells a truncated file from another format.
fn check_ends(path: &Path, file: &mut File) -> Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    const MARK: [u8; 4] = *b"PAR1";
    let failed = |source| Error::io(path, source);
    let length = file.seek(SeekFrom::End(0)).map_err(failed)?;
    let bad = |reason: &str| Err(Error::malformed(path, Place::File, reason));
    if length < 12 {
        return bad(&format!("{length} bytes are too few for a Parquet file"));
    }
    let mut mark = [0; 4];
    for (from, reason) in [
        (SeekFrom::Start(0), "this is not a Parquet file; name its format in dataset_type".into()),
        (
            SeekFrom::End(-4),
            format!("the Parquet file is truncated: it ends at byte {length} without a footer"),
        ),
    ] {
        let reason: String = reason;
        file.seek(from).map_err(failed)?;
        file.read_exact(&mut mark).map_err(failed)?;
        if &mark == b"PARE" {
            return bad("the Parquet file is encrypted, which is not supported");
        }
        if mark != MARK {
            return bad(&reason);
        }
    }
    Ok(())
}
