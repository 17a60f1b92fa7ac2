//! Pack token sequences into rows of one fixed length.
//!
//! Sequences are taken in order, and each goes into the current row if it still fits there;
//! otherwise the row is filled with padding and the next one begins. Nothing is sorted.
//!
//! ```
//! use fast_axolotl_pack::{Overflow, SpecialTokens, pack_sequences};
//!
//! let special = SpecialTokens { pad: 0, eos: 2, label_pad: -100 };
//! let packed = pack_sequences(&[vec![11, 12], vec![13]], 8, special, Overflow::Error)?;
//! assert_eq!(packed.input_ids, [11, 12, 2, 0, 13, 2, 0, 0]);
//! assert_eq!(packed.labels, [11, 12, 2, -100, 13, 2, -100, -100]);
//! assert_eq!(packed.attention_mask, [1, 1, 1, 0, 1, 1, 0, 0]);
//! # Ok::<(), fast_axolotl_pack::PackError>(())
//! ```
//!
//! [`Packing`] puts sequences into bins by their lengths alone, with a choice of strategies.
//!
//! [`Plan`] decides from lengths alone what goes where, for data that is not in slices, and fills
//! rows from any [`Source`] into any memory.

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
pub use columns::{
    Columns, Packed, SpecialTokens, check_alike, concatenate_and_pack, pack_sequences,
};
pub use fill::{PackedMut, Source, is_worth_threads};
pub use gather::{BinsToLay, GatherError, RowLayout};
pub use plan::{Overflow, PackError, Piece, Plan, Row};
