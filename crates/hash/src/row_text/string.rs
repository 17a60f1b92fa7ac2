//! Python's `repr` of text and of bytes.

use super::Printable;

/// Bytes looked at together: as many as the compiler compares at once.
const CHUNK: usize = 32;

/// Appends `repr(text)`; `false` where it is not known which characters are printable.
pub(super) fn write_str(text: &str, printable: &Printable, out: &mut Vec<u8>) -> bool {
    let bytes = text.as_bytes();
    let quote = quote_for(bytes);
    out.push(quote);
    // What lies between `copied` and `at` stands for itself and is copied in one go.
    let (mut copied, mut at) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        if byte.is_ascii() {
            at += plain(&bytes[at..], quote);
        }
        // Up to `at` there are whole characters.
        let Some(character) = text[at..].chars().next() else { break };
        let next = at + character.len_utf8();
        let shown = if character.is_ascii() { Some(false) } else { printable.contains(character) };
        match shown {
            Some(true) => {}
            Some(false) => {
                out.extend_from_slice(&bytes[copied..at]);
                write_escape(character, quote, out);
                copied = next;
            }
            None => return false,
        }
        at = next;
    }
    out.extend_from_slice(&bytes[copied..]);
    out.push(quote);
    true
}

/// Appends `repr(bytes)`.
pub(super) fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    let quote = quote_for(bytes);
    out.extend_from_slice(&[b'b', quote]);
    let mut rest = bytes;
    loop {
        let (shown, odd) = rest.split_at(plain(rest, quote));
        out.extend_from_slice(shown);
        let Some((&byte, tail)) = odd.split_first() else { break };
        if !write_short_escape(byte, quote, out) {
            write_hex(b'x', u32::from(byte), 2, out);
        }
        rest = tail;
    }
    out.push(quote);
}

/// How many bytes at the start stand for themselves.
fn plain(bytes: &[u8], quote: u8) -> usize {
    let (chunks, _) = bytes.as_chunks::<CHUNK>();
    let is_plain = |chunk: &&[u8; CHUNK]| {
        !chunk.iter().fold(false, |odd, &byte| odd | needs_look(byte, quote))
    };
    let whole = chunks.iter().take_while(is_plain).count() * CHUNK;
    let rest = &bytes[whole..];
    whole + rest.iter().position(|&byte| needs_look(byte, quote)).unwrap_or(rest.len())
}

/// Single quotes, unless the text has some and no double ones.
fn quote_for(text: &[u8]) -> u8 {
    if text.contains(&b'\'') && !text.contains(&b'"') { b'"' } else { b'\'' }
}

/// Whether a byte may not stand for itself: controls, quotes, backslashes and all but ASCII.
fn needs_look(byte: u8, quote: u8) -> bool {
    !(b' '..0x7f).contains(&byte) || byte == quote || byte == b'\\'
}

/// Appends the escape of a character that is not shown as it is.
fn write_escape(character: char, quote: u8, out: &mut Vec<u8>) {
    let code = u32::from(character);
    match code {
        0..0x80 if write_short_escape(code as u8, quote, out) => {}
        0..0x100 => write_hex(b'x', code, 2, out),
        0x100..0x1_0000 => write_hex(b'u', code, 4, out),
        _ => write_hex(b'U', code, 8, out),
    }
}

/// Appends the two-character escape of a byte; `false` if it has none.
fn write_short_escape(byte: u8, quote: u8, out: &mut Vec<u8>) -> bool {
    let letter = match byte {
        b'\t' => b't',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\\' => b'\\',
        _ if byte == quote => quote,
        _ => return false,
    };
    out.extend_from_slice(&[b'\\', letter]);
    true
}

fn write_hex(kind: u8, code: u32, digits: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'\\', kind]);
    for digit in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(code >> (4 * digit) & 15) as usize]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::block_of;
    use super::*;

    fn text(value: &str) -> String {
        let printable = Printable::new(|codes| {
            let first = codes.start;
            let shown = |code: &u32| char::from_u32(*code).is_some_and(|c| !c.is_control());
            Some(block_of(codes.filter(shown).map(|code| code - first)))
        });
        let mut out = Vec::new();
        assert!(write_str(value, &printable, &mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn quotes() {
        assert_eq!(text("plain"), "'plain'");
        assert_eq!(text("it's"), "\"it's\"");
        assert_eq!(text("say \"hi\""), "'say \"hi\"'");
        assert_eq!(text("it's \"both\""), r#"'it\'s "both"'"#);
    }

    #[test]
    fn escapes() {
        assert_eq!(text("a\tb\nc\rd\\"), r"'a\tb\nc\rd\\'");
        assert_eq!(text("\0\x1f\x7f\u{85}é🦎"), r"'\x00\x1f\x7f\x85é🦎'");
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let nothing = Printable::new(|_| None);
        assert!(write_str("plain", &nothing, &mut Vec::new()));
        assert!(!write_str("é", &nothing, &mut Vec::new()));
    }

    #[test]
    fn bytes() {
        let mut out = Vec::new();
        write_bytes(b"a'\n\x00\xff\"", &mut out);
        assert_eq!(out, br#"b'a\'\n\x00\xff"'"#);
    }
}
