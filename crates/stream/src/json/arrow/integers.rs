//! Integers, until it is known what type holds them all.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, UInt64Array};
use arrow_buffer::NullBuffer;

use crate::json::arrow::{Outcome, Walk};

/// Integers that are all in `i64` or all in `u64`, or become floats.
#[derive(Default)]
pub(super) struct Integers {
    narrow: Vec<i64>,
    /// All of the values, once one is beyond `i64`.
    wide: Vec<i128>,
    /// The first records with values that only some of the types hold.
    negative: Option<usize>,
    beyond_i64: Option<usize>,
    not_a_float: Option<usize>,
}

impl Integers {
    pub(super) fn with_nulls(count: usize) -> Self {
        Self { narrow: vec![0; count], ..Self::default() }
    }

    pub(super) fn push_null(&mut self) {
        match self.beyond_i64 {
            None => self.narrow.push(0),
            Some(_) => self.wide.push(0),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, value: i64, walk: &Walk<'_>) {
        if value < 0 && self.negative.is_none() {
            self.negative = Some(walk.record);
        }
        if self.not_a_float.is_none() && float(value.into()).is_none() {
            self.not_a_float = Some(walk.record);
        }
        match self.beyond_i64 {
            None => self.narrow.push(value),
            Some(_) => self.wide.push(value.into()),
        }
    }

    /// Adds an integer beyond `i64`, given by its digits.
    pub(super) fn push_digits(&mut self, digits: &str, walk: &Walk<'_>) -> Outcome<()> {
        let value = i128::from(unsigned(digits, walk)?);
        if self.not_a_float.is_none() && float(value).is_none() {
            self.not_a_float = Some(walk.record);
        }
        if self.beyond_i64.is_none() {
            self.beyond_i64 = Some(walk.record);
            self.wide = std::mem::take(&mut self.narrow).into_iter().map(i128::from).collect();
        }
        self.wide.push(value);
        Ok(())
    }

    /// The same numbers as floats, because of one in the record that is walked.
    pub(super) fn to_floats(&self, walk: &Walk<'_>) -> Outcome<Vec<f64>> {
        if let Some(record) = self.not_a_float {
            return walk.fault(format!(
                "holds a number with a fraction or exponent, and in row {} an integer that no \
                 float64 equals",
                walk.row(record)
            ));
        }
        Ok(match self.beyond_i64 {
            None => self.narrow.iter().map(|&value| value as f64).collect(),
            Some(_) => self.wide.iter().map(|&value| value as f64).collect(),
        })
    }

    pub(super) fn finish(
        self,
        nulls: Option<NullBuffer>,
        walk: &mut Walk<'_>,
    ) -> Outcome<ArrayRef> {
        match (self.beyond_i64, self.negative) {
            (None, _) => Ok(Arc::new(Int64Array::new(self.narrow.into(), nulls))),
            (Some(_), None) => {
                // None is negative, and none was taken that is beyond `u64`.
                let values = self.wide.into_iter().map(|value| value as u64).collect();
                Ok(Arc::new(UInt64Array::new(values, nulls)))
            }
            (Some(beyond), Some(negative)) => {
                walk.record = beyond;
                walk.fault(format!(
                    "holds an integer above those of int64, and in row {} a negative one, which \
                     uint64 does not have",
                    walk.row(negative)
                ))
            }
        }
    }
}

/// An integer beyond `i64` that `u64` holds.
fn unsigned(digits: &str, walk: &Walk<'_>) -> Outcome<u64> {
    digits.parse().or_else(|_| {
        let shown = if digits.len() > 30 { format!("{}...", &digits[..30]) } else { digits.into() };
        walk.fault(format!("holds the integer {shown}, which neither int64 nor uint64 does"))
    })
}

/// The float that equals an integer.
#[inline]
fn float(value: i128) -> Option<f64> {
    const EXACT: i128 = 1 << 53;
    let float = value as f64;
    ((-EXACT..=EXACT).contains(&value) || float as i128 == value).then_some(float)
}

/// An integer in a column of floats.
pub(super) fn as_float(value: i64, walk: &Walk<'_>) -> Outcome<f64> {
    exactly(value.into(), walk)
}

/// An integer beyond `i64` in a column of floats.
pub(super) fn digits_as_float(digits: &str, walk: &Walk<'_>) -> Outcome<f64> {
    exactly(unsigned(digits, walk)?.into(), walk)
}

fn exactly(value: i128, walk: &Walk<'_>) -> Outcome<f64> {
    float(value).map_or_else(
        || {
            walk.fault(format!(
                "holds the integer {value}, which no float64 equals, among numbers with a \
                 fraction or exponent"
            ))
        },
        Ok,
    )
}

/// Floats.
pub(super) fn floats(values: Vec<f64>, nulls: Option<NullBuffer>) -> ArrayRef {
    Arc::new(Float64Array::new(values.into(), nulls))
}
