//! Hash rows in parallel and find duplicates.
//!
//! ```
//! use fast_axolotl_hash::{Algorithm, Deduplicator, hash_slices, hex};
//!
//! let rows = ["axolotl", "newt", "axolotl"];
//! let digests = hash_slices(Algorithm::Sha256, 0..3, |row| Ok::<_, ()>(rows[row].as_bytes()))?;
//! let mut seen = Deduplicator::new(32);
//! assert_eq!(seen.add(&digests), [true, true, false]);
//! assert!(hex(&digests[32..64]).starts_with("0af0314a"));
//! # Ok::<(), ()>(())
//! ```
//!
//! Digests are kept one after the other in plain bytes. [`Deduplicator`] remembers what it has
//! seen; [`DuplicateFinder`] finds duplicates among more digests than fit into memory.
//!
//! [`values`] makes bytes of rows of Arrow data; [`row_text`] renders them as Python's `str` of a
//! dictionary, the text that Axolotl hashes.

mod algorithm;
mod arrow_layout;
mod dedup;
mod digest;
mod finder;
mod partition;
mod resolution;
pub mod row_text;
mod run;
mod spill;
mod state;
mod storage;
pub mod values;

pub use algorithm::{Algorithm, RowSink};
pub use arrow_layout::{bytes_at, view_at};
pub use dedup::Deduplicator;
pub use digest::{HexDigest, PARALLEL_ROWS, hash_rows, hash_slices, hex, parse_hex};
pub use finder::DuplicateFinder;
pub use resolution::{Keep, Resolution};
pub use state::{DigestKind, Encoding, StateError, StateReader};
pub use storage::{FinderError, LEAST_MEMORY_LIMIT, Storage};
