//! The `output` argument: in which form a function returns what it made.

use pyo3::prelude::*;

use crate::arguments::{one_of, type_name};
#[cfg(feature = "arrow")]
use crate::block::Form;
use crate::errors::{type_error, value_error};

/// The names that forms have, whichever function offers them.
const NAMES: [&str; 4] = ["list", "numpy", "arrow", "torch"];

/// The forms that a function offers.
pub trait Forms: Copy + 'static {
    /// Each with its name.
    const OFFERED: &'static [(&'static str, Self)];
}

/// The `output` argument of a function that offers these forms.
///
/// Raises `TypeError` for what is no text and for a form that only other functions offer, and
/// `ValueError` for a name that is none.
#[derive(Clone, Copy)]
pub struct OutputOf<F>(pub F);

impl<'py, F: Forms> FromPyObject<'_, 'py> for OutputOf<F> {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let name = value
            .extract::<&str>()
            .map_err(|_| type_error(format!("output must be a str, got {}", type_name(&value))))?;
        if let Some((_, form)) = F::OFFERED.iter().find(|(offered, _)| *offered == name) {
            return Ok(Self(*form));
        }
        let offered = one_of(F::OFFERED.iter().map(|(offered, _)| *offered));
        if NAMES.contains(&name) {
            Err(type_error(format!(
                "output='{name}' is not supported yet; take {offered} and convert that"
            )))
        } else {
            Err(value_error(format!("output must be {offered}, got '{name}'")))
        }
    }
}

/// A table of integers: as lists, or in a form that shares its memory.
#[cfg(feature = "arrow")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayForm {
    /// A list of lists.
    List,
    /// Memory that is written once.
    Block(Form),
}

#[cfg(feature = "arrow")]
impl Forms for ArrayForm {
    const OFFERED: &'static [(&'static str, Self)] = &[
        ("list", Self::List),
        ("numpy", Self::Block(Form::Numpy)),
        ("arrow", Self::Block(Form::Arrow)),
        ("torch", Self::Block(Form::Torch)),
    ];
}
