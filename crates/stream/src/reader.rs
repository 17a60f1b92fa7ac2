//! Opening a dataset and reading its batches.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::catch_panic::catch_panic;
use crate::error::{Error, Place, Result};
use crate::format::{self, Compression, Format};
use crate::json::{JsonBatch, Lines, Records};
use crate::source::{self, Source};
use crate::table::Table;
use crate::{csv, hf_dataset, ipc, parquet, text};

/// The most skipped records that are remembered one by one.
const MOST_REMEMBERED: usize = 1000;

/// Some rows of a dataset.
#[derive(Debug)]
pub enum Batch {
    /// CsvReader of a format with column types.
    Arrow(Table),
    /// CsvReader of JSON, where each value has its own type.
    Json(JsonBatch),
}

impl Batch {
    /// How many rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::Arrow(table) => table.rows(),
            Self::Json(batch) => batch.rows(),
        }
    }
}

/// What to do about a malformed record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// Fail.
    #[default]
    Raise,
    /// Leave it out and remember it.
    Skip,
}

/// How to read.
#[derive(Clone, Debug)]
pub struct Options {
    /// CsvReader per batch; the last batch may have fewer.
    pub batch_size: usize,
    /// The columns to read, in this order; all of them if `None`.
    pub columns: Option<Vec<String>>,
    /// What to do about a malformed line of CSV, JSON or text.
    pub on_error: OnError,
    /// Whether each batch is to be an Arrow table in one piece, JSON included.
    ///
    /// JSON columns then have the one type that holds all of their values in the batch, and a
    /// batch without such a type is an error, also where malformed records are skipped.
    pub arrow: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { batch_size: 1000, columns: None, on_error: OnError::Raise, arrow: false }
    }
}

impl Options {
    fn check(&self) -> Result<()> {
        if self.batch_size == 0 {
            return Err(Error::Argument("batch_size must be at least 1, got 0".to_owned()));
        }
        let Some(columns) = &self.columns else { return Ok(()) };
        if columns.is_empty() {
            return Err(Error::Argument(
                "columns is empty; leave it out to read every column".to_owned(),
            ));
        }
        for (at, name) in columns.iter().enumerate() {
            if columns[..at].contains(name) {
                return Err(Error::Argument(format!("columns names {name:?} twice")));
            }
        }
        Ok(())
    }
}

/// A record that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The line it begins on, the first is 1.
    pub line: u64,
    /// What was wrong with it.
    pub reason: String,
}

/// What the decoders do with malformed records.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    on_error: OnError,
    count: u64,
    remembered: usize,
    fresh: Vec<Skipped>,
    stop: Arc<AtomicBool>,
}

impl Faults {
    /// Whether malformed records are to be left out.
    pub(crate) fn skips(&self) -> bool {
        self.on_error == OnError::Skip
    }

    /// An error if the reader was told to stop.
    pub(crate) fn go_on(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) { Err(Error::Stopped) } else { Ok(()) }
    }

    /// Remembers the error of a record to skip, or returns it.
    pub(crate) fn take(&mut self, error: Error) -> Result<()> {
        match (self.on_error, error) {
            (
                OnError::Skip,
                Error::Malformed { place: Place::Line { line, column }, reason, .. },
            ) => {
                self.count += 1;
                if self.remembered < MOST_REMEMBERED {
                    self.remembered += 1;
                    let reason = match column {
                        Some(column) => format!("column {column}: {reason}"),
                        None => reason,
                    };
                    self.fresh.push(Skipped { line, reason });
                }
                Ok(())
            }
            (_, error) => Err(error),
        }
    }
}

/// One format's way to the next batch.
pub(crate) trait Decode: Send {
    /// Reads up to a batch of rows; `None` at the end.
    fn next_batch(&mut self, faults: &mut Faults) -> Result<Option<Batch>>;
}

/// A dataset being read.
pub struct Reader {
    path: PathBuf,
    state: State,
    faults: Faults,
    arrow: bool,
    rows: u64,
}

enum State {
    Waiting(Box<Plan>),
    Reading(Box<dyn Decode>),
    Done,
}

/// What is known before the first byte is read.
struct Plan {
    path: PathBuf,
    format: Format,
    compression: Option<Compression>,
    is_tab_separated: bool,
    options: Options,
}

impl Reader {
    /// Opens a dataset.
    ///
    /// `dataset_type` is empty or `auto`, a format, or `format.compression`. What can be checked
    /// without waiting for data is checked here: that the file is there, that a binary file has
    /// its format's marks, that the columns exist.
    ///
    /// # Errors
    ///
    /// A missing or unreadable file, an unknown format, bad options, a damaged header.
    pub fn open(path: &Path, dataset_type: &str, options: Options) -> Result<Self> {
        options.check()?;
        let metadata = source::metadata(path)?;
        let (format, compression) = format::resolve(path, dataset_type)?;
        let (on_error, arrow) = (options.on_error, options.arrow);
        let plan = Plan {
            path: path.to_owned(),
            format,
            compression,
            is_tab_separated: format::is_tab_separated(path, dataset_type),
            options,
        };
        let faults = Faults { on_error, ..Faults::default() };
        let state = catch_panic(path, || plan.begin(&metadata, &faults))?;
        Ok(Self { path: path.to_owned(), state, faults, arrow, rows: 0 })
    }

