//! One JSON object per line.

use crate::Batch;
use crate::error::{Error, Place, Result};
use crate::json::batch::{Builder, Columns, JsonBatch};
use crate::json::parse::{Reason, parse};
use crate::json::tape::Tape;
use crate::json::{is_space, not_an_object};
use crate::reader::{Decode, Faults, Options};
use crate::source::Source;
use crate::window::{Window, column};

/// Reads a JSON Lines file.
pub(crate) struct Lines {
    window: Window,
    columns: Columns,
    batch_size: usize,
    started: bool,
    last: Tape,
}

impl Lines {
    pub(crate) fn new(source: Source, options: &Options) -> Self {
        Self {
            window: Window::new(source),
            columns: Columns::new(options.columns.as_deref()),
            batch_size: options.batch_size,
            started: false,
            last: Tape::default(),
        }
    }
}

impl Decode for Lines {
    fn next_batch(&mut self, faults: &mut Faults) -> Result<Option<Batch>> {
        if !self.started {
            self.window.skip_byte_order_mark()?;
            self.started = true;
        }
        let tape = std::mem::take(&mut self.last);
        let mut builder = Builder::new(&mut self.columns, tape, self.batch_size);
        while builder.rows() < self.batch_size {
            faults.go_on()?;
            let Some(length) = self.window.line_length()? else { break };
            let line = &self.window.bytes()[..length];
            let is_last = length == self.window.bytes().len();
            builder.reserve(length).map_err(|_| no_memory(&self.window))?;
            if let Err(fault) = record(line, self.window.line(), &mut builder) {
                let (at, reason) = fault;
                let place =
                    Place::Line { line: self.window.line(), column: at.map(|at| column(line, at)) };
                faults.take(Error::malformed(self.window.source().path(), place, reason))?;
            }
            self.window.consume(length + usize::from(!is_last), 1);
        }
        finish(builder, &self.window, &mut self.last)
    }
}

/// The error of a batch that there is no memory for.
pub(super) fn no_memory(window: &Window) -> Error {
    Error::Memory { path: window.source().path().to_owned() }
}

/// Completes a batch and leaves a tape of its size for the next one.
pub(super) fn finish(
    mut builder: Builder<'_>,
    window: &Window,
    last: &mut Tape,
) -> Result<Option<Batch>> {
    builder.fill_up().map_err(|_| no_memory(window))?;
    if builder.rows() == 0 {
        return Ok(None);
    }
    *last = Tape::with_capacity_of(&builder.tape);
    let batch: JsonBatch = builder.finish().map_err(Error::Argument)?;
    Ok(Some(Batch::Json(batch)))
}

type LineFault = (Option<usize>, String);

/// Reads one line; blank ones hold nothing.
fn record(
    line: &[u8],
    number: u64,
    builder: &mut Builder<'_>,
) -> std::result::Result<(), LineFault> {
    let Some(first) = line.iter().position(|byte| !is_space(*byte)) else { return Ok(()) };
    if line[first] != b'{' {
        let mut reason = not_an_object(line[first]).to_owned();
        if line[first] == b'[' {
            reason += "; for a file that is one array pass dataset_type=\"json\"";
        }
        return Err((Some(first), reason));
    }
    let mark = builder.tape.mark();
    let outcome = match parse(line, &mut builder.tape) {
        Ok(end) => match line[end..].iter().position(|byte| !is_space(*byte)) {
            None => builder.push(mark.0, number).map_err(|reason| (None, reason)),
            Some(extra) => Err((Some(end + extra), "the line goes on after its object".to_owned())),
        },
        Err(fault) => Err(match fault.reason {
            Reason::Invalid(reason) => (Some(fault.at), reason.to_owned()),
            Reason::Ends => (
                Some(line.len()),
                "the line ends inside its object; for objects over several lines pass \
                 dataset_type=\"json\""
                    .to_owned(),
            ),
        }),
    };
    if outcome.is_err() {
        builder.tape.truncate(mark);
    }
    outcome
}
