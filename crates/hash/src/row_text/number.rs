//! Python's `repr` of integers, floats and decimals.

use std::io::Write as _;
use std::sync::LazyLock;

use arrow_buffer::{ArrowNativeType, ScalarBuffer};

use super::column::Values;
use super::uncovered::Uncovered;

/// The integers from `LOWEST` on whose text stands in a table: the tokens of any vocabulary, masks,
/// positions, and the -100 of labels. A power of two, so that one test of the bits of many integers
/// shows whether all are in it.
const IN_TABLE: usize = 1 << 18;
const LOWEST: i64 = -128;

/// The integers of a list whose texts are written at once: as many as the compiler unrolls.
const RUN: usize = 8;

/// The text of an integer with ", " behind it, of 3 to 8 bytes, the first being the lowest.
///
/// Where the text leaves the highest byte free, that holds its length times four. Otherwise it is
/// the closing space, which is 32: four times eight. So the length is always to be had by a shift.
#[derive(Clone, Copy)]
struct Entry(u64);

impl Entry {
    const BYTES: usize = 8;

    /// The text of `value`, which has at most six characters.
    fn new(value: i64) -> Self {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(value).as_bytes();
        let mut bytes = [0; Self::BYTES];
        bytes[7] = (digits.len() as u8 + 2) << 2;
        bytes[..digits.len()].copy_from_slice(digits);
        bytes[digits.len()..][..2].copy_from_slice(b", ");
        Self(u64::from_le_bytes(bytes))
    }

    /// How many bytes the text has; never more than `BYTES`.
    #[inline]
    fn len(self) -> usize {
        (self.0 >> 58) as usize
    }

    #[inline]
    fn bytes(self) -> [u8; Self::BYTES] {
        self.0.to_le_bytes()
    }
}

static TABLE: LazyLock<Box<[Entry]>> =
    LazyLock::new(|| (LOWEST..).take(IN_TABLE).map(Entry::new).collect());

/// An integer of Arrow.
pub(super) trait Integer: ArrowNativeType + itoa::Integer {
    /// Where the integer is in the table; at or above `IN_TABLE` if it is not.
    fn table_index(self) -> u64;
}

macro_rules! integer {
    ($($type:ty),*) => {
        $(impl Integer for $type {
            #[inline]
            fn table_index(self) -> u64 {
                i64::from(self).wrapping_sub(LOWEST) as u64
            }
        })*
    };
}

integer!(i8, i16, i32, i64, u8, u16, u32);

impl Integer for u64 {
    #[inline]
    fn table_index(self) -> u64 {
        // What wraps around keeps its highest bit, and with it out of the table.
        self.wrapping_sub(LOWEST as u64) | (self & 1 << 63)
    }
}

/// A column of integers.
pub(super) struct Integers<T: Integer> {
    values: ScalarBuffer<T>,
    table: &'static [Entry],
}

impl<T: Integer> Integers<T> {
    pub(super) fn new(values: ScalarBuffer<T>) -> Self {
        Self { values, table: &TABLE }
    }

    /// Appends an integer and ", ".
    fn write_one(&self, value: T, out: &mut Vec<u8>) {
        match usize::try_from(value.table_index()).ok().and_then(|index| self.table.get(index)) {
            Some(entry) => {
                // Copying all eight bytes takes no call; what is too much goes again.
                let end = out.len() + entry.len();
                out.extend_from_slice(&entry.bytes());
                out.truncate(end);
            }
            None => {
                out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
                out.extend_from_slice(b", ");
            }
        }
    }

    /// Appends integers that are all in the table, each with ", " behind it.
    #[inline]
    fn write_run(&self, run: &[T; RUN], out: &mut Vec<u8>) {
        out.reserve(RUN * Entry::BYTES);
        let start = out.len();
        let mut len = start;
        for value in run {
            let entry = self.table[value.table_index() as usize];
            // SAFETY: of the RUN * BYTES bytes reserved behind `start`, each integer so far took at
            // most BYTES, so that as many are left for this one.
            unsafe { out.as_mut_ptr().add(len).cast::<[u8; Entry::BYTES]>().write(entry.bytes()) };
            len += entry.len();
        }
        // SAFETY: up to `len` all bytes were written, and by the above it is within the capacity.
        unsafe { out.set_len(len) };
    }
}

