//! A JSON file: an array of objects, or objects one after the other, however they are laid out.

use memchr::{memchr_iter, memrchr};

use crate::Batch;
use crate::error::{Error, Place, Result};
use crate::json::batch::{Builder, Columns};
use crate::json::lines::{finish, no_memory};
use crate::json::parse::{Reason, parse};
use crate::json::recover::{Broken, Layout, leave_out};
use crate::json::tape::Tape;
use crate::json::{is_space, not_an_object};
use crate::reader::{Decode, Faults, Options};
use crate::source::Source;
use crate::window::{Window, column};

/// A record this long is parsed again only after twice as much has been read, which keeps the
/// work linear.
const SMALL: usize = 1 << 20;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing read yet.
    Start,
    /// Between objects that follow one another.
    Sequence,
    /// In an array, before its first element or its end.
    ArrayStart,
    /// In an array, after an element.
    AfterElement,
    /// After everything.
    Done,
}

/// Reads a JSON file.
pub(crate) struct Records {
    window: Window,
    columns: Columns,
    batch_size: usize,
    state: State,
    last: Tape,
}

impl Records {
    pub(crate) fn new(source: Source, options: &Options) -> Self {
        Self {
            window: Window::new(source),
            columns: Columns::new(options.columns.as_deref()),
            batch_size: options.batch_size,
            state: State::Start,
            last: Tape::default(),
        }
    }
}

impl Decode for Records {
    fn next_batch(&mut self, faults: &mut Faults) -> Result<Option<Batch>> {
        let tape = std::mem::take(&mut self.last);
        let mut builder = Builder::new(&mut self.columns, tape, self.batch_size);
        while builder.rows() < self.batch_size && self.state != State::Done {
            faults.go_on()?;
            self.state = step(&mut self.window, self.state, &mut builder, faults)?;
        }
        finish(builder, &self.window, &mut self.last)
    }
}

/// Reads up to one record.
fn step(
    window: &mut Window,
    state: State,
    builder: &mut Builder<'_>,
    faults: &mut Faults,
) -> Result<State> {
    if state == State::Start {
        window.skip_byte_order_mark()?;
    }
    let first = skip_space(window)?;
    match (state, first) {
        (State::Start | State::Sequence, None) => Ok(State::Done),
        (State::Start, Some(b'[')) => {
            window.consume(1, 0);
            Ok(State::ArrayStart)
        }
        (State::Start | State::Sequence, Some(first)) => {
            if let Err(broken) = record(window, first, builder)? {
                leave_out(window, faults, broken, Layout::Sequence)?;
            }
            Ok(State::Sequence)
        }
        (State::ArrayStart | State::AfterElement, None) => {
            faults.take(Error::malformed(
                window.source().path(),
                Place::line(window.line()),
                "the file ends inside its array; it may be truncated",
            ))?;
            Ok(State::Done)
        }
        (State::ArrayStart | State::AfterElement, Some(b']')) => {
            window.consume(1, 0);
            if skip_space(window)?.is_some() {
                let reason = "the file goes on after its array".to_owned();
                let broken = broken(window, 0, reason);
                leave_out(window, faults, broken, Layout::After)?;
            }
            Ok(State::Done)
        }
        (State::AfterElement, Some(b',')) => {
            window.consume(1, 0);
            match skip_space(window)? {
                None => Ok(State::AfterElement),
                Some(first) => element(window, first, builder, faults),
            }
        }
        (State::AfterElement, Some(_)) => {
            let reason = "expected ',' or ']' after an element of the array".to_owned();
            let broken = broken(window, 0, reason);
            skip_in_array(window, faults, broken)
        }
        (State::ArrayStart, Some(first)) => element(window, first, builder, faults),
        (State::Done, _) => Ok(State::Done),
    }
}

fn element(
    window: &mut Window,
    first: u8,
    builder: &mut Builder<'_>,
    faults: &mut Faults,
) -> Result<State> {
    if let Err(broken) = record(window, first, builder)? {
        return skip_in_array(window, faults, broken);
    }
    Ok(State::AfterElement)
}

fn skip_in_array(window: &mut Window, faults: &mut Faults, broken: Broken) -> Result<State> {
    // On a later line the next element may begin, with its comma left out too.
    let is_element = leave_out(window, faults, broken, Layout::Array)?;
    Ok(if is_element { State::ArrayStart } else { State::AfterElement })
}

/// Steps over white space and shows the byte after it.
fn skip_space(window: &mut Window) -> Result<Option<u8>> {
    loop {
        let bytes = window.bytes();
        let count = bytes.iter().take_while(|byte| is_space(**byte)).count();
        let next = bytes.get(count).copied();
        window.consume_text(count);
        if next.is_some() || window.at_end() {
            return Ok(next);
        }
        window.fill()?;
    }
}

/// Consumes the record in view; the inner error is one that may be skipped, with nothing consumed.
fn record(window: &mut Window, first: u8, builder: &mut Builder<'_>) -> Result<Result<(), Broken>> {
    if first != b'{' {
        return Ok(Err(broken(window, 0, not_an_object(first).to_owned())));
    }
    let mark = builder.tape.mark();
    loop {
        builder.reserve(window.bytes().len()).map_err(|_| no_memory(window))?;
        let outcome = match parse(window.bytes(), &mut builder.tape) {
            Ok(end) => match builder.push(mark.0, window.line()) {
                Ok(()) => {
                    window.consume_text(end);
                    return Ok(Ok(()));
                }
                Err(reason) => broken(window, 0, reason),
            },
            Err(found) => match found.reason {
                Reason::Invalid(reason) => broken(window, found.at, reason.to_owned()),
                Reason::Ends if window.at_end() => {
                    let reason = format!(
                        "the file ends inside the object that begins on line {}; it may be \
                         truncated",
                        window.line()
                    );
                    Broken { ends: true, ..broken(window, window.bytes().len(), reason) }
                }
                Reason::Ends => {
                    builder.tape.truncate(mark);
                    let length = window.bytes().len();
                    window.fill()?;
                    if length > SMALL {
                        window.require(2 * length)?;
                    }
                    continue;
                }
            },
        };
        builder.tape.truncate(mark);
        return Ok(Err(outcome));
    }
}

fn broken(window: &Window, at: usize, reason: String) -> Broken {
    let before = &window.bytes()[..at];
    let lines = memchr_iter(b'\n', before).count() as u64;
    let line_start = memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let place = if lines == 0 && window.line() > 1 {
        // The line may begin before what is in view, so its column is not known.
        Place::line(window.line())
    } else {
        Place::Line {
            line: window.line() + lines,
            column: Some(column(&window.bytes()[line_start..], at - line_start)),
        }
    };
    Broken { at, place, reason, ends: false }
}