    /// Reads the next batch; `None` at the end and after an error.
    ///
    /// # Errors
    ///
    /// Malformed or damaged data, or a failing read.
    pub fn next_batch(&mut self) -> Result<Option<Batch>> {
        let state = std::mem::replace(&mut self.state, State::Done);
        let (faults, arrow, rows) = (&mut self.faults, self.arrow, self.rows);
        let (batch, state) = catch_panic(&self.path, || {
            let mut decoder = match state {
                State::Waiting(plan) => plan.decoder(faults)?,
                State::Reading(decoder) => decoder,
                State::Done => return Ok((None, State::Done)),
            };
            let mut batch = decoder.next_batch(faults)?;
            if arrow {
                batch = batch.map(|batch| in_one_piece(batch, &self.path, rows)).transpose()?;
            }
            let state = if batch.is_some() { State::Reading(decoder) } else { State::Done };
            Ok((batch, state))
        })?;
        self.state = state;
        self.rows += batch.as_ref().map_or(0, |batch| batch.rows() as u64);
        Ok(batch)
    }

    /// Set, it ends the reading at the next record with an error, also from another thread.
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.faults.stop)
    }

    /// How many records have been skipped.
    pub fn skipped_count(&self) -> u64 {
        self.faults.count
    }

    /// Takes the records skipped since the last call; after the first thousand they are only
    /// counted.
    pub fn take_skipped(&mut self) -> Vec<Skipped> {
        std::mem::take(&mut self.faults.fresh)
    }
}

/// A batch as a table of one piece, with `rows` rows before it.
fn in_one_piece(batch: Batch, path: &Path, rows: u64) -> Result<Batch> {
    let piece = match batch {
        Batch::Json(batch) => batch
            .to_arrow(rows)
            .map_err(|misfit| Error::malformed(path, Place::line(misfit.line), misfit.reason))?,
        Batch::Arrow(table) => table.into_record_batch().map_err(|error| {
            let reason = format!(
                "the pieces of the batch do not fit into one: {error}; take a smaller batch_size"
            );
            Error::malformed(path, Place::Row(rows), reason)
        })?,
    };
    Ok(Batch::Arrow(Table::new(piece.schema(), vec![piece])))
}

impl Plan {
    fn begin(self, metadata: &Metadata, faults: &Faults) -> Result<State> {
        let is_directory = self.format == Format::HfDataset;
        if metadata.is_dir() && !is_directory {
            return Err(Error::IsDirectory { path: self.path, format: self.format.name() });
        }
        if !metadata.is_dir() && is_directory {
            return Err(Error::NotADirectory { path: self.path });
        }
        // A pipe is opened by whoever reads from it, since opening waits for a writer.
        if !metadata.is_dir() && !metadata.is_file() {
            return Ok(State::Waiting(Box::new(self)));
        }
        if metadata.is_file() && self.compression.is_none() {
            source::refuse_hidden_compression(&self.path, self.format.name())?;
        }
        // Decompressing all of a file takes long, so that too is left for later.
        if self.format == Format::Parquet && self.compression.is_some() {
            source::open(&self.path)?;
            return Ok(State::Waiting(Box::new(self)));
        }
        self.decoder(faults).map(State::Reading)
    }

    fn decoder(self, faults: &Faults) -> Result<Box<dyn Decode>> {
        let Self { path, format, compression, is_tab_separated, options } = self;
        let options = &options;
        if format == Format::HfDataset {
            return Ok(Box::new(hf_dataset::open(&path, options)?));
        }
        if format == Format::Parquet && compression.is_none() {
            return Ok(Box::new(parquet::Pages::open(&path, source::open(&path)?, options)?));
        }
        let source = Source::open(&path, compression)?;
        Ok(match format {
            Format::Parquet => {
                Box::new(parquet::Pages::open(&path, source.spill(|| faults.go_on())?, options)?)
            }
            Format::Arrow | Format::Feather => Box::new(ipc::Messages::open(source, options)?),
            Format::Csv => Box::new(csv::CsvReader::open(source, is_tab_separated, options)?),
            Format::Json => Box::new(Records::new(source, options)),
            Format::Jsonl => Box::new(Lines::new(source, options)),
            Format::Text | Format::HfDataset => Box::new(text::Lines::open(source, options)?),
        })
    }
}
