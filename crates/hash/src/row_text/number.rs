//! Python's `repr` of floats.

use std::io::Write as _;

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
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = digit;
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
    use super::*;

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
