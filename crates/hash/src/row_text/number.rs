//! Python's `repr` of floats.

use std::io::Write as _;

/// Appends `repr(value)`.
///
/// Both Python and Rust print the shortest digits that read back as the same float; they differ in
/// where the point goes. Python writes an exponent below 1e-4 and from 1e16 up.
pub(super) fn write_float(value: f64, out: &mut Vec<u8>) {
    if value.is_nan() {
        out.extend_from_slice(b"nan");
        return;
    }
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let value = value.abs();
    if value.is_infinite() {
        out.extend_from_slice(b"inf");
    } else if value == 0.0 || (1e-4..1e16).contains(&value) {
        // `{:?}` would add the fraction but switches to exponents at other bounds.
        let start = out.len();
        write(out, format_args!("{value}"));
        if !out[start..].contains(&b'.') {
            out.extend_from_slice(b".0");
        }
    } else {
        let start = out.len();
        write(out, format_args!("{value:e}"));
        sign_and_widen_exponent(start, out);
    }
}

/// Turns `e5` into `e+05` and `e-5` into `e-05`: Python writes a sign and at least two digits.
fn sign_and_widen_exponent(start: usize, out: &mut Vec<u8>) {
    let Some(e) = out[start..].iter().position(|&byte| byte == b'e').map(|at| start + at) else {
        return;
    };
    if out.get(e + 1) != Some(&b'-') {
        out.insert(e + 1, b'+');
    }
    if out.len() - (e + 2) < 2 {
        out.insert(e + 2, b'0');
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
