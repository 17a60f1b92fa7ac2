//! The error for data whose Python text is not written here.

use arrow_array::{Array, ArrayRef};

/// Data whose Python text is not written here.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("column {column}: {reason}")]
pub struct Uncovered {
    /// The name of the column, quoted, with the path to a nested field.
    pub column: String,
    /// What is not covered.
    pub reason: String,
}

/// A type that is not covered.
pub(super) fn not_covered(column: String, array: &ArrayRef) -> Uncovered {
    Uncovered { column, reason: format!("the type {} is not covered", array.data_type()) }
}

/// The error of a nested field, with the column that it is in.
pub(super) fn inside(name: &str, inner: Uncovered) -> Uncovered {
    Uncovered { column: format!("{name}.{}", inner.column), reason: inner.reason }
}

/// An offset, view or key that leads outside the buffers: arrays may come from any producer.
pub(super) fn outside(name: &str) -> Uncovered {
    Uncovered {
        column: name.to_owned(),
        reason: "a value points outside its Arrow buffers".to_owned(),
    }
}

/// A string whose text depends on what Python did not say.
pub(super) fn unknown_characters(column: String) -> Uncovered {
    Uncovered { column, reason: "Python did not say which characters are printable".to_owned() }
}
