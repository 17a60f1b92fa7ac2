//! Columns being filled.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, LargeStringBuilder, UInt64Builder,
};

use crate::csv::infer::{ColumnType, is_exact, is_missing, parse_bool, parse_float, parse_int};

/// The values of one column so far.
pub(super) enum Column {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Unsigned(UInt64Builder),
    Float(Float64Builder),
    Text(LargeStringBuilder),
}

impl Column {
    pub(super) fn new(kind: ColumnType) -> Self {
        match kind {
            ColumnType::Bool => Self::Bool(BooleanBuilder::new()),
            ColumnType::Int => Self::Int(Int64Builder::new()),
            ColumnType::Unsigned => Self::Unsigned(UInt64Builder::new()),
            ColumnType::Float => Self::Float(Float64Builder::new()),
            ColumnType::Text => Self::Text(LargeStringBuilder::new()),
        }
    }

    /// What the column holds, if `field` is something else.
    pub(super) fn misfit(&self, field: &[u8]) -> Option<ColumnType> {
        let (kind, fits) = match self {
            Self::Bool(_) => (ColumnType::Bool, parse_bool(field).is_some()),
            Self::Int(_) => (ColumnType::Int, parse_int::<i64>(field).is_some()),
            Self::Unsigned(_) => (ColumnType::Unsigned, parse_int::<u64>(field).is_some()),
            Self::Float(_) => (ColumnType::Float, parse_float(field).is_some() && is_exact(field)),
            Self::Text(_) => return None,
        };
        (!fits && !is_missing(field)).then_some(kind)
    }

    /// Adds a field that fits; a missing value is null.
    pub(super) fn push(&mut self, field: &[u8]) {
        match self {
            Self::Bool(builder) => builder.append_option(parse_bool(field)),
            Self::Int(builder) => builder.append_option(parse_int(field)),
            Self::Unsigned(builder) => builder.append_option(parse_int(field)),
            Self::Float(builder) => builder.append_option(parse_float(field)),
            Self::Text(builder) if is_missing(field) => builder.append_null(),
            Self::Text(builder) => builder.append_option(std::str::from_utf8(field).ok()),
        }
    }

    pub(super) fn finish(self) -> ArrayRef {
        match self {
            Self::Bool(mut builder) => Arc::new(builder.finish()),
            Self::Int(mut builder) => Arc::new(builder.finish()),
            Self::Unsigned(mut builder) => Arc::new(builder.finish()),
            Self::Float(mut builder) => Arc::new(builder.finish()),
            Self::Text(mut builder) => Arc::new(builder.finish()),
        }
    }
}
