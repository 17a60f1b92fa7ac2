//! The error for data that has no bytes.

use std::collections::HashSet;

/// Data that has no bytes here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValuesError {
    /// A column of a type that is not covered, or two of one name.
    #[error("column {column}: {reason}")]
    Unsupported {
        /// The name of the column, quoted, with the path to a nested field.
        column: String,
        /// What is not covered.
        reason: String,
    },
    /// A value that points outside its Arrow buffers.
    #[error("column {column}: a value points outside its Arrow buffers; its producer is at fault")]
    Outside {
        /// The name of the column, quoted.
        column: String,
    },
}

/// The first name that occurs twice.
pub(super) fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = HashSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}
