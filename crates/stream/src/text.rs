//! Text: one row per line.

use std::sync::Arc;

use arrow_array::builder::LargeStringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use memchr::memchr2;

use crate::Batch;
use crate::error::{Error, Place, Result};
use crate::reader::{Decode, Faults, Options};
use crate::source::Source;
use crate::table::{Table, choose};
use crate::window::{Window, column};

/// Reads lines that end in `\n`, `\r\n` or `\r`, as Python's universal newlines do.
pub(crate) struct Lines {
    window: Window,
    schema: SchemaRef,
    batch_size: usize,
}

impl Lines {
    pub(crate) fn open(source: Source, options: &Options) -> Result<Self> {
        let schema = Schema::new(vec![Field::new("text", DataType::LargeUtf8, false)]);
        choose(&schema, options.columns.as_deref())?;
        Ok(Self {
            window: Window::new(source),
            schema: Arc::new(schema),
            batch_size: options.batch_size,
        })
    }
}

impl Decode for Lines {
    fn next_batch(&mut self, faults: &mut Faults) -> Result<Option<Batch>> {
        let mut rows = LargeStringBuilder::new();
        let mut count = 0;
        while count < self.batch_size {
            faults.go_on()?;
            let Some((length, end)) = next_line(&mut self.window)? else { break };
            let line = &self.window.bytes()[..length];
            match std::str::from_utf8(line) {
                Ok(line) => {
                    rows.append_value(line);
                    count += 1;
                }
                Err(error) => {
                    let column = Some(column(line, error.valid_up_to()));
                    faults.take(Error::malformed(
                        self.window.source().path(),
                        Place::Line { line: self.window.line(), column },
                        "the text is not valid UTF-8; convert the file to UTF-8",
                    ))?;
                }
            }
            self.window.consume(length + end, 1);
        }
        if count == 0 {
            return Ok(None);
        }
        let column: ArrayRef = Arc::new(rows.finish());
        let piece = RecordBatch::try_new(self.schema.clone(), vec![column])
            .map_err(|error| Error::Argument(error.to_string()))?;
        Ok(Some(Batch::Arrow(Table::new(self.schema.clone(), vec![piece]))))
    }
}

/// The length of the next line and of its end; `None` after the last.
fn next_line(window: &mut Window) -> Result<Option<(usize, usize)>> {
    let mut searched = 0;
    loop {
        let bytes = window.bytes();
        match memchr2(b'\n', b'\r', &bytes[searched..]).map(|at| at + searched) {
            Some(at) if bytes[at] == b'\n' => return Ok(Some((at, 1))),
            Some(at) => match bytes.get(at + 1) {
                Some(b'\n') => return Ok(Some((at, 2))),
                None if !window.at_end() => {
                    searched = at;
                    window.fill()?;
                }
                _ => return Ok(Some((at, 1))),
            },
            None if window.at_end() => {
                return Ok(Some((bytes.len(), 0)).filter(|_| !bytes.is_empty()));
            }
            None => {
                searched = bytes.len();
                window.fill()?;
            }
        }
    }
}
