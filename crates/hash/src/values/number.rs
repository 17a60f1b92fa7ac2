//! Numbers, each at the least width that holds it.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use arrow_buffer::i256;

use super::column::{Column, write_count};
use super::error::ValuesError;
use crate::algorithm::RowSink;

const NUMBER: u8 = 0x10;
const NUMBERS: u8 = 0x20;
const LIST_OF_NONE: [u8; 2] = [0x30, 0];
const DECIMAL: u8 = 0x80;

/// How numbers are written; the discriminants are part of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Int8 = 0,
    Int16 = 1,
    Int32 = 2,
    Int64 = 3,
    UInt64 = 4,
    Float32 = 5,
    Float64 = 6,
}

/// Arrow's numbers.
pub(super) trait Number: ArrowPrimitiveType {
    /// The first width that holds all of `values`, of which there is at least one.
    fn width(values: &[Self::Native]) -> Width;

    /// Appends `values` at that width.
    fn write(values: &[Self::Native], width: Width, out: &mut Vec<u8>);
}

/// Appends what `bytes` makes of each value.
fn extend<T: Copy, const N: usize>(out: &mut Vec<u8>, values: &[T], bytes: impl Fn(T) -> [u8; N]) {
    let start = out.len();
    out.resize(start + N * values.len(), 0);
    for (place, value) in out[start..].as_chunks_mut::<N>().0.iter_mut().zip(values) {
        *place = bytes(*value);
    }
}

const fn width_of_signed(least: i64, most: i64) -> Width {
    if least >= i8::MIN as i64 && most <= i8::MAX as i64 {
        Width::Int8
    } else if least >= i16::MIN as i64 && most <= i16::MAX as i64 {
        Width::Int16
    } else if least >= i32::MIN as i64 && most <= i32::MAX as i64 {
        Width::Int32
    } else {
        Width::Int64
    }
}

macro_rules! integers {
    ($($arrow:ty),*) => {$(
        impl Number for $arrow {
            fn width(values: &[Self::Native]) -> Width {
                // Branch-free, so that the compiler makes vector instructions of it.
                let least = values.iter().fold(values[0], |least, &value| least.min(value));
                let most = values.iter().fold(values[0], |most, &value| most.max(value));
                match (i64::try_from(least), i64::try_from(most)) {
                    (Ok(least), Ok(most)) => width_of_signed(least, most),
                    _ => Width::UInt64,
                }
            }

            fn write(values: &[Self::Native], width: Width, out: &mut Vec<u8>) {
                // The width holds every value, so no bit that counts is cut off; eight bytes of an
                // unsigned integer are the same as those of a signed one that holds it.
                match width {
                    Width::Int8 => extend(out, values, |value| (value as i8).to_le_bytes()),
                    Width::Int16 => extend(out, values, |value| (value as i16).to_le_bytes()),
                    Width::Int32 => extend(out, values, |value| (value as i32).to_le_bytes()),
                    _ => extend(out, values, |value| (value as i64).to_le_bytes()),
                }
            }
        }
    )*};
}

integers!(Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type);

const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

/// The width of floats: that of integers where all of them are.
fn width_of_floats(values: impl Iterator<Item = f64> + Clone) -> Width {
    if values.clone().all(|value| value == value.trunc() && value.abs() <= 2.0 * TWO_TO_63) {
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.clone().fold(f64::NEG_INFINITY, f64::max);
        if least >= -TWO_TO_63 && most < TWO_TO_63 {
            return width_of_signed(least as i64, most as i64);
        }
        if least >= 0.0 && most < 2.0 * TWO_TO_63 {
            return Width::UInt64;
        }
    }
    if values.clone().all(|value| f64::from(value as f32) == value || value.is_nan()) {
        Width::Float32
    } else {
        Width::Float64
    }
}

