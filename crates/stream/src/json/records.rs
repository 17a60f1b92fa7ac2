//! A JSON file: an array of objects, or objects one after the other, however they are laid out.

use memchr::{memchr_iter, memmem, memrchr};

use crate::Batch;
use crate::error::{Error, Place, Result};
use crate::json::batch::{Builder, Columns};
use crate::json::lines::finish;
use crate::json::parse::{Reason, parse};
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
            self.state = step(&mut self.window, self.state, &mut builder, faults)?;
        }
        finish(builder, &mut self.last)
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
            if let Err(error) = record(window, first, builder)? {
                faults.take(error)?;
                let next = find_from_start(window, 1, b"\n{")?.map_or(usize::MAX, |at| at + 1);
                consume(window, next);
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
                faults.take(Error::malformed(
                    window.source().path(),
                    Place::line(window.line()),
                    "the file goes on after its array",
                ))?;
            }
            Ok(State::Done)
        }
        (State::AfterElement, Some(b',')) => {
            window.consume(1, 0);
            if skip_space(window)?.is_none() {
                return Ok(State::AfterElement);
            }
            element(window, builder, faults)
        }
        (State::AfterElement, Some(_)) => {
            faults.take(Error::malformed(
                window.source().path(),
                Place::line(window.line()),
                "expected ',' or ']' after an element of the array",
            ))?;
            let end = element_end(window)?;
            consume(window, end);
            Ok(State::AfterElement)
        }
        (State::ArrayStart, Some(_)) => element(window, builder, faults),
        (State::Done, _) => Ok(State::Done),
    }
}

fn element(window: &mut Window, builder: &mut Builder<'_>, faults: &mut Faults) -> Result<State> {
    let first = window.bytes().first().copied().unwrap_or_default();
    if let Err(error) = record(window, first, builder)? {
        faults.take(error)?;
        let end = element_end(window)?;
        consume(window, end);
    }
    Ok(State::AfterElement)
}

/// Steps over white space and shows the byte after it.
fn skip_space(window: &mut Window) -> Result<Option<u8>> {
    loop {
        let bytes = window.bytes();
        let count = bytes.iter().take_while(|byte| is_space(**byte)).count();
        let next = bytes.get(count).copied();
        consume(window, count);
        if next.is_some() || window.at_end() {
            return Ok(next);
        }
        window.fill()?;
    }
}

/// Consumes the record in view; the inner error is one that may be skipped, with nothing consumed.
fn record(window: &mut Window, first: u8, builder: &mut Builder<'_>) -> Result<Result<()>> {
    if first != b'{' {
        let reason = not_an_object(first);
        return Ok(Err(fault(window, 0, reason.to_owned())));
    }
    let mark = builder.tape.mark();
    loop {
        let outcome = match parse(window.bytes(), &mut builder.tape) {
            Ok(end) => match builder.push(mark.0) {
                Ok(()) => {
                    consume(window, end);
                    return Ok(Ok(()));
                }
                Err(reason) => fault(window, 0, reason),
            },
            Err(found) => match found.reason {
                Reason::Invalid(reason) => fault(window, found.at, reason.to_owned()),
                Reason::Ends if window.at_end() => fault(
                    window,
                    window.bytes().len(),
                    format!(
                        "the file ends inside the object that begins on line {}; it may be \
                         truncated",
                        window.line()
                    ),
                ),
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

fn fault(window: &Window, at: usize, reason: String) -> Error {
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
    Error::malformed(window.source().path(), place, reason)
}

/// Consumes up to `count` bytes.
fn consume(window: &mut Window, count: usize) {
    let count = count.min(window.bytes().len());
    let lines = memchr_iter(b'\n', &window.bytes()[..count]).count() as u64;
    window.consume(count, lines);
}

/// Where `needle` begins in the rest of the file, at `from` or later; consumes what cannot hold
/// it when it is far.
fn find_from_start(window: &mut Window, from: usize, needle: &[u8]) -> Result<Option<usize>> {
    let mut from = from;
    loop {
        if let Some(found) = window.bytes().get(from..).and_then(|rest| memmem::find(rest, needle))
        {
            return Ok(Some(from + found));
        }
        if window.at_end() {
            return Ok(None);
        }
        let seen = window.bytes().len().saturating_sub(needle.len() - 1);
        consume(window, seen);
        from = 0;
        window.fill()?;
    }
}

/// The length of a malformed element: up to the comma or bracket that closes it, as far as its
/// own brackets and strings can be trusted.
fn element_end(window: &mut Window) -> Result<usize> {
    let (mut at, mut depth, mut in_string) = (0, 0_usize, false);
    loop {
        let Some(&byte) = window.bytes().get(at) else {
            if window.at_end() {
                return Ok(at);
            }
            window.fill()?;
            continue;
        };
        match byte {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b',' | b']' if depth == 0 => return Ok(at),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
}
