//! A JSON parser with the semantics of Python's `json.loads`, writing to a tape.
//!
//! Integers of any size, the literals `NaN` and `Infinity`, and lone surrogate escapes are kept;
//! a general JSON library refuses or alters some of these.

use crate::json::tape::{Encoding, Tape, Token};

/// How deep arrays and objects may nest, near what Python's recursion limit allows.
const DEEPEST: usize = 900;

/// The most digits of an integer, which is Python's own limit for converting text.
const MOST_DIGITS: usize = 4300;

/// Why a text is not a value, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// The byte at which parsing stopped.
    pub at: usize,
    /// What was wrong there.
    pub reason: Reason,
}

/// The kinds of fault.
#[derive(Debug, PartialEq, Eq)]
pub enum Reason {
    /// The text ends inside the value.
    Ends,
    /// The text cannot be a value, whatever follows.
    Invalid(&'static str),
}

/// Parses the value at the beginning of `bytes`, after white space, onto the tape, and returns
/// the length read.
///
/// After a fault the tape holds parts of the value; truncate it.
pub fn parse(bytes: &[u8], tape: &mut Tape) -> Result<usize, Fault> {
    let mut parser = Parser { bytes, at: 0, tape };
    parser.value(0)?;
    Ok(parser.at)
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    tape: &'a mut Tape,
}

impl Parser<'_> {
    fn invalid<T>(&self, reason: &'static str) -> Result<T, Fault> {
        Err(Fault { at: self.at, reason: Reason::Invalid(reason) })
    }

    fn peek(&self) -> Result<u8, Fault> {
        self.bytes.get(self.at).copied().ok_or(Fault { at: self.at, reason: Reason::Ends })
    }

    fn skip_space(&mut self) -> Result<u8, Fault> {
        loop {
            match self.peek()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Ok(byte),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), Fault> {
        match self.skip_space()? {
            b'"' => self.string(),
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal(b"true", Token::Bool(true)),
            b'f' => self.literal(b"false", Token::Bool(false)),
            b'n' => self.literal(b"null", Token::Null),
            b'N' => self.literal(b"NaN", Token::Float(f64::NAN)),
            b'I' => self.literal(b"Infinity", Token::Float(f64::INFINITY)),
            _ => self.invalid("expected a value"),
        }
    }

    fn literal(&mut self, word: &[u8], token: Token) -> Result<(), Fault> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(word) {
            self.at += word.len();
            self.tape.push(token);
            Ok(())
        } else if word.starts_with(rest) {
            Err(Fault { at: self.bytes.len(), reason: Reason::Ends })
        } else {
            self.invalid("expected a value")
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), Fault> {
        if depth == DEEPEST {
            return self.invalid("the value nests deeper than 900 levels");
        }
        self.at += 1;
        let open = self.tape.open();
        let mut length = 0;
        let mut byte = self.skip_space()?;
        if byte == b'}' {
            self.at += 1;
            self.tape.close(open, |end| Token::Object { length: 0, end });
            return Ok(());
        }
        loop {
            if byte != b'"' {
                return self.invalid("expected a property name in double quotes");
            }
            self.string()?;
            if self.skip_space()? != b':' {
                return self.invalid("expected ':' after a property name");
            }
            self.at += 1;
            self.value(depth + 1)?;
            length += 1;
            match self.skip_space()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return self.invalid("expected ',' or '}'"),
            }
            byte = self.skip_space()?;
        }
        self.at += 1;
        self.tape.close(open, |end| Token::Object { length, end });
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Result<(), Fault> {
        if depth == DEEPEST {
            return self.invalid("the value nests deeper than 900 levels");
        }
        self.at += 1;
        let open = self.tape.open();
        let mut length = 0;
        if self.skip_space()? == b']' {
            self.at += 1;
            self.tape.close(open, |end| Token::Array { length: 0, end });
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            length += 1;
            match self.skip_space()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return self.invalid("expected ',' or ']'"),
            }
        }
        self.at += 1;
        self.tape.close(open, |end| Token::Array { length, end });
        Ok(())
    }

    fn digits(&mut self) -> Result<usize, Fault> {
        let start = self.at;
        while self.peek()?.is_ascii_digit() {
            self.at += 1;
        }
        Ok(self.at - start)
    }