impl<T: Integer> Values for Integers<T> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        self.write_one(self.values[index], out);
        out.truncate(out.len() - 2);
        Ok(())
    }

    fn write_range(&self, start: usize, end: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let values = &self.values[start..end];
        let (runs, rest) = values.as_chunks::<RUN>();
        for run in runs {
            let bits = run.iter().fold(0, |bits, value| bits | value.table_index());
            if bits < IN_TABLE as u64 {
                self.write_run(run, out);
            } else {
                run.iter().for_each(|&value| self.write_one(value, out));
            }
        }
        rest.iter().for_each(|&value| self.write_one(value, out));
        if !values.is_empty() {
            out.truncate(out.len() - 2);
        }
        Ok(())
    }
}

/// Appends `repr` of the `decimal.Decimal` that is `unscaled`, the digits of an integer, divided by
/// ten to the power of `scale`.
///
/// Python writes an exponent where the scale is negative or more than five zeros would follow the
/// point: see `to-scientific-string` of the General Decimal Arithmetic Specification.
pub(super) fn write_decimal(unscaled: &str, scale: i8, out: &mut Vec<u8>) {
    out.extend_from_slice(b"Decimal('");
    let digits = unscaled.strip_prefix('-').unwrap_or(unscaled);
    if digits.len() < unscaled.len() {
        out.push(b'-');
    }
    // Where the point goes, counted from the first digit.
    let point = digits.len() as isize - isize::from(scale);
    let plain = scale >= 0 && point > -6;
    let (whole, fraction) = match usize::try_from(point) {
        _ if !plain => digits.split_at(1),
        Ok(point) => digits.split_at(point.min(digits.len())),
        Err(_) => ("", digits),
    };
    out.extend_from_slice(if whole.is_empty() { b"0" } else { whole.as_bytes() });
    if !fraction.is_empty() {
        out.push(b'.');
        if plain && point < 0 {
            out.resize(out.len() + point.unsigned_abs(), b'0');
        }
        out.extend_from_slice(fraction.as_bytes());
    }
    if !plain && point != 1 {
        write(out, format_args!("E{:+}", point - 1));
    }
    out.extend_from_slice(b"')");
}

/// Appends `repr(value)`.
///
/// Both print the shortest digits that read back as the same float and, of these, the closest; a
/// tie goes to the even digit. (The formatting of the standard library rounds a tie up.) What
/// remains is where the point goes: Python writes an exponent below 1e-4 and from 1e16 up.
pub(super) fn write_float(value: f64, out: &mut Vec<u8>) {
    if value.is_nan() {
        out.extend_from_slice(b"nan");
        return;
    }
    if value.is_sign_negative() {
        out.push(b'-');
    }
    if value.is_infinite() {
        out.extend_from_slice(b"inf");
        return;
    }
    let mut buffer = zmij::Buffer::new();
    let (digits, point) = decimal(buffer.format_finite(value.abs()));
    let digits = digits.as_slice();
    match usize::try_from(point) {
        Ok(whole) if (1..=16).contains(&whole) && digits.len() > whole => {
            out.extend_from_slice(&digits[..whole]);
            out.push(b'.');
            out.extend_from_slice(&digits[whole..]);
        }
        Ok(whole) if (1..=16).contains(&whole) => {
            out.extend_from_slice(digits);
            out.resize(out.len() + whole - digits.len(), b'0');
            out.extend_from_slice(b".0");
        }
        _ if (-3..=0).contains(&point) => {
            out.extend_from_slice(b"0.");
            out.resize(out.len() + point.unsigned_abs(), b'0');
            out.extend_from_slice(digits);
        }
        _ => {
            out.push(digits[0]);
            if digits.len() > 1 {
                out.push(b'.');
                out.extend_from_slice(&digits[1..]);
            }
            let exponent = point - 1;
            let sign = if exponent < 0 { '-' } else { '+' };
            write(out, format_args!("e{sign}{:02}", exponent.unsigned_abs()));
        }
    }
}

