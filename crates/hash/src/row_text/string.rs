//! Python's `repr` of text and of bytes.

use super::printable::Printable;

/// Bytes looked at together: as many as the compiler compares at once.
const CHUNK: usize = 32;

/// Appends `repr(text)`; `false` where it is not known which characters are printable.
pub(super) fn write_str(text: &str, printable: &Printable, out: &mut Vec<u8>) -> bool {
    let bytes = text.as_bytes();
    let quote = quote_for(bytes);
    out.push(quote);
    // What lies between `copied` and `at` stands for itself and is copied in one go.
    let (mut copied, mut at) = (0, 0);
    loop {
        at += plain(&bytes[at..], quote);
        // Up to `at` there are whole characters, and what follows is none that stands for itself,
        // unless it is beyond ASCII.
        let Some(&byte) = bytes.get(at) else { break };
        if byte.is_ascii() {
            out.extend_from_slice(&bytes[copied..at]);
            write_escape(u32::from(byte), quote, out);
            at += 1;
            copied = at;
            continue;
        }
        let Some(shown) = printable.shown_beyond_ascii(&text[at..]) else { return false };
        at += shown;
        let Some(hidden) = text[at..].chars().next().filter(|next| !next.is_ascii()) else {
            continue;
        };
        out.extend_from_slice(&bytes[copied..at]);
        write_escape(u32::from(hidden), quote, out);
        at += hidden.len_utf8();
        copied = at;
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
    let mut at = chunks.iter().take_while(is_plain).count() * CHUNK;
    let (words, tail) = bytes[at..].as_chunks::<8>();
    for word in words {
        let odd = odd_bytes(*word, quote);
        if odd != 0 {
            return at + odd.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let mut word = [b' '; 8];
    word[..tail.len()].copy_from_slice(tail);
    at + (odd_bytes(word, quote).trailing_zeros() as usize / 8).min(tail.len())
}

/// The bytes that [`needs_look`] picks among eight, by their highest bit; the first is the lowest.
fn odd_bytes(bytes: [u8; 8], quote: u8) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    let word = u64::from_le_bytes(bytes);
    // Seven bits of each byte, so that no sum reaches into the next one.
    let low = word & !HIGH;
    let is = |byte: u8| !((low ^ (u64::from(byte) * EACH)) + 0x7f * EACH);
    let is_control = !(low + 0x60 * EACH);
    (word | is_control | is(0x7f) | is(quote) | is(b'\\')) & HIGH
}

/// Single quotes, unless the text has some and no double ones.
fn quote_for(text: &[u8]) -> u8 {
    if text.contains(&b'\'') && !text.contains(&b'"') { b'"' } else { b'\'' }
}

/// Whether a byte may not stand for itself: controls, quotes, backslashes and all but ASCII.
fn needs_look(byte: u8, quote: u8) -> bool {
    !(b' '..0x7f).contains(&byte) || byte == quote || byte == b'\\'
}

/// Appends the escape of the character `code`, which is not shown as it is.
fn write_escape(code: u32, quote: u8, out: &mut Vec<u8>) {
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
    use super::super::printable::block_of;
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
    fn eight_bytes_at_once() {
        for quote in [b'\'', b'"'] {
            for byte in 0..=u8::MAX {
                for place in 0..8 {
                    let mut word = *b"a ~![]{}";
                    word[place] = byte;
                    let expected = u64::from(needs_look(byte, quote)) << (8 * place + 7);
                    assert_eq!(odd_bytes(word, quote), expected);
                }
            }
        }
    }

    #[test]
    fn wherever_the_odd_byte_is() {
        for length in 0..100 {
            let mut bytes = vec![b'a'; length];
            assert_eq!(plain(&bytes, b'"'), length);
            for place in 0..length {
                bytes[place] = b'\n';
                assert_eq!(plain(&bytes, b'"'), place);
                bytes[place] = b'a';
            }
        }
    }

    #[test]
    fn bytes() {
        let mut out = Vec::new();
        write_bytes(b"a'\n\x00\xff\"", &mut out);
        assert_eq!(out, br#"b'a\'\n\x00\xff"'"#);
    }
}
