//! Parsed JSON values in two flat buffers: no allocation per value.

use std::collections::TryReserveError;

/// What the characters of a text are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// All below 128.
    Ascii,
    /// UTF-8.
    Utf8,
    /// UTF-8 but for surrogates that an escape spelled without their other half, each in three
    /// bytes.
    Surrogates,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Token {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    BigInt { length: u32, start: usize },
    Text { encoding: Encoding, length: u32, start: usize },
    Array { length: u32, end: usize },
    Object { length: u32, end: usize },
}

/// The values of some records.
#[derive(Debug, Default)]
pub(super) struct Tape {
    tokens: Vec<Token>,
    pub(super) text: Vec<u8>,
}

impl Tape {
    pub(super) fn with_capacity_of(other: &Self) -> Self {
        Self {
            tokens: Vec::with_capacity(other.tokens.len() * 9 / 8),
            text: Vec::with_capacity(other.text.len() * 9 / 8),
        }
    }

    /// Makes room for the values of so many bytes of JSON, of which no other has more.
    pub(super) fn reserve(&mut self, bytes: usize) -> Result<(), TryReserveError> {
        // A value takes two bytes with its comma, and a text no more than it is spelled with.
        self.tokens.try_reserve(bytes / 2 + 2)?;
        self.text.try_reserve(bytes)
    }

    pub(super) fn mark(&self) -> (usize, usize) {
        (self.tokens.len(), self.text.len())
    }

    pub(super) fn truncate(&mut self, mark: (usize, usize)) {
        self.tokens.truncate(mark.0);
        self.text.truncate(mark.1);
    }

    pub(super) fn push(&mut self, token: Token) {
        self.tokens.push(token);
    }

    /// Begins an array or object; its token is written by [`Self::close`].
    pub(super) fn open(&mut self) -> usize {
        self.tokens.push(Token::Null);
        self.tokens.len() - 1
    }

    pub(super) fn close(&mut self, open: usize, token: impl FnOnce(usize) -> Token) {
        self.tokens[open] = token(self.tokens.len());
    }

    /// The text since `start` is one value; records are shorter than 4 GiB.
    pub(super) fn push_text(&mut self, start: usize, encoding: Encoding) {
        let length = (self.text.len() - start) as u32;
        self.tokens.push(Token::Text { encoding, length, start });
    }

    pub(super) fn push_big_integer(&mut self, digits: &str) {
        let start = self.text.len();
        self.text.extend_from_slice(digits.as_bytes());
        self.tokens.push(Token::BigInt { length: digits.len() as u32, start });
    }

    fn slice(&self, start: usize, length: u32) -> &[u8] {
        &self.text[start..start + length as usize]
    }

    /// The index of the token after the value at `index`.
    pub(super) fn after(&self, index: usize) -> usize {
        match self.tokens[index] {
            Token::Array { end, .. } | Token::Object { end, .. } => end,
            _ => index + 1,
        }
    }

    pub(super) fn value(&self, index: usize) -> Value<'_> {
        match self.tokens[index] {
            Token::Null => Value::Null,
            Token::Bool(value) => Value::Bool(value),
            Token::Int(value) => Value::Int(value),
            Token::Float(value) => Value::Float(value),
            Token::BigInt { length, start } => {
                Value::BigInt(std::str::from_utf8(self.slice(start, length)).unwrap_or_default())
            }
            Token::Text { encoding, length, start } => {
                Value::Text(Text { bytes: self.slice(start, length), encoding })
            }
            Token::Array { length, .. } => {
                Value::Array(Array { tape: self, first: index + 1, length: length as usize })
            }
            Token::Object { length, .. } => {
                Value::Object(Object { tape: self, first: index + 1, length: length as usize })
            }
        }
    }
}

/// A JSON value as Python's `json.loads` understands it.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// The decimal digits of an integer beyond 64 bits, with its sign.
    BigInt(&'a str),
    /// A number with a fraction or an exponent, or `NaN`, `Infinity`, `-Infinity`.
    Float(f64),
    /// A string.
    Text(Text<'a>),
    /// An array.
    Array(Array<'a>),
    /// An object, with its keys in order, repeated ones included: the last one counts.
    Object(Object<'a>),
}

/// A JSON string.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    bytes: &'a [u8],
    encoding: Encoding,
}

impl<'a> Text<'a> {
    /// The characters, encoded as [`Self::encoding`] says.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// How the characters are encoded.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The text, unless it holds a surrogate without its other half.
    pub fn as_str(&self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes).ok()
    }
}

/// A JSON array.
#[derive(Clone, Copy, Debug)]
pub struct Array<'a> {
    tape: &'a Tape,
    first: usize,
    length: usize,
}

impl<'a> Array<'a> {
    /// How many items.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The items in order.
    pub fn iter(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let tape = self.tape;
        let mut next = self.first;
        (0..self.length).map(move |_| {
            let value = tape.value(next);
            next = tape.after(next);
            value
        })
    }
}

/// A JSON object.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    tape: &'a Tape,
    first: usize,
    length: usize,
}

impl<'a> Object<'a> {
    /// How many entries, repeated keys included.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (Text<'a>, Value<'a>)> + use<'a> {
        let tape = self.tape;
        self.positions().map(move |(key, at)| (key, tape.value(at)))
    }

    /// The keys, with where on the tape the values are.
    pub(super) fn positions(&self) -> impl Iterator<Item = (Text<'a>, usize)> + use<'a> {
        let tape = self.tape;
        let mut next = self.first;
        (0..self.length).map(move |_| {
            let (key, at) = (next, next + 1);
            next = tape.after(at);
            let key = match tape.value(key) {
                Value::Text(text) => text,
                _ => Text { bytes: &[], encoding: Encoding::Ascii },
            };
            (key, at)
        })
    }
}