/// The digits of a finite positive number without zeros at either end (one zero for 0), and where
/// the point stands: the number is 0.DIGITS times ten to the power of `point`.
fn decimal(text: &str) -> (Digits, isize) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = Digits::default();
    let mut point = 0;
    for (index, digit) in whole.bytes().chain(fraction.bytes()).enumerate() {
        if digits.len == 0 && digit == b'0' {
            continue;
        }
        if digits.len == 0 {
            point = whole.len() as isize - index as isize;
        }
        digits.push(digit);
    }
    digits.trim();
    if digits.len == 0 {
        digits.push(b'0');
        return (digits, 1);
    }
    // An exponent that a formatter of floats wrote is a small number.
    (digits, point + exponent.parse::<isize>().unwrap_or_default())
}

/// The digits of a float, of which there are at most 17; formatters may put zeros behind them.
#[derive(Default)]
struct Digits {
    bytes: [u8; 32],
    len: usize,
}

impl Digits {
    fn push(&mut self, digit: u8) {
        if let Some(next) = self.bytes.get_mut(self.len) {
            *next = digit;
            self.len += 1;
        }
    }

    fn trim(&mut self) {
        while self.len > 0 && self.bytes[self.len - 1] == b'0' {
            self.len -= 1;
        }
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Formats into a vector, which cannot fail.
pub(super) fn write(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check<T: Integer + std::fmt::Display>(values: &[T]) {
        let column = Integers::new(ScalarBuffer::from(values.to_vec()));
        let texts: Vec<String> = values.iter().map(T::to_string).collect();
        let mut out = b"before".to_vec();
        column.write_range(0, values.len(), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), format!("before{}", texts.join(", ")));
        for (index, text) in texts.iter().enumerate() {
            let mut out = Vec::new();
            column.write(index, &mut out).unwrap();
            assert_eq!(out, text.as_bytes());
        }
    }

    #[test]
    fn integers_in_the_table_and_around_it() {
        check(&(-300..IN_TABLE as i64 + 300).collect::<Vec<_>>());
        check(&(i8::MIN..=i8::MAX).collect::<Vec<_>>());
        check(&(u8::MIN..=u8::MAX).collect::<Vec<_>>());
        check(&(u64::MAX - 300..=u64::MAX).collect::<Vec<_>>());
        check(&(i64::MAX - 300..=i64::MAX).collect::<Vec<_>>());
        check(&(i64::MIN..=i64::MIN + 300).collect::<Vec<_>>());
        check(&(0..64).flat_map(|bit| [1u64 << bit, (1 << bit) - 1]).collect::<Vec<_>>());
        check(&(0..63).flat_map(|bit| [1i64 << bit, -1 << bit]).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn integers(
            long: Vec<i64>,
            short in proptest::collection::vec(-200i32..300_000, 0..100),
            unsigned: Vec<u64>,
        ) {
            check(&long);
            check(&short);
            check(&unsigned);
        }
    }

    #[test]
    fn decimals_as_python_prints_them() {
        for (unscaled, scale, expected) in [
            ("0", 0, "0"),
            ("0", 2, "0.00"),
            ("0", 10, "0E-10"),
            ("0", -3, "0E+3"),
            ("120", 2, "1.20"),
            ("-1234567", 2, "-12345.67"),
            ("-7", 0, "-7"),
            ("1", 6, "0.000001"),
            ("1", 7, "1E-7"),
            ("12", 7, "0.0000012"),
            ("12", 8, "1.2E-7"),
            ("123", -3, "1.23E+5"),
            ("-1", -3, "-1E+3"),
        ] {
            let mut out = Vec::new();
            write_decimal(unscaled, scale, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("Decimal('{expected}')"));
        }
    }

    #[test]
    fn as_python_prints_them() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e15, "1000000000000000.0"),
            (2f64.powi(-25), "2.9802322387695312e-08"),
            (123e5, "12300000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.000_099_9, "9.99e-05"),
            (1e-5, "1e-05"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (-f64::NAN, "nan"),
        ] {
            let mut out = Vec::new();
            write_float(value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
