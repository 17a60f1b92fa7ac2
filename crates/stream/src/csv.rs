//! Delimited text with a header row, typed as pandas (and so Hugging Face `datasets`) types it.

mod columns;
mod infer;
mod split;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema, SchemaRef};

use crate::Batch;
use crate::csv::columns::Column;
use crate::csv::infer::{ColumnType, Inference};
use crate::csv::split::{Cells, Outcome, split};
use crate::error::{Error, Place, Result};
use crate::reader::{Decode, Faults, Options};
use crate::source::Source;
use crate::table::{Table, choose};
use crate::window::Window;

/// How many rows decide the types: the chunk in which `datasets` reads CSV.
const SAMPLE_ROWS: usize = 10_000;

/// With longer rows, fewer of them decide.
const SAMPLE_BYTES: usize = 16 << 20;

/// Reads a CSV file.
pub(crate) struct CsvReader {
    records: Records,
    names: Vec<String>,
    /// The fields to read, in the order asked for.
    chosen: Vec<usize>,
    kinds: Option<(Vec<ColumnType>, SchemaRef)>,
    /// Records read to decide the types and not yet given out.
    sample: VecDeque<Record>,
    batch_size: usize,
}

/// One record's fields, and the line it begins on.
struct Record {
    line: u64,
    cells: Cells,
}

struct Records {
    window: Window,
    delimiter: u8,
    width: usize,
}

impl CsvReader {
    pub(crate) fn open(source: Source, is_tab_separated: bool, options: &Options) -> Result<Self> {
        let mut window = Window::new(source);
        window.skip_byte_order_mark()?;
        let delimiter = if is_tab_separated { b'\t' } else { b',' };
        let mut records = Records { window, delimiter, width: 0 };
        let mut header = Cells::default();
        let Some(line) = records.next(&mut header)? else {
            let path = records.window.source().path();
            return Err(Error::malformed(path, Place::File, "the file has no header row"));
        };
        let names = names(&header).map_err(|reason| {
            Error::malformed(records.window.source().path(), Place::line(line), reason)
        })?;
        records.width = names.len();
        let fields: Vec<_> =
            names.iter().map(|name| Field::new(name, arrow_schema::DataType::Null, true)).collect();
        let chosen = choose(&Schema::new(fields), options.columns.as_deref())?;
        Ok(Self {
            records,
            names,
            chosen,
            kinds: None,
            sample: VecDeque::new(),
            batch_size: options.batch_size,
        })
    }

    /// Reads the sample and decides the types.
    fn infer(&mut self, faults: &mut Faults) -> Result<(Vec<ColumnType>, SchemaRef)> {
        let mut inferences = vec![Inference::default(); self.chosen.len()];
        let mut bytes = 0;
        while self.sample.len() < SAMPLE_ROWS && bytes < SAMPLE_BYTES {
            let mut cells = Cells::default();
            let Some(line) = self.records.next_whole(&mut cells, faults)? else { break };
            if let Err(error) = self.records.check_text(line, &cells, &self.chosen, &self.names) {
                faults.take(error)?;
                continue;
            }
            for (inference, &at) in inferences.iter_mut().zip(&self.chosen) {
                inference.see(cells.get(at));
            }
            bytes += cells.size();
            self.sample.push_back(Record { line, cells });
        }
        let kinds: Vec<_> = inferences.iter().map(Inference::kind).collect();
        let fields: Vec<_> = kinds
            .iter()
            .zip(&self.chosen)
            .map(|(kind, &at)| Field::new(&self.names[at], kind.data_type(), true))
            .collect();
        Ok((kinds, Arc::new(Schema::new(fields))))
    }
}

