//! Why lengths could not be packed into bins.

use thiserror::Error;

/// Why lengths could not be packed into bins.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BinError {
    /// Bins without room for a token.
    #[error("capacity must be at least 1, got 0")]
    NoCapacity,
    /// A sequence does not fit into a bin.
    #[error(
        "sequence {index} has {length} tokens, but a bin holds {capacity}; shorten it, or choose \
         the overflow \"drop\", \"truncate\" or \"own_bin\""
    )]
    TooLong {
        /// Which sequence.
        index: usize,
        /// Its tokens.
        length: usize,
        /// The most tokens in a bin.
        capacity: usize,
    },
    /// More sequences than this crate counts.
    #[error("{0} lengths are more than can be packed at once, which is 4,294,967,294")]
    TooMany(usize),
    /// The lengths add up to more than can be counted.
    #[error("the lengths add up to more than 2^63 tokens")]
    TooManyTokens,
    /// The caller has asked to stop.
    #[error("packing was stopped")]
    Stopped,
    /// No [`Strategy`](crate::Strategy) has this name.
    #[error(
        "strategy must be 'sequential', 'first_fit', 'first_fit_decreasing' or \
         'best_fit_decreasing', got '{0}'"
    )]
    UnknownStrategy(String),
    /// No [`TooLong`](crate::TooLong) has this name.
    #[error("overflow must be 'error', 'drop', 'truncate' or 'own_bin', got '{0}'")]
    UnknownTooLong(String),
}
