//! Balancing what batches cost and how many labels they train on.
//!
//! Sequences that are packed by length alone leave some batches with many more labels than others.
//! Here sequences are exchanged between batches near each other until the batches are alike, without
//! adding padding and without moving a sequence far from where it was drawn.
//!
//! The search is that of Axolotl (`axolotl.utils.samplers`, Apache-2.0), result for result: the same
//! candidates in the same order, with the same ties.

mod error;
mod flattened;
mod labels;
mod microbatches;
mod padded;
mod pairs;
mod ranks;
mod rows;
#[cfg(test)]
mod tests;

pub use error::BalanceError;
pub use flattened::Flattened;
pub use labels::LabelBalance;
pub use microbatches::MicrobatchBalance;
pub use padded::Padded;
pub use ranks::RankOrder;
pub use rows::{Batch, Row, Sequence};
