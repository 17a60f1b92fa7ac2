//! What can go wrong, and where.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};

/// A result whose error names the file.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a dataset cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused: a missing file, no permission, a failing disk.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds something else than its format promises.
    #[error("{}{place}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where in the file.
        place: Place,
        /// What is wrong there and, where there is one, the remedy.
        reason: String,
    },
    /// An argument that no file could satisfy, or that this file does not.
    #[error("{0}")]
    Argument(String),
    /// A directory where the format is a file.
    #[error("{} is a directory, but {format} is a file; pass one file, or a directory that \
             Dataset.save_to_disk wrote with dataset_type \"hf_dataset\"", path.display())]
    IsDirectory {
        /// The directory.
        path: PathBuf,
        /// The format that was asked for.
        format: &'static str,
    },
    /// A file where the format is a directory.
    #[error("{} is a file, but hf_dataset is a directory that Dataset.save_to_disk wrote; name \
             the file's own format", path.display())]
    NotADirectory {
        /// The file.
        path: PathBuf,
    },
    /// The reader was carried through a `fork`.
    #[error(
        "this reader was made before the process forked, and both sides would move one file \
             position; make the reader in the child process"
    )]
    Forked,
    /// The system has no memory for a batch.
    #[error("{}: there is no memory for the next batch; take a smaller batch_size", path.display())]
    Memory {
        /// The file.
        path: PathBuf,
    },
    /// The reading thread ended before the data did.
    #[error("the reading thread died: rows are missing from here on")]
    Died,
    /// The reader was told to stop.
    #[error("the reader was told to stop")]
    Stopped,
    /// No thread could be started.
    #[error("cannot start a reading thread: {0}")]
    Thread(io::Error),
}

impl Error {
    /// An operating-system error on `path`.
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// Malformed data in `path`.
    pub(crate) fn malformed(path: &Path, place: Place, reason: impl Into<String>) -> Self {
        Self::Malformed { path: path.to_owned(), place, reason: reason.into() }
    }
}

/// A position in a file, counted from one where people count and from zero for bytes and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line of text, the first is 1, and if known the character in it, the first is 1.
    Line {
        /// The line.
        line: u64,
        /// The character.
        column: Option<u64>,
    },
    /// An offset in the file as it is stored.
    Byte(u64),
    /// A row, the first is 0.
    Row(u64),
}

impl Place {
    /// A line without a column.
    pub(crate) fn line(line: u64) -> Self {
        Self::Line { line, column: None }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line { line, column: None } => write!(f, ", line {line}"),
            Self::Line { line, column: Some(column) } => {
                write!(f, ", line {line}, column {column}")
            }
            Self::Byte(byte) => write!(f, ", byte {byte}"),
            Self::Row(row) => write!(f, ", row {row}"),
        }
    }
}
