//! Why batches could not be balanced.

use thiserror::Error;

/// Why batches could not be balanced.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BalanceError {
    /// A batch holds nothing.
    #[error("batches[{0}] has no rows; leave empty batches out")]
    EmptyBatch(usize),
    /// A row of a batch holds nothing.
    #[error("batches[{batch}][{row}] has no sequences; leave empty rows out")]
    EmptyRow {
        /// Which batch.
        batch: usize,
        /// Which of its rows.
        row: usize,
    },
    /// What describes the sequences is not there for all of them.
    #[error("there are {expected} sequences in batches of {size}, but {name} describes {found}")]
    Uneven {
        /// Which of the descriptions.
        name: &'static str,
        /// How many sequences it describes.
        found: usize,
        /// How many there are.
        expected: usize,
        /// How many there are in a batch.
        size: usize,
    },
    /// The numbers are too large for exact sums of squares.
    #[error(
        "the batches are too large to be balanced exactly: they may hold up to 2^45 tokens and \
         labels, padding included"
    )]
    TooLarge,
    /// Costs do not make whole optimizer steps.
    #[error("{costs} costs are not whole optimizer steps of {width} batches; leave the rest out")]
    IncompleteStep {
        /// How many costs there are.
        costs: usize,
        /// How many make a step.
        width: usize,
    },
    /// Sums of squares of costs that float64 cannot hold.
    #[error(
        "the costs cannot be compared exactly in float64: that takes a number of ranks that is a \
         power of two, and smaller costs"
    )]
    Inexact,
    /// The caller has asked to stop.
    #[error("balancing was stopped")]
    Stopped,
}
