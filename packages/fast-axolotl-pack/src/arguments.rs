//! Arguments whose default is a value. They are no `Option`: `None` must not pass for the default.

use fast_axolotl_boundary::arguments::{flag, integer, text, type_name};
use fast_axolotl_boundary::errors::{type_error, value_error};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::gathering::Mask;

/// Makes an argument of the name of one of a few things.
macro_rules! named_argument {
    ($(#[$doc:meta])* $name:ident($inner:ty), $argument:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name(pub $inner);

        impl<'py> FromPyObject<'_, 'py> for $name {
            type Error = PyErr;

            fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
                let name = value.extract::<&str>().map_err(|_| {
                    let found = type_name(&value);
                    type_error(format!(concat!($argument, " must be a str, got {}"), found))
                })?;
                name.parse().map(Self).map_err(value_error)
            }
        }
    };
}

named_argument!(
    /// What becomes of sequences longer than a row.
    Overflow(fast_axolotl_pack::Overflow),
    "overflow"
);
named_argument!(
    /// What becomes of sequences longer than a bin.
    TooLong(fast_axolotl_pack::TooLong),
    "overflow"
);
named_argument!(
    /// Which bin a sequence goes into.
    StrategyName(fast_axolotl_pack::Strategy),
    "strategy"
);

/// A seed: an integer of 64 bits without a sign.
pub fn seed_of(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    value.extract::<u64>().map_err(|error| {
        if error.is_instance_of::<PyTypeError>(value.py()) {
            type_error(format!("seed must be an integer or None, got {}", type_name(value)))
        } else {
            value_error(format!("seed must be from 0 up to 2**64 - 1, got {value}"))
        }
    })
}

/// What the labels have instead of padding.
#[derive(Clone, Copy)]
pub struct LabelPad(pub i64);

impl Default for LabelPad {
    fn default() -> Self {
        Self(-100)
    }
}

impl<'py> FromPyObject<'_, 'py> for LabelPad {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        integer("label_pad_id", &value).map(Self)
    }
}

/// Makes an argument that is `True` or `False`.
macro_rules! switch {
    ($name:ident, $argument:literal) => {
        #[doc = concat!("The `", $argument, "` argument.")]
        #[derive(Clone, Copy)]
        pub struct $name(pub bool);

        impl<'py> FromPyObject<'_, 'py> for $name {
            type Error = PyErr;

            fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
                flag($argument, &value).map(Self)
            }
        }
    };
}

switch!(PositionIds, "position_ids");
switch!(CuSeqlens, "cu_seqlens");
switch!(Flatten, "flatten");

/// An `attention_mask` argument; `None` is no mask.
#[derive(Clone, Copy)]
pub struct MaskName(pub Option<Mask>);

impl Default for MaskName {
    fn default() -> Self {
        Self(Some(Mask::Binary))
    }
}

impl<'py> FromPyObject<'_, 'py> for MaskName {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if value.is_none() {
            return Ok(Self(None));
        }
        match text("attention_mask", &value)? {
            "binary" => Ok(Self(Some(Mask::Binary))),
            "sequence_ids" => Ok(Self(Some(Mask::SequenceIds))),
            other => Err(value_error(format!(
                "attention_mask must be 'binary', 'sequence_ids' or None, got '{other}'"
            ))),
        }
    }
}
