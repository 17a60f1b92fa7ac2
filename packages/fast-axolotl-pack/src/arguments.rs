//! Arguments that only this piece takes.

use std::collections::HashMap;

use fast_axolotl_boundary::arguments::{count, flag, integer, named, text, type_name};
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_pack::{Overflow, Strategy, TooLong};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyMapping;

use crate::gathering::Mask;

/// An `overflow` argument: what becomes of sequences longer than a row.
pub fn overflow(value: &Bound<'_, PyAny>) -> PyResult<Overflow> {
    named("overflow", value)
}

/// An `overflow` argument: what becomes of sequences longer than a bin.
pub fn too_long(value: &Bound<'_, PyAny>) -> PyResult<TooLong> {
    named("overflow", value)
}

/// The `strategy` argument: which bin a sequence goes into.
pub fn strategy(value: &Bound<'_, PyAny>) -> PyResult<Strategy> {
    named("strategy", value)
}

/// The `seed` argument: an integer of 64 bits without a sign.
pub fn seed(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    value.extract::<u64>().map_err(|error| {
        if error.is_instance_of::<PyTypeError>(value.py()) {
            type_error(format!("seed must be an integer or None, got {}", type_name(value)))
        } else {
            value_error(format!("seed must be from 0 up to 2**64 - 1, got {value}"))
        }
    })
}

/// The `capacity` argument.
pub fn capacity(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    count("capacity", value, 1)
}

/// The `batch_size` argument.
pub fn batch_size(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    count("batch_size", value, 1)
}

/// The `pad_token_id` argument.
pub fn pad_token_id(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    integer("pad_token_id", value)
}

/// The `eos_token_id` argument.
pub fn eos_token_id(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    integer("eos_token_id", value)
}

/// The `label_pad_id` argument: what the labels have instead of padding.
pub fn label_pad_id(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    integer("label_pad_id", value)
}

/// The `position_ids` argument.
pub fn position_ids(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    flag("position_ids", value)
}

/// The `cu_seqlens` argument.
pub fn cu_seqlens(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    flag("cu_seqlens", value)
}

/// The `flatten` argument.
pub fn flatten(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    flag("flatten", value)
}

/// The `attention_mask` argument; `None` is no mask.
pub fn attention_mask(value: &Bound<'_, PyAny>) -> PyResult<Option<Mask>> {
    if value.is_none() {
        return Ok(None);
    }
    match text("attention_mask", value)? {
        "binary" => Ok(Some(Mask::Binary)),
        "sequence_ids" => Ok(Some(Mask::SequenceIds)),
        other => Err(value_error(format!(
            "attention_mask must be 'binary', 'sequence_ids' or None, got '{other}'"
        ))),
    }
}

/// The `padding` argument: what fills rows up, by column.
pub fn padding(value: &Bound<'_, PyAny>) -> PyResult<HashMap<String, i64>> {
    let mapping = value.cast::<PyMapping>().map_err(|_| {
        type_error(format!("padding must be a dict by column, got {}", type_name(value)))
    })?;
    let mut by_column = HashMap::new();
    for item in mapping.items()?.iter() {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        let name = text("a column of padding", &name)?.to_owned();
        let value = integer(&format!("padding[{name:?}]"), &value)?;
        by_column.insert(name, value);
    }
    Ok(by_column)
}