    /// A number is followed by something, since a record is an object: its end is always seen.
    fn number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
            if self.peek()? == b'I' {
                return self.literal(b"Infinity", Token::Float(f64::NEG_INFINITY));
            }
        }
        let first = self.at;
        match self.peek()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => drop(self.digits()?),
            _ => return self.invalid("expected a digit after '-'"),
        }
        let digits = self.at - first;
        let mut is_float = false;
        if self.peek()? == b'.' {
            self.at += 1;
            is_float = true;
            if self.digits()? == 0 {
                return self.invalid("expected a digit after '.'");
            }
        }
        if matches!(self.peek()?, b'e' | b'E') {
            self.at += 1;
            is_float = true;
            if matches!(self.peek()?, b'+' | b'-') {
                self.at += 1;
            }
            if self.digits()? == 0 {
                return self.invalid("expected a digit in the exponent");
            }
        }
        let text = &self.bytes[start..self.at];
        if !is_float && digits <= 18 {
            let magnitude =
                text[first - start..].iter().fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0'));
            self.tape.push(Token::Int(if first > start { -magnitude } else { magnitude }));
            return Ok(());
        }
        if !is_float && digits > MOST_DIGITS {
            self.at = start;
            return self.invalid("the integer has more than 4300 digits");
        }
        let text = std::str::from_utf8(text).unwrap_or_default();
        if is_float {
            self.tape.push(Token::Float(text.parse().unwrap_or(f64::NAN)));
        } else if let Ok(number) = text.parse() {
            self.tape.push(Token::Int(number));
        } else {
            self.tape.push_big_integer(text);
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), Fault> {
        self.at += 1;
        let begin = self.tape.text.len();
        let mut encoding = Encoding::Ascii;
        loop {
            let run = self.at;
            let is_ascii = self.plain_run();
            let raw = &self.bytes[run..self.at];
            if !is_ascii {
                if let Err(error) = std::str::from_utf8(raw) {
                    self.at = run + error.valid_up_to();
                    // The character may only be cut off by the end of what was read so far.
                    return if run + raw.len() == self.bytes.len() && error.error_len().is_none() {
                        Err(Fault { at: self.at, reason: Reason::Ends })
                    } else {
                        self.invalid("the text is not valid UTF-8")
                    };
                }
                encoding = encoding.max(Encoding::Utf8);
            }
            self.tape.text.extend_from_slice(raw);
            match self.peek()? {
                b'"' => break,
                b'\\' => encoding = encoding.max(self.escape()?),
                _ => return self.invalid("a control character in a string must be escaped"),
            }
        }
        self.at += 1;
        self.tape.push_text(begin, encoding);
        Ok(())
    }

    /// Steps to the next quote, backslash or control character, eight bytes at a time, and says
    /// whether all before it is ASCII.
    fn plain_run(&mut self) -> bool {
        const ONES: u64 = u64::MAX / 255;
        const HIGH: u64 = ONES << 7;
        let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
        let mut high = 0;
        while let Some(chunk) = self.bytes[self.at..].first_chunk() {
            let word = u64::from_le_bytes(*chunk);
            let quote = has_zero(word ^ (ONES * u64::from(b'"')));
            let backslash = has_zero(word ^ (ONES * u64::from(b'\\')));
            let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
            let stop = quote | backslash | control;
            if stop != 0 {
                // The lowest mark is exact; a borrow can only spoil marks above it.
                let count = stop.trailing_zeros() as usize / 8;
                let before = word & !(u64::MAX << (count * 8));
                self.at += count;
                return (high | before) & HIGH == 0;
            }
            high |= word;
            self.at += 8;
        }
        while let Some(byte) = self.bytes.get(self.at) {
            if matches!(byte, b'"' | b'\\' | 0..=0x1f) {
                break;
            }
            high |= u64::from(*byte);
            self.at += 1;
        }
        high & HIGH == 0
    }

    fn escape(&mut self) -> Result<Encoding, Fault> {
        let start = self.at;
        self.at += 1;
        let byte = match self.peek()? {
            b'"' => b'"',
            b'\\' => b'\\',
            b'/' => b'/',
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                self.at += 1;
                return self.unicode_escape(start);
            }
            _ => {
                self.at = start;
                return self.invalid("unknown escape in a string");
            }
        };
        self.at += 1;
        self.tape.text.push(byte);
        Ok(Encoding::Ascii)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<Encoding, Fault> {
        let mut code = self.four_digits(start)?;
        if (0xd800..0xdc00).contains(&code) {
            let rest = &self.bytes[self.at..];
            if rest.len() < 6 && (b"\\u".starts_with(rest) || rest.starts_with(b"\\u")) {
                // A second half may come.
                if !rest.contains(&b'"') {
                    return Err(Fault { at: self.bytes.len(), reason: Reason::Ends });
                }
            }
            if rest.starts_with(b"\\u") {
                let here = self.at;
                self.at += 2;
                match self.four_digits(here)? {
                    low @ 0xdc00..0xe000 => code = 0x10000 + ((code - 0xd800) << 10) + low - 0xdc00,
                    // Not a second half: it stands for itself.
                    _ => self.at = here,
                }
            }
        }
        match char::from_u32(code) {
            Some(character) => {
                let mut buffer = [0; 4];
                self.tape.text.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
                Ok(if code < 0x80 { Encoding::Ascii } else { Encoding::Utf8 })
            }
            None => {
                let low = |shift: u32| 0x80 | (code >> shift) as u8 & 0x3f;
                self.tape.text.extend_from_slice(&[0xe0 | (code >> 12) as u8, low(6), low(0)]);
                Ok(Encoding::Surrogates)
            }
        }
    }

    fn four_digits(&mut self, start: usize) -> Result<u32, Fault> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = char::from(self.peek()?).to_digit(16) else {
                self.at = start;
                return self.invalid("expected four hexadecimal digits after \\u");
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::tape::Value;

    fn render(value: Value<'_>) -> String {
        match value {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::BigInt(digits) => digits.to_owned(),
            Value::Float(value) => format!("{value:?}"),
            Value::Text(text) => format!("{:?}", text.as_str().unwrap_or("surrogates")),
            Value::Array(array) => {
                let items: Vec<_> = array.iter().map(render).collect();
                format!("[{}]", items.join(","))
            }
            Value::Object(object) => {
                let items: Vec<_> = object
                    .iter()
                    .map(|(key, value)| format!("{:?}:{}", key.as_str().unwrap(), render(value)))
                    .collect();
                format!("{{{}}}", items.join(","))
            }
        }
    }

    fn reference(value: &serde_json::Value) -> String {
        use serde_json::Value as Json;
        match value {
            Json::Number(number) => {
                let text = number.to_string();
                if text.contains(['.', 'e', 'E']) {
                    format!("{:?}", text.parse::<f64>().unwrap())
                } else if text == "-0" {
                    "0".to_owned()
                } else {
                    text
                }
            }
            Json::String(text) => format!("{text:?}"),
            Json::Array(items) => {
                format!("[{}]", items.iter().map(reference).collect::<Vec<_>>().join(","))
            }
            Json::Object(items) => {
                let items: Vec<_> = items
                    .iter()
                    .map(|(key, value)| format!("{key:?}:{}", reference(value)))
                    .collect();
                format!("{{{}}}", items.join(","))
            }
            other => other.to_string(),
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let number = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<u128>().prop_map(move |value| number(value.to_string())),
            any::<f64>().prop_filter("JSON", |value| value.is_finite()).prop_map(Into::into),
            ".*".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::vec((".*", inner), 0..6)
                    .prop_map(|items| serde_json::Value::Object(items.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_another_library_wrote(value in json(), pretty in any::<bool>()) {
            let value = serde_json::json!([value]);
            let text = if pretty {
                serde_json::to_string_pretty(&value).unwrap()
            } else {
                value.to_string()
            };
            let mut tape = Tape::default();
            prop_assert_eq!(parse(text.as_bytes(), &mut tape), Ok(text.len()));
            prop_assert_eq!(render(tape.value(0)), reference(&value));
            for end in 0..text.len() {
                let fault = parse(&text.as_bytes()[..end], &mut Tape::default()).unwrap_err();
                prop_assert_eq!(fault.reason, Reason::Ends, "cut at {}", end);
            }
        }

        #[test]
        fn agrees_with_another_library_on_what_is_json(
            text in r#"[\[\{]([\[\]{},:" \\0-9.eE+ntrulfas-]|"[a\\"]*"|\\u[dD][89ac]00|-0){0,12}[\]\}]"#
        ) {
            let ours = parse(text.as_bytes(), &mut Tape::default()).map(|end| end == text.len());
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            // Lone surrogates are Python's alone.
            prop_assume!(!text.contains("\\u"));
            prop_assert_eq!(ours == Ok(true), theirs.is_ok());
        }
    }

    #[test]
    fn reads_what_only_python_reads() {
        let mut tape = Tape::default();
        let text = br#"[NaN,-Infinity,Infinity,"\ud83d\ude00","\ud83dx","\ud83d\ud83d\ude00"]"#;
        parse(text, &mut tape).unwrap();
        let Value::Array(array) = tape.value(0) else { panic!("an array") };
        let items: Vec<_> = array.iter().collect();
        assert!(matches!(items[0], Value::Float(value) if value.is_nan()));
        assert!(matches!(items[1], Value::Float(f64::NEG_INFINITY)));
        assert!(matches!(items[3], Value::Text(text) if text.as_str() == Some("😀")));
        let Value::Text(lone) = items[4] else { panic!("text") };
        assert_eq!((lone.as_bytes(), lone.as_str()), (b"\xed\xa0\xbdx".as_slice(), None));
        let Value::Text(both) = items[5] else { panic!("text") };
        assert_eq!(both.as_bytes(), b"\xed\xa0\xbd\xf0\x9f\x98\x80");
    }
}
