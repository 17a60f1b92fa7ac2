//! How long the rows of padded sequences are.
//!
//! ```
//! use fast_axolotl_pad::RowLength;
//!
//! let rows = RowLength { multiple: Some(4), ..RowLength::default() };
//! assert_eq!(rows.length([3, 1])?, 4);
//! # Ok::<(), fast_axolotl_pad::PadError>(())
//! ```

mod rows;

pub use rows::{PadError, RowLength, Side};
