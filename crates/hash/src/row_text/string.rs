//! Python's `repr` of text and of bytes.

use super::Printable;

/// Appends `repr(text)`; `false` where it is not known which characters are printable.
pub(super) fn write_str(text: &str, printable: &Printable, out: &mut Vec<u8>) -> bool {
    let quote = quote_for(text.as_bytes());
    out.push(quote);
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| needs_look(byte, quote)) {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        // The bytes before `at` are ASCII, so `at` is the start of a character.
        let mut tail = rest[at..].chars();
        if let Some(character) = tail.next()
            && !write_char(character, quote, printable, out)
        {
            return false;
        }
        rest = tail.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(quote);
    true
}

/// Appends `repr(bytes)`.
pub(super) fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    let quote = quote_for(bytes);
    out.extend_from_slice(&[b'b', quote]);
    for &byte in bytes {
        if !needs_look(byte, quote) {
            out.push(byte);
        } else if !write_short_escape(byte, quote, out) {
            write_hex(b'x', u32::from(byte), 2, out);
        }
    }
    out.push(quote);
}

/// Single quotes, unless the text has some and no double ones.
fn quote_for(text: &[u8]) -> u8 {
    if text.contains(&b'\'') && !text.contains(&b'"') { b'"' } else { b'\'' }
}

/// Whether a byte may not stand for itself: controls, quotes, backslashes and all but ASCII.
fn needs_look(byte: u8, quote: u8) -> bool {
    !(b' '..0x7f).contains(&byte) || byte == quote || byte == b'\\'
}

fn write_char(character: char, quote: u8, printable: &Printable, out: &mut Vec<u8>) -> bool {
    let code = u32::from(character);
    if character.is_ascii() {
        if !write_short_escape(code as u8, quote, out) {
            write_hex(b'x', code, 2, out);
        }
        return true;
    }
    match printable.contains(character) {
        Some(true) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        Some(false) if code < 0x100 => write_hex(b'x', code, 2, out),
        Some(false) if code < 0x1_0000 => write_hex(b'u', code, 4, out),
        Some(false) => write_hex(b'U', code, 8, out),
        None => return false,
    }
    true
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
