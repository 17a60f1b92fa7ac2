//! Records as columns.

use std::collections::{HashMap, HashSet};

use crate::json::tape::{Encoding, Object, Tape, Value};

/// A row that lacks a key.
const MISSING: usize = usize::MAX;

/// More top-level keys than this are data, not columns, and filling them all is quadratic.
const MOST_COLUMNS: usize = 10_000;

/// A batch of JSON records: each key of the records so far is a column.
#[derive(Debug)]
pub struct JsonBatch {
    tape: Tape,
    names: Vec<String>,
    cells: Vec<Vec<usize>>,
    /// The line each record begins on.
    lines: Vec<u64>,
}

impl JsonBatch {
    /// How many records.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The columns, in the order their keys first came in the file, or in the order asked for.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// One value per record for the column at `index`, `None` where the record lacks the key.
    ///
    /// An index past the last column has no values.
    pub fn column(&self, index: usize) -> impl ExactSizeIterator<Item = Option<Value<'_>>> {
        let cells = self.cells.get(index).map_or(&[] as &[usize], Vec::as_slice);
        cells.iter().map(|&cell| (cell != MISSING).then(|| self.tape.value(cell)))
    }

    pub(super) fn tape(&self) -> &Tape {
        &self.tape
    }

    pub(super) fn lines(&self) -> &[u64] {
        &self.lines
    }
}

/// The columns known so far, over all batches.
pub(super) struct Columns {
    names: Vec<String>,
    index: HashMap<Box<[u8]>, usize>,
    /// With chosen columns, the other keys seen until the first batch is complete.
    others: Option<HashSet<String>>,
    are_chosen: bool,
}

impl Columns {
    pub(super) fn new(chosen: Option<&[String]>) -> Self {
        let names = chosen.map(<[String]>::to_vec).unwrap_or_default();
        let index =
            names.iter().enumerate().map(|(at, name)| (name.as_bytes().into(), at)).collect();
        Self { names, index, others: chosen.map(|_| HashSet::new()), are_chosen: chosen.is_some() }
    }

    fn position(&self, key: &[u8], expected: usize) -> Option<usize> {
        match self.names.get(expected) {
            Some(name) if name.as_bytes() == key => Some(expected),
            _ => self.index.get(key).copied(),
        }
    }

    fn add(&mut self, key: &str) -> usize {
        self.names.push(key.to_owned());
        self.index.insert(key.as_bytes().into(), self.names.len() - 1);
        self.names.len() - 1
    }
}

/// Gathers records into a batch.
pub(super) struct Builder<'a> {
    columns: &'a mut Columns,
    pub(super) tape: Tape,
    cells: Vec<Vec<usize>>,
    lines: Vec<u64>,
    lacks_memory: bool,
}

/// There is no memory for the rows of a batch.
pub(super) struct NoMemory;

impl<'a> Builder<'a> {
    pub(super) fn new(columns: &'a mut Columns, tape: Tape, batch_size: usize) -> Self {
        let cells = vec![Vec::new(); columns.names.len()];
        let lines = Vec::with_capacity(batch_size.min(1 << 16));
        Self { columns, tape, cells, lines, lacks_memory: false }
    }

    pub(super) fn rows(&self) -> usize {
        self.lines.len()
    }

    /// Makes room for the values of a record of so many bytes.
    ///
    /// # Errors
    ///
    /// There is no memory for it, or there was none for one of those before.
    pub(super) fn reserve(&mut self, bytes: usize) -> Result<(), NoMemory> {
        let is_there = !self.lacks_memory && self.tape.reserve(bytes).is_ok();
        if is_there { Ok(()) } else { Err(NoMemory) }
    }

    /// Fills every column up.
    ///
    /// # Errors
    ///
    /// There is no memory for it, or there was none for one of the rows.
    pub(super) fn fill_up(&mut self) -> Result<(), NoMemory> {
        let rows = self.lines.len();
        for cells in &mut self.cells {
            cells.try_reserve(rows - cells.len()).map_err(|_| NoMemory)?;
            cells.resize(rows, MISSING);
        }
        if self.lacks_memory { Err(NoMemory) } else { Ok(()) }
    }

    /// Takes the object at `root` of the tape, which begins on `line`, as the next row.
    pub(super) fn push(&mut self, root: usize, line: u64) -> Result<(), String> {
        let Value::Object(object) = self.tape.value(root) else {
            return Err("the record is not an object".to_owned());
        };
        if !self.columns.are_chosen {
            add_new(self.columns, object)?;
            self.cells.resize(self.columns.names.len(), Vec::new());
        }
        let mut expected = 0;
        for (key, at) in object.positions() {
            let Some(column) = self.columns.position(key.as_bytes(), expected) else {
                if let Some(others) = &mut self.columns.others
                    && others.len() < 100
                {
                    others.insert(String::from_utf8_lossy(key.as_bytes()).into_owned());
                }
                continue;
            };
            expected = column + 1;
            let cells = &mut self.cells[column];
            let missing = (self.lines.len() + 1).saturating_sub(cells.len());
            if cells.try_reserve(missing).is_err() || self.lines.try_reserve(1).is_err() {
                self.lacks_memory = true;
                return Ok(());
            }
            // A repeated key overwrites its earlier value.
            cells.resize(self.lines.len(), MISSING);
            cells.push(at);
        }
        self.lines.push(line);
        Ok(())
    }

    /// The batch, filled up before, unless the first of them lacks a chosen column altogether.
    pub(super) fn finish(self) -> Result<JsonBatch, String> {
        if let Some(others) = self.columns.others.take() {
            let absent = |cells: &Vec<usize>| cells.iter().all(|&cell| cell == MISSING);
            if let Some(absent) = self.cells.iter().position(absent) {
                let found = self.columns.names.iter().enumerate();
                let mut known: Vec<_> = found
                    .filter(|(at, _)| self.cells[*at].iter().any(|&cell| cell != MISSING))
                    .map(|(_, name)| name.clone())
                    .chain(others)
                    .collect();
                known.sort();
                return Err(format!(
                    "columns names {:?}, which none of the first {} records has; they have {}",
                    self.columns.names[absent],
                    self.lines.len(),
                    known.join(", ")
                ));
            }
        }
        Ok(JsonBatch {
            tape: self.tape,
            names: self.columns.names.clone(),
            cells: self.cells,
            lines: self.lines,
        })
    }
}

/// Makes columns of the keys seen for the first time.
fn add_new(columns: &mut Columns, object: Object<'_>) -> Result<(), String> {
    let mut expected = 0;
    for (key, _) in object.positions() {
        if let Some(column) = columns.position(key.as_bytes(), expected) {
            expected = column + 1;
            continue;
        }
        let Some(name) = key.as_str().filter(|_| key.encoding() != Encoding::Surrogates) else {
            return Err("a top-level key holds a lone surrogate".to_owned());
        };
        if columns.names.len() == MOST_COLUMNS {
            return Err(format!(
                "the records have more than {MOST_COLUMNS} different top-level keys; name the \
                 wanted ones in columns"
            ));
        }
        expected = columns.add(name) + 1;
    }
    Ok(())
}
