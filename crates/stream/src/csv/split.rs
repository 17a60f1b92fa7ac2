//! Splitting a record into fields.

use memchr::memchr;

/// The fields of one record, unquoted.
#[derive(Debug, Default)]
pub(super) struct Cells {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Cells {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn size(&self) -> usize {
        self.text.len() + 24 * self.ends.len()
    }

    pub(super) fn get(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }

    fn close(&mut self) {
        self.ends.push(self.text.len());
    }
}

/// What the beginning of a text is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A record of that many bytes, over that many line ends.
    Record { length: usize, lines: u64 },
    /// A line without a record.
    Blank { length: usize, lines: u64 },
    /// Not enough to tell.
    Incomplete,
}

/// Splits the record at the beginning of `bytes`.
///
/// A line ends in `\n`, `\r\n` or `\r`. A field that begins with a quote runs to the next single
/// quote, two of which are one; quotes elsewhere are text. Lines of nothing but spaces and tabs
/// are blank.
pub(super) fn split(bytes: &[u8], at_end: bool, delimiter: u8, cells: &mut Cells) -> Outcome {
    cells.text.clear();
    cells.ends.clear();
    let (mut at, mut lines, mut is_blank) = (0, 0, true);
    loop {
        if bytes.get(at) == Some(&b'"') {
            is_blank = false;
            at += 1;
            loop {
                let Some(length) = memchr(b'"', &bytes[at..]) else { return Outcome::Incomplete };
                let run = &bytes[at..at + length];
                lines += line_ends(run);
                cells.text.extend_from_slice(run);
                at += length + 1;
                if bytes.get(at) != Some(&b'"') {
                    break;
                }
                cells.text.push(b'"');
                at += 1;
            }
            if at == bytes.len() && !at_end {
                // The quote may yet turn out to be the first of two.
                return Outcome::Incomplete;
            }
        }
        let rest = &bytes[at..];
        let run = rest.iter().position(|byte| *byte == delimiter || matches!(byte, b'\n' | b'\r'));
        let length = run.unwrap_or(rest.len());
        is_blank &= rest[..length].iter().all(|byte| matches!(byte, b' ' | b'\t'));
        cells.text.extend_from_slice(&rest[..length]);
        at += length;
        let end = match rest.get(length) {
            Some(b'\n') => 1,
            Some(b'\r') => match rest.get(length + 1) {
                Some(b'\n') => 2,
                None if !at_end => return Outcome::Incomplete,
                _ => 1,
            },
            Some(_) => {
                is_blank = false;
                cells.close();
                at += 1;
                continue;
            }
            None if at_end && !bytes.is_empty() => 0,
            None => return Outcome::Incomplete,
        };
        cells.close();
        let (length, lines) = (at + end, lines + u64::from(end > 0));
        return if is_blank {
            Outcome::Blank { length, lines }
        } else {
            Outcome::Record { length, lines }
        };
    }
}

fn line_ends(text: &[u8]) -> u64 {
    let newlines = memchr::memchr_iter(b'\n', text).count();
    let returns = memchr::memchr_iter(b'\r', text);
    (newlines + returns.filter(|at| text.get(at + 1) != Some(&b'\n')).count()) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quoted(field: &str) -> String {
        if field.is_empty() || field.contains(['"', ',', '\n', '\r', ' ']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.to_owned()
        }
    }

    proptest! {
        #[test]
        fn fields_come_back(
            fields in proptest::collection::vec("[a-c\",\n\r é]{0,6}", 1..6),
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("")],
        ) {
            let line = fields.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",");
            let text = line + end;
            let mut cells = Cells::default();
            let outcome = split(text.as_bytes(), true, b',', &mut cells);
            let Outcome::Record { length, lines } = outcome else { panic!("{outcome:?}") };
            prop_assert_eq!(length, text.len());
            let ends = text.replace("\r\n", "\n").matches(['\n', '\r']).count();
            // A carriage return that ends a field before a newline that begins none is one end.
            prop_assert_eq!(lines, ends as u64);
            let back: Vec<_> =
                (0..cells.len()).map(|at| String::from_utf8_lossy(cells.get(at))).collect();
            prop_assert_eq!(back, fields);
            // A prefix never passes for a different record while more may come.
            for cut in 0..text.len() - end.len() {
                prop_assert_eq!(
                    split(&text.as_bytes()[..cut], false, b',', &mut cells),
                    Outcome::Incomplete
                );
            }
        }
    }

    #[test]
    fn blank_lines_and_quotes_inside() {
        let mut cells = Cells::default();
        let blank = split(b" \t\r\nx", false, b',', &mut cells);
        assert_eq!(blank, Outcome::Blank { length: 4, lines: 1 });
        assert_eq!(split(b"", true, b',', &mut cells), Outcome::Incomplete);
        assert_eq!(split(b"\"a", true, b',', &mut cells), Outcome::Incomplete);
        split(b"a\"b,\"c\"d\n", false, b',', &mut cells);
        assert_eq!((cells.get(0), cells.get(1)), (b"a\"b".as_slice(), b"cd".as_slice()));
    }
}
