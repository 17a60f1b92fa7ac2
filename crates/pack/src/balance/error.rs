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
    /// There are not as many numbers of one kind as of another.
    #[error("{name} has {found} numbers, lengths has {expected}; there must be one per sequence")]
    Uneven {
        /// What the numbers are.
        name: &'static str,
        /// How many there are.
        found: usize,
        /// How many sequences there are.
        expected: usize,
    },
    /// The last batch is not full.
    #[error("{sequences} sequences are not whole batches of {size}; leave the rest out")]
    PartBatch {
        /// How many sequences there are.
        sequences: usize,
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
