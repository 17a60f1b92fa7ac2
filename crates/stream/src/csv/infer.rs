//! The type of a column, from its first values.

use arrow_schema::DataType;

/// The texts that pandas takes for a missing value.
const MISSING: [&[u8]; 19] = [
    b"",
    b"#N/A",
    b"#N/A N/A",
    b"#NA",
    b"-1.#IND",
    b"-1.#QNAN",
    b"-NaN",
    b"-nan",
    b"1.#IND",
    b"1.#QNAN",
    b"<NA>",
    b"N/A",
    b"NA",
    b"NULL",
    b"NaN",
    b"None",
    b"n/a",
    b"nan",
    b"null",
];

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnType {
    Bool,
    Int,
    Unsigned,
    Float,
    Text,
}

impl ColumnType {
    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Unsigned => DataType::UInt64,
            Self::Float => DataType::Float64,
            Self::Text => DataType::LargeUtf8,
        }
    }

    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Bool => "True and False",
            Self::Int | Self::Unsigned => "integers",
            Self::Float => "numbers",
            Self::Text => "text",
        }
    }
}

/// What the values so far allow.
#[derive(Clone, Debug)]
pub(super) struct Inference {
    seen: bool,
    has_missing: bool,
    bool: bool,
    int: bool,
    unsigned: bool,
    float: bool,
    /// Whether all integers are the same as floats.
    exact: bool,
}

impl Default for Inference {
    fn default() -> Self {
        Self {
            seen: false,
            has_missing: false,
            bool: true,
            int: true,
            unsigned: true,
            float: true,
            exact: true,
        }
    }
}

impl Inference {
    pub(super) fn see(&mut self, field: &[u8]) {
        if is_missing(field) {
            self.has_missing = true;
            return;
        }
        self.seen = true;
        self.bool = self.bool && parse_bool(field).is_some();
        self.int = self.int && parse_int::<i64>(field).is_some();
        self.unsigned = self.unsigned && parse_int::<u64>(field).is_some();
        // An integer beyond 64 bits would lose digits as a float, so pandas leaves it a text.
        self.float = self.float
            && parse_float(field).is_some()
            && (!is_integer(field) || parse_int::<i64>(field).is_some());
        self.exact = self.exact && is_exact(field);
    }

    pub(super) fn kind(&self) -> ColumnType {
        match self {
            Self { seen: false, .. } => ColumnType::Float,
            Self { bool: true, .. } => ColumnType::Bool,
            Self { int: true, has_missing: false, .. } => ColumnType::Int,
            Self { unsigned: true, has_missing: false, .. } => ColumnType::Unsigned,
            // pandas has no integers beside missing values, and makes floats of them. It stops being
            // the rule where two integers would become one.
            Self { float: true, exact: true, .. } => ColumnType::Float,
            Self { int: true, .. } => ColumnType::Int,
            Self { unsigned: true, .. } => ColumnType::Unsigned,
            _ => ColumnType::Text,
        }
    }
}

pub(super) fn is_missing(field: &[u8]) -> bool {
    field.len() <= 8 && MISSING.contains(&field)
}

pub(super) fn parse_bool(field: &[u8]) -> Option<bool> {
    match field {
        b"True" | b"TRUE" | b"true" => Some(true),
        b"False" | b"FALSE" | b"false" => Some(false),
        _ => None,
    }
}

fn text(field: &[u8]) -> Option<&str> {
    std::str::from_utf8(field.trim_ascii()).ok()
}

fn is_integer(field: &[u8]) -> bool {
    let digits = field.trim_ascii();
    let digits = digits.strip_prefix(b"-").or(digits.strip_prefix(b"+")).unwrap_or(digits);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// Whether a field is no integer, or one that a float holds to the last digit.
pub(super) fn is_exact(field: &[u8]) -> bool {
    // Integers of fewer digits are all floats.
    const DIGITS: usize = 16;
    if field.len() < DIGITS || !is_integer(field) {
        return true;
    }
    match (parse_float(field), parse_int::<i128>(field)) {
        (Some(float), Some(integer)) => float as i128 == integer,
        (float, _) => float.is_none(),
    }
}

pub(super) fn parse_int<T: std::str::FromStr>(field: &[u8]) -> Option<T> {
    text(field)?.parse().ok()
}

pub(super) fn parse_float(field: &[u8]) -> Option<f64> {
    let text = text(field)?;
    // The standard library also reads "nan", which pandas counts as missing or as text.
    let letter = text.trim_start_matches(['+', '-']).bytes().next()?;
    if matches!(letter, b'n' | b'N') {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(fields: &[&str]) -> ColumnType {
        let mut inference = Inference::default();
        for field in fields {
            inference.see(field.as_bytes());
        }
        inference.kind()
    }

    #[test]
    fn types_are_those_of_pandas() {
        for (fields, expected) in [
            (["1", " -2", "+3 ", "007"].as_slice(), ColumnType::Int),
            (&["1", ""], ColumnType::Float),
            (&["9007199254740993", ""], ColumnType::Int),
            (&["18446744073709551615", ""], ColumnType::Unsigned),
            (&["9007199254740992", ""], ColumnType::Float),
            (&["9007199254740993", "0.5"], ColumnType::Text),
            (&["18446744073709551615", "1"], ColumnType::Unsigned),
            (&["18446744073709551615", "-1"], ColumnType::Text),
            (&["99999999999999999999", "1"], ColumnType::Text),
            (&["1.", ".5", "1e5", "-inf", "Infinity"], ColumnType::Float),
            (&["True", "FALSE", "", "true"], ColumnType::Bool),
            (&["True", "1"], ColumnType::Text),
            (&["None", "", "nan"], ColumnType::Float),
            (&["1_000"], ColumnType::Text),
            (&["0x10"], ColumnType::Text),
            (&["-"], ColumnType::Text),
            (&["nAn"], ColumnType::Text),
        ] {
            assert_eq!(kind(fields), expected, "{fields:?}");
        }
    }
}
