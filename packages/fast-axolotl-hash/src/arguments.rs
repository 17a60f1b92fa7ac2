//! Arguments of this piece.

use fast_axolotl_boundary::arguments::{choice, count, names};
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::output::{Forms, OutputOf};
use fast_axolotl_hash::{Algorithm, DigestKind, Encoding, Keep, LEAST_MEMORY_LIMIT};
use pyo3::prelude::*;

/// Makes an argument of a list of names.
macro_rules! named_argument {
    ($(#[$doc:meta])* $name:ident($inner:ty), $argument:literal, $all:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name(pub $inner);

        impl<'py> FromPyObject<'_, 'py> for $name {
            type Error = PyErr;

            fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
                choice($argument, &value, &$all).map(Self)
            }
        }
    };
}

named_argument!(
    /// An `algorithm` argument.
    AlgorithmName(Algorithm),
    "algorithm",
    Algorithm::ALL.map(|algorithm| (algorithm.name(), algorithm))
);
named_argument!(
    /// An `encoding` argument.
    EncodingName(Encoding),
    "encoding",
    Encoding::ALL.map(|encoding| (encoding.name(), encoding))
);
named_argument!(
    /// A `keep` argument.
    KeepName(Keep),
    "keep",
    [("first", Keep::First), ("last", Keep::Last), ("none", Keep::None)]
);
/// An `output` argument.
pub type OutputName = OutputOf<DigestForm>;

/// What to return.
#[derive(Clone, Copy)]
pub enum DigestForm {
    /// A list of Python objects.
    List,
    /// A numpy array.
    Numpy,
    /// An `ArrowArray`.
    Arrow,
}

impl Forms for DigestForm {
    const OFFERED: &'static [(&'static str, Self)] =
        &[("list", Self::List), ("numpy", Self::Numpy), ("arrow", Self::Arrow)];
}

/// The kind of digests that two arguments ask for.
pub fn kind(algorithm: AlgorithmName, encoding: EncodingName) -> DigestKind {
    DigestKind { algorithm: algorithm.0, encoding: encoding.0 }
}

/// A number of bytes, enough to work with.
#[derive(Clone, Copy)]
pub struct MemoryLimit(pub usize);

impl<'py> FromPyObject<'_, 'py> for MemoryLimit {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        count("memory_limit", &value, LEAST_MEMORY_LIMIT).map(Self)
    }
}

/// Names of columns: `None` for all, or a list of str (one name alone is taken as a list of it).
pub fn columns(argument: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Vec<String>>> {
    let Some(value) = value else { return Ok(None) };
    if let Ok(name) = value.extract::<String>() {
        return Ok(Some(vec![name]));
    }
    let names = names(argument, "a str or a list of str", value)?;
    match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        _ if names.is_empty() => {
            Err(value_error(format!("{argument} is empty; leave it out to take every column")))
        }
        Some((_, name)) => Err(value_error(format!("{argument} names {name:?} twice"))),
        None => Ok(Some(names)),
    }
}
