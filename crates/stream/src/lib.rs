//! Read datasets in batches, in bounded memory: Parquet, Arrow IPC, CSV, JSON, text, and the
//! directories of Hugging Face `datasets`, plain or compressed.
//!
//! ```
//! use fast_axolotl_stream::{Batch, Options, Reader};
//!
//! let directory = tempfile::tempdir()?;
//! let path = directory.path().join("pond.jsonl");
//! std::fs::write(&path, "{\"name\": \"axolotl\"}\n{\"name\": \"newt\", \"age\": 3}\n")?;
//!
//! let mut reader = Reader::open(&path, "auto", Options { batch_size: 100, ..Options::default() })?;
//! let Some(Batch::Json(batch)) = reader.next_batch()? else { panic!("two records") };
//! assert_eq!((batch.rows(), batch.names()), (2, ["name".to_owned(), "age".to_owned()].as_slice()));
//! assert!(reader.next_batch()?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Reader`] works in the calling thread; [`Ahead`] works one batch ahead in a thread of its own.

mod ahead;
mod catch_panic;
mod csv;
mod error;
mod format;
mod hf_dataset;
mod ipc;
pub mod json;
mod parquet;
mod reader;
mod source;
mod table;
mod text;
mod window;

pub use ahead::{Ahead, Arrival};
pub use catch_panic::is_catching_panics;
pub use error::{Error, Place, Result};
pub use format::{Compression, Format, detect, resolve, supported};
pub use reader::{Batch, OnError, Options, Reader, Skipped};
pub use table::Table;
