//! Where the next record begins after a malformed one.
//!
//! A wrong guess would lose good records or make up new ones, so there are only two: where the
//! brackets and strings of the malformed record balance, and where a line begins with an object
//! that cannot be part of it. Without either, skipping fails.

use memchr::{memchr, memchr_iter};

use crate::error::{Error, Place, Result};
use crate::json::is_space;
use crate::reader::Faults;
use crate::window::Window;

/// How far to look for the end of a malformed record.
const FARTHEST: usize = 64 << 20;

/// How far to look for balance when a line that may begin the next record has been seen.
const DOUBT: usize = 1 << 20;

/// A malformed record at the beginning of what is in view.
pub(super) struct Broken {
    /// The byte of the view at which it was seen to be malformed.
    pub at: usize,
    /// The same for people.
    pub place: Place,
    /// What is wrong.
    pub reason: String,
    /// Whether the file's end is all that is wrong.
    pub ends: bool,
}

/// Where the record is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Among objects that follow one another.
    Sequence,
    /// Among the elements of an array.
    Array,
    /// After the array, where nothing is expected.
    After,
}

/// Steps over a malformed record and says in the report what was left out, or fails: always when
/// errors are to be raised, and otherwise if what follows is not known to be a record.
///
/// Returns whether an object begins where it stepped to.
pub(super) fn leave_out(
    window: &mut Window,
    faults: &mut Faults,
    broken: Broken,
    layout: Layout,
) -> Result<bool> {
    let Broken { at, place, mut reason, ends } = broken;
    let path = window.source().path().to_owned();
    if !faults.skips() {
        return Err(Error::malformed(&path, place, reason));
    }
    let (line, offset) = (window.line(), window.offset());
    if let Some(length) = next_record(window, at, layout)? {
        let text = &window.bytes()[..length];
        let shown = text.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1);
        let lines = memchr_iter(b'\n', &text[..shown]).count() as u64;
        reason += &match lines {
            0 => format!("; left out: line {line}"),
            _ => format!("; left out: lines {line} to {}", line + lines),
        };
        reason += &format!(", bytes {offset} to {}", offset + shown.saturating_sub(1) as u64);
        faults.take(Error::malformed(&path, place, reason))?;
        window.consume_text(length);
        return Ok(window.bytes().first() == Some(&b'{'));
    }
    let own = usize::from(layout != Layout::After);
    if !ends && has_objects(window, own)? {
        reason += &format!(
            "; on_error=\"skip\" cannot find where the next record begins after line {line}, byte \
             {offset}; mend the file there"
        );
        return Err(Error::malformed(&path, place, reason));
    }
    while !window.at_end() || !window.bytes().is_empty() {
        window.consume_text(usize::MAX);
        window.fill()?;
    }
    reason += &format!(
        "; left out: the rest of the file from line {line} on, bytes {offset} to {}",
        window.offset().saturating_sub(1)
    );
    faults.take(Error::malformed(&path, place, reason))?;
    Ok(false)
}

/// Whether the rest of the file, but for the first bytes, has an object, so that to leave it out
/// may lose one. Steps over what has none.
fn has_objects(window: &mut Window, mut from: usize) -> Result<bool> {
    loop {
        if window.bytes().get(from..).is_some_and(|rest| memchr(b'{', rest).is_some()) {
            return Ok(true);
        }
        if window.at_end() {
            return Ok(false);
        }
        window.consume_text(usize::MAX);
        from = 0;
        window.fill()?;
    }
}

fn byte_at(window: &mut Window, at: usize) -> Result<Option<u8>> {
    window.require(at + 1)?;
    Ok(window.bytes().get(at).copied())
}

/// The first byte from `at` on that is no white space, and where.
fn after_space(window: &mut Window, mut at: usize) -> Result<(usize, Option<u8>)> {
    loop {
        match byte_at(window, at)? {
            Some(byte) if is_space(byte) => at += 1,
            byte => return Ok((at, byte)),
        }
    }
}