impl Decode for CsvReader {
    fn next_batch(&mut self, faults: &mut Faults) -> Result<Option<Batch>> {
        let (kinds, schema) = match self.kinds.take() {
            Some(known) => known,
            None => self.infer(faults)?,
        };
        let mut columns: Vec<_> = kinds.iter().map(|kind| Column::new(*kind)).collect();
        let mut fresh = Cells::default();
        let mut rows = 0;
        while rows < self.batch_size {
            faults.go_on()?;
            let sampled = self.sample.pop_front();
            let (line, cells) = match &sampled {
                Some(record) => (record.line, &record.cells),
                None => {
                    let Some(line) = self.records.next_whole(&mut fresh, faults)? else { break };
                    let checked = self.records.check_text(line, &fresh, &self.chosen, &self.names);
                    if let Err(error) = checked {
                        faults.take(error)?;
                        continue;
                    }
                    (line, &fresh)
                }
            };
            let misfit = columns
                .iter()
                .zip(&self.chosen)
                .find_map(|(column, &at)| column.misfit(cells.get(at)).map(|kind| (at, kind)));
            if let Some((at, kind)) = misfit {
                faults.take(Error::malformed(
                    self.records.window.source().path(),
                    Place::line(line),
                    format!(
                        "column {:?} holds {} in the first rows, but here {:?}; make its values \
                         alike, or store the data as JSON Lines or Parquet",
                        self.names[at],
                        kind.in_words(),
                        String::from_utf8_lossy(cells.get(at))
                    ),
                ))?;
                continue;
            }
            for (column, &at) in columns.iter_mut().zip(&self.chosen) {
                column.push(cells.get(at));
            }
            rows += 1;
        }
        let batch = (rows > 0).then(|| {
            let arrays = columns.into_iter().map(Column::finish).collect();
            RecordBatch::try_new(schema.clone(), arrays)
                .map(|piece| Batch::Arrow(Table::new(schema.clone(), vec![piece])))
                .map_err(|error| Error::Argument(error.to_string()))
        });
        self.kinds = Some((kinds, schema));
        batch.transpose()
    }
}

impl Records {
    /// Reads a record and says on which line it begins; `None` at the end.
    fn next(&mut self, cells: &mut Cells) -> Result<Option<u64>> {
        loop {
            let at_end = self.window.at_end();
            match split(self.window.bytes(), at_end, self.delimiter, cells) {
                Outcome::Blank { length, lines } => self.window.consume(length, lines),
                Outcome::Record { length, lines } => {
                    let line = self.window.line();
                    self.window.consume(length, lines);
                    return Ok(Some(line));
                }
                Outcome::Incomplete if at_end => {
                    let line = self.window.line();
                    let length = self.window.bytes().len();
                    let is_open = length > 0;
                    self.window.consume(length, 0);
                    if !is_open {
                        return Ok(None);
                    }
                    return Err(Error::malformed(
                        self.window.source().path(),
                        Place::line(line),
                        "the file ends inside a quoted field of the row that begins here",
                    ));
                }
                Outcome::Incomplete => {
                    let length = self.window.bytes().len();
                    self.window.fill()?;
                    // A long record is split again only when twice as much is there.
                    if length > 1 << 20 {
                        self.window.require(2 * length)?;
                    }
                }
            }
        }
    }

    /// The next record that has as many fields as the header.
    fn next_whole(&mut self, cells: &mut Cells, faults: &mut Faults) -> Result<Option<u64>> {
        loop {
            let line = match self.next(cells) {
                Ok(None) => return Ok(None),
                Ok(Some(line)) => line,
                Err(error) => {
                    faults.take(error)?;
                    continue;
                }
            };
            if cells.len() == self.width {
                return Ok(Some(line));
            }
            faults.take(Error::malformed(
                self.window.source().path(),
                Place::line(line),
                format!("the row has {} fields, the header {}", cells.len(), self.width),
            ))?;
        }
    }

    fn check_text(
        &self,
        line: u64,
        cells: &Cells,
        chosen: &[usize],
        names: &[String],
    ) -> Result<()> {
        match chosen.iter().find(|&&at| std::str::from_utf8(cells.get(at)).is_err()) {
            None => Ok(()),
            Some(&at) => Err(Error::malformed(
                self.window.source().path(),
                Place::line(line),
                format!("column {:?} is not valid UTF-8; convert the file to UTF-8", names[at]),
            )),
        }
    }
}

/// The columns' names, with pandas' substitutes for absent and repeated ones.
fn names(header: &Cells) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    let mut taken = HashSet::new();
    for at in 0..header.len() {
        let given = std::str::from_utf8(header.get(at))
            .map_err(|_| "the header is not valid UTF-8; convert the file to UTF-8".to_owned())?;
        let base = if given.is_empty() { format!("Unnamed: {at}") } else { given.to_owned() };
        let mut name = base.clone();
        let mut repeat = 0;
        while !taken.insert(name.clone()) {
            repeat += 1;
            name = format!("{base}.{repeat}");
        }
        names.push(name);
    }
    Ok(names)
}