fn write_floats(values: &[f64], width: Width, out: &mut Vec<u8>) {
    match width {
        Width::Int8 => extend(out, values, |value| (value as i8).to_le_bytes()),
        Width::Int16 => extend(out, values, |value| (value as i16).to_le_bytes()),
        Width::Int32 => extend(out, values, |value| (value as i32).to_le_bytes()),
        Width::Int64 => extend(out, values, |value| (value as i64).to_le_bytes()),
        Width::UInt64 => extend(out, values, |value| (value as u64).to_le_bytes()),
        Width::Float32 => extend(out, values, |value| bits_of_f32(value).to_le_bytes()),
        Width::Float64 => extend(out, values, |value| bits_of_f64(value).to_le_bytes()),
    }
}

/// The bits of a float that 32 bits hold: there is one NaN, and one zero.
fn bits_of_f32(value: f64) -> u32 {
    if value.is_nan() { 0x7fc0_0000 } else { (value as f32 + 0.0).to_bits() }
}

/// The same for 64 bits.
fn bits_of_f64(value: f64) -> u64 {
    if value.is_nan() { 0x7ff8_0000_0000_0000 } else { (value + 0.0).to_bits() }
}

macro_rules! floats {
    ($($arrow:ty),*) => {$(
        impl Number for $arrow {
            fn width(values: &[Self::Native]) -> Width {
                width_of_floats(values.iter().map(|&value| f64::from(value)))
            }

            fn write(values: &[Self::Native], width: Width, out: &mut Vec<u8>) {
                // Widened a few at a time, on the stack.
                for some in values.chunks(64) {
                    let mut wide = [0.0; 64];
                    for (wide, &value) in wide.iter_mut().zip(some) {
                        *wide = f64::from(value);
                    }
                    write_floats(&wide[..some.len()], width, out);
                }
            }
        }
    )*};
}

floats!(Float16Type, Float32Type, Float64Type);

struct Numbers<T: ArrowPrimitiveType>(PrimitiveArray<T>);

pub(super) fn of<T: Number>(array: &ArrayRef) -> Box<dyn Column> {
    Box::new(Numbers(array.as_primitive::<T>().clone()))
}

impl<T: Number> Column for Numbers<T> {
    fn is_null(&self, index: usize) -> bool {
        self.0.is_null(index)
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        let value = &self.0.values()[index..=index];
        let width = T::width(value);
        out.push(NUMBER | width as u8);
        T::write(value, width, out.buffer());
        Ok(())
    }

    fn write_list(&self, range: Range<usize>, out: &mut RowSink) -> Result<(), ValuesError> {
        if range.is_empty() {
            out.buffer().extend_from_slice(&LIST_OF_NONE);
            return Ok(());
        }
        let nulls = self.0.nulls().filter(|nulls| nulls.null_count() > 0);
        if nulls.is_some_and(|nulls| range.clone().any(|index| nulls.is_null(index))) {
            out.push(LIST_OF_NONE[0]);
            write_count(range.len(), out.buffer());
            return range.into_iter().try_for_each(|index| self.write(index, out));
        }
        let values = &self.0.values()[range];
        let width = T::width(values);
        out.push(NUMBERS | width as u8);
        write_count(values.len(), out.buffer());
        T::write(values, width, out.buffer());
        Ok(())
    }
}

struct Decimals<T: ArrowPrimitiveType> {
    array: PrimitiveArray<T>,
    scale: i8,
}

pub(super) fn of_decimals<T: DecimalType<Native: Into<i256>>>(
    array: &ArrayRef,
    scale: i8,
) -> Box<dyn Column> {
    Box::new(Decimals { array: array.as_primitive::<T>().clone(), scale })
}

impl<T: DecimalType<Native: Into<i256>>> Column for Decimals<T> {
    fn is_null(&self, index: usize) -> bool {
        self.array.is_null(index)
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        let [scale] = self.scale.to_le_bytes();
        out.buffer().extend_from_slice(&[DECIMAL, scale]);
        out.buffer().extend_from_slice(&self.array.value(index).into().to_le_bytes());
        Ok(())
    }
}
