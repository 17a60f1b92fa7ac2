//! Pad sequences to one length.
//!
//! ```
//! use fast_axolotl_pad::{RowLength, Side, pad_sequences};
//!
//! let sequences = [vec![11, 12, 13], vec![14]];
//! let rows = RowLength { multiple: Some(4), ..RowLength::default() };
//! let padded = pad_sequences(&sequences, rows, 0, Side::Right)?;
//! assert_eq!(padded.values, [11, 12, 13, 0, 14, 0, 0, 0]);
//! assert_eq!(padded.length, 4);
//! # Ok::<(), fast_axolotl_pad::PadError>(())
//! ```

mod rows;

pub use rows::{PadError, Padded, RowLength, Side, pad_sequences};
