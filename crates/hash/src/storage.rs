//! Where a `DuplicateFinder` keeps digests, and how it fails.

use std::collections::TryReserveError;
use std::io;
use std::path::PathBuf;

use crate::state::StateError;

/// The smallest memory limit that works, in bytes. Below it the digests would be spilled in runs so
/// short that their indexes outgrow them.
pub const LEAST_MEMORY_LIMIT: usize = 1 << 20;

/// Where and how much to store.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    /// How many bytes of digests to hold in memory, at least [`LEAST_MEMORY_LIMIT`]; all if `None`.
    ///
    /// Finding the duplicates takes memory of its own, whatever the limit: a bit per row, and for
    /// each thread about a five-hundredth of the different digests at a time.
    pub memory_limit: Option<usize>,
    /// The folder for the digests beyond the limit; the system's folder for temporary files if
    /// `None`. They are in a file without a name, which is gone when the process ends, even killed.
    pub spill_directory: Option<PathBuf>,
}

impl Storage {
    pub(crate) fn directory(&self) -> PathBuf {
        self.spill_directory.clone().unwrap_or_else(std::env::temp_dir)
    }

    pub(crate) fn spill_error(&self, error: io::Error) -> FinderError {
        FinderError::Spill { path: self.directory(), error }
    }
}

/// Why duplicates cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum FinderError {
    /// The memory limit is too small to work with.
    #[error(
        "memory_limit is {given} bytes, and the smallest that works is {LEAST_MEMORY_LIMIT} (1 MiB)"
    )]
    MemoryLimit {
        /// The limit that was asked for.
        given: usize,
    },
    /// The system has no memory for more digests.
    #[error("there is no memory for the digests of more rows ({0}); set a smaller memory_limit")]
    Memory(#[from] TryReserveError),
    /// The digests beyond the memory limit cannot be stored or read back.
    #[error("{path}: cannot keep digests beyond the memory limit there: {error}")]
    Spill {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file of digests cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
}
