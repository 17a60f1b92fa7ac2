//! Pack token sequences into rows of one fixed length.
//!
//! Sequences are taken in order, and each goes into the current row if it still fits there;
//! otherwise the row is filled with padding and the next one begins. Nothing is sorted.
//!
//! A [`Plan`] decides from lengths alone what goes where, and fills rows from any [`Source`] into any
//! memory:
//!
//! ```
//! use fast_axolotl_pack::{Overflow, Plan};
//!
//! let sequences = [vec![11, 12], vec![13]];
//! // Two tokens follow each sequence, and zeros fill the rows up.
//! let plan = Plan::new([2, 1], 2, 8, Overflow::Error)?;
//! let mut input_ids = [0; 8];
//! let Ok(()) = plan.fill(0..1, &sequences[..], &[2, 0], 0, &mut input_ids);
//! assert_eq!(input_ids, [11, 12, 2, 0, 13, 2, 0, 0]);
//! # Ok::<(), fast_axolotl_pack::PackError>(())
//! ```
//!
//! [`Packing`] puts sequences into bins by their lengths alone, with a choice of strategies.

mod balance;
mod bins;
mod columns;
mod fill;
mod gather;
mod plan;

pub use balance::{
    BalanceError, Batch, Flattened, LabelBalance, MicrobatchBalance, Padded, RankOrder,
    Row as BatchRow, Sequence,
};
pub use bins::{BinError, Bins, Packing, Strategy, TooLong};
pub use columns::{SpecialTokens, check_alike};
pub use fill::{PackedMut, Source, is_worth_threads};
pub use gather::{BinsToLay, GatherError, RowLayout};
pub use plan::{Overflow, PackError, Piece, Plan, Row};