/// How far it is to the next record, or in an array to the comma or bracket before it.
fn next_record(window: &mut Window, fault: usize, layout: Layout) -> Result<Option<usize>> {
    let first = byte_at(window, 0)?;
    match layout {
        Layout::After => return Ok(None),
        Layout::Sequence if !matches!(first, Some(b'{' | b'[')) => return after_word(window),
        _ => {}
    }
    let in_array = layout == Layout::Array;
    let indent = window.indent() as usize;
    let mut balance = Some(Balance::default());
    let mut candidate = None;
    // The line begins at `line_start`; before it, the last byte that is no space was `before`.
    let (mut at, mut line_start, mut lines, mut before) = (0, None, 0, b' ');
    loop {
        let farthest = candidate.map_or(fault.saturating_add(FARTHEST), |at: usize| at + DOUBT);
        let byte = byte_at(window, at)?.filter(|_| at < farthest);
        if let (Some(start), Some(b'{')) = (line_start, byte) {
            let is_aligned = at - start <= indent;
            // Where no value may be inside of the malformed record, the next one begins.
            let is_sure = is_aligned && at == fault && at > 0;
            let is_next = if in_array {
                is_aligned && before == b','
            } else {
                // An object inside of another follows one of these.
                let is_inner = matches!(before, b'[' | b',' | b':');
                let follows_a_line = lines == 1 && before == b'}';
                !is_inner && (is_aligned || follows_a_line)
            };
            if (is_next && !in_array) || (is_sure && (!in_array || before == b',')) {
                return Ok(Some(at));
            }
            if is_next && candidate.is_none() {
                candidate = Some(at);
            }
        }
        let closed = match (&mut balance, byte) {
            (Some(balance), Some(byte)) => balance.step(byte, in_array),
            _ => Step::Lost,
        };
        match closed {
            Step::Inside => {}
            // The comma or bracket after an element.
            Step::After if at >= fault => return Ok(Some(at)),
            Step::Closed if !in_array && at >= fault => {
                let (next, byte) = after_space(window, at + 1)?;
                let ends_line = memchr(b'\n', &window.bytes()[at..next]).is_some();
                if ends_line || matches!(byte, None | Some(b'{' | b'}' | b'[' | b']' | b',')) {
                    return Ok(Some(next));
                }
                balance = None;
            }
            Step::Closed => {}
            Step::After | Step::Lost => {
                balance = None;
                if candidate.is_some() {
                    return Ok(candidate);
                }
            }
        }
        let Some(byte) = byte else { return Ok(candidate) };
        if byte == b'\n' {
            (line_start, lines) = (Some(at + 1), lines + usize::from(!is_blank(window, at)));
        } else if !is_space(byte) {
            (line_start, before) = (None, byte);
        }
        at += 1;
    }
}

/// Whether the line that ends at `at` has only white space.
fn is_blank(window: &Window, at: usize) -> bool {
    let line = window.bytes()[..at].rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    line.iter().all(|byte| is_space(*byte))
}

/// The way to an object after something that is none: right after one word, or on a later line
/// that is not the inside of something.
fn after_word(window: &mut Window) -> Result<Option<usize>> {
    let indent = window.indent() as usize;
    let mut at = 0;
    while byte_at(window, at)?.is_some_and(|byte| !is_space(byte) && !matches!(byte, b'{' | b'"')) {
        at += 1;
    }
    let (mut line_start, mut lines, mut before) = (Some(at), 0, b' ');
    while at < FARTHEST {
        match (byte_at(window, at)?, line_start) {
            (Some(b'{'), Some(start)) => {
                let is_near = lines < 2 || at - start <= indent;
                if is_near && !matches!(before, b'[' | b',' | b':') {
                    return Ok(Some(at));
                }
                (line_start, before) = (None, b'{');
            }
            (Some(b'\n'), _) => {
                (line_start, lines) = (Some(at + 1), lines + usize::from(!is_blank(window, at)));
            }
            (Some(byte), _) if is_space(byte) => {}
            (Some(byte), _) => (line_start, before) = (None, byte),
            (None, _) => break,
        }
        at += 1;
    }
    Ok(None)
}

/// The brackets and strings of a record.
#[derive(Default)]
struct Balance {
    open: Vec<u8>,
    in_string: bool,
    is_escaped: bool,
    is_begun: bool,
}

enum Step {
    /// Still inside of the record.
    Inside,
    /// This byte closed the last bracket.
    Closed,
    /// This byte follows an element of an array.
    After,
    /// A bracket closes another, or a string goes over the end of a line.
    Lost,
}

impl Balance {
    fn step(&mut self, byte: u8, in_array: bool) -> Step {
        let is_begun = std::mem::replace(&mut self.is_begun, true);
        if self.in_string {
            match byte {
                b'\n' => return Step::Lost,
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return Step::Inside;
        }
        match byte {
            b'"' => self.in_string = true,
            b',' | b']' if in_array && self.open.is_empty() => return Step::After,
            b'{' | b'[' => self.open.push(byte),
            b'}' | b']' => match (self.open.pop(), byte) {
                (Some(b'{'), b'}') | (Some(b'['), b']') => {
                    if self.open.is_empty() {
                        return Step::Closed;
                    }
                }
                // One bracket too many after an element.
                (None, _) if !is_begun => {}
                _ => return Step::Lost,
            },
            _ => {}
        }
        Step::Inside
    }
}
