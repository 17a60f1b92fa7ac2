//! Hash rows in parallel and find duplicates.
//!
//! ```
//! use fast_axolotl_hash::{Deduplicator, hash_rows, hex};
//!
//! let rows: [&[u8]; 3] = [b"axolotl", b"newt", b"axolotl"];
//! let digests = hash_rows(&rows);
//! let mut seen = Deduplicator::new();
//! assert_eq!(seen.first_occurrences(&digests), [0, 1]);
//! assert!(hex(&digests[1]).starts_with("0af0314a"));
//! ```
//!
//! [`row_text`] renders rows of Arrow data as Python's `str` of a dictionary, the text that
//! Axolotl hashes.

mod dedup;
mod digest;
pub mod row_text;

pub use dedup::Deduplicator;
pub use digest::{Digest, HexDigest, hash_rows, hash_rows_with, hex, parse_hex};
