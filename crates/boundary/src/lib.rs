//! What the Python bindings of fast-axolotl share: a thread pool that survives `fork`, Ctrl-C during
//! long work, panics as exceptions, objects that threads take turns with, access to the rows of Python sequences and of
//! arrays, the forms of output, arguments, and the mapping of Rust errors to exceptions.
//!
//! Exceptions are Python's own: a class defined here would be a different class in each wheel.

// The name that `#[guarded]` writes, here as elsewhere.
extern crate self as fast_axolotl_boundary;

pub mod arguments;
#[cfg(feature = "arrow")]
pub mod arrow;
#[cfg(feature = "arrow")]
mod arrow_import;
#[cfg(feature = "arrow")]
pub mod block;
pub mod collector;
#[cfg(feature = "arrow")]
pub mod dataset;
pub mod errors;
pub mod guard;
pub mod int_cache;
pub mod interrupt;
mod layout;
pub mod lists;
#[cfg(feature = "arrow")]
mod memory;
pub mod output;
pub mod pool;
#[cfg(feature = "arrow")]
pub mod ragged;
mod reserve;
#[cfg(feature = "arrow")]
pub mod sequences;
pub mod settings;
pub mod string_rows;
pub mod turns;
