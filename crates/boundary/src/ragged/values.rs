//! Integers of one type, side by side in memory.

use std::ops::Range;

use arrow_buffer::{ArrowNativeType, Buffer, ScalarBuffer};

/// Integers of one type, read where their owner has them.
pub enum Values {
    I8(ScalarBuffer<i8>),
    I16(ScalarBuffer<i16>),
    I32(ScalarBuffer<i32>),
    I64(ScalarBuffer<i64>),
    U8(ScalarBuffer<u8>),
    U16(ScalarBuffer<u16>),
    U32(ScalarBuffer<u32>),
    U64(ScalarBuffer<u64>),
    /// No values at all, of whatever type they would have been.
    None,
}

/// The place, in the range that was asked for, of a value that int64 does not hold.
#[derive(Clone, Copy, Debug)]
pub struct Beyond {
    pub at: usize,
    pub value: u64,
}

impl Values {
    /// The values of the integer type that numpy calls by this letter and size.
    ///
    /// `None` for another type. The buffer must be aligned for the type.
    pub fn of(kind: char, size: usize, buffer: Buffer) -> Option<Self> {
        Some(match (kind, size) {
            ('i', 1) => Self::I8(buffer.into()),
            ('i', 2) => Self::I16(buffer.into()),
            ('i', 4) => Self::I32(buffer.into()),
            ('i', 8) => Self::I64(buffer.into()),
            ('u', 1) => Self::U8(buffer.into()),
            ('u', 2) => Self::U16(buffer.into()),
            ('u', 4) => Self::U32(buffer.into()),
            ('u', 8) => Self::U64(buffer.into()),
            _ => return None,
        })
    }

    pub fn len(&self) -> usize {
        match self {
            Self::I8(values) => values.len(),
            Self::I16(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::U8(values) => values.len(),
            Self::U16(values) => values.len(),
            Self::U32(values) => values.len(),
            Self::U64(values) => values.len(),
            Self::None => 0,
        }
    }

    /// Writes the values of a range, which lies within them, to as many places.
    ///
    /// Fails at a value that int64 does not hold; what was written before the error means nothing.
    pub fn widen(&self, range: Range<usize>, out: &mut [i64]) -> Result<(), Beyond> {
        match self {
            Self::I8(values) => copy(&values[range], out),
            Self::I16(values) => copy(&values[range], out),
            Self::I32(values) => copy(&values[range], out),
            Self::I64(values) => out.copy_from_slice(&values[range]),
            Self::U8(values) => copy(&values[range], out),
            Self::U16(values) => copy(&values[range], out),
            Self::U32(values) => copy(&values[range], out),
            Self::U64(values) => {
                check(&values[range.clone()])?;
                for (place, &value) in out.iter_mut().zip(&values[range]) {
                    *place = value.cast_signed();
                }
            }
            Self::None => {}
        }
        Ok(())
    }

    /// Fails at the first value of a range, which lies within them, that int64 does not hold.
    pub fn check(&self, range: Range<usize>) -> Result<(), Beyond> {
        match self {
            Self::U64(values) => check(&values[range]),
            _ => Ok(()),
        }
    }
}

fn copy<T: ArrowNativeType + Into<i64>>(values: &[T], out: &mut [i64]) {
    for (place, &value) in out.iter_mut().zip(values) {
        *place = value.into();
    }
}

fn check(values: &[u64]) -> Result<(), Beyond> {
    // All of them together first, which needs no branch for each.
    if values.iter().fold(0, |bits, value| bits | value) <= i64::MAX.unsigned_abs() {
        return Ok(());
    }
    let beyond = values.iter().position(|&value| i64::try_from(value).is_err());
    beyond.map_or(Ok(()), |at| Err(Beyond { at, value: values[at] }))
}
