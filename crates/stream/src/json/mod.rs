//! JSON records: one object per line, an array of objects, or objects one after the other.

mod arrow;
mod batch;
mod lines;
mod parse;
mod records;
mod recover;
mod tape;

pub use batch::JsonBatch;
pub(crate) use lines::Lines;
pub(crate) use records::Records;
pub use tape::{Array, Encoding, Object, Text, Value};

/// Says what a value that is no object is, from its first byte.
fn not_an_object(first: u8) -> &'static str {
    match first {
        b'[' => "the record is an array, not an object",
        b'"' => "the record is a string, not an object",
        b'-' | b'0'..=b'9' | b'N' | b'I' => "the record is a number, not an object",
        b't' | b'f' => "the record is a boolean, not an object",
        b'n' => "the record is null, not an object",
        _ => "the record is not a JSON object",
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}
