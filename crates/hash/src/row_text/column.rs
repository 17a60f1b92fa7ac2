//! A column that writes the text of its values.

use arrow_buffer::NullBuffer;

use super::uncovered::Uncovered;

/// The values of a column.
pub(super) trait Column: Send + Sync {
    /// Appends `repr` of the value at `index`.
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered>;

    /// Appends the values from `start` to `end` with commas between: a list pays for one dynamic
    /// call, not for one per value.
    fn write_range(&self, start: usize, end: usize, out: &mut Vec<u8>) -> Result<(), Uncovered>;
}

/// The values of a column, where they are not null.
pub(super) trait Values: Send + Sync {
    /// Appends `repr` of the value at `index`.
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered>;

    /// Appends the values from `start` to `end` with commas between.
    fn write_range(&self, start: usize, end: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        separated(start, end, out, |index, out| self.write(index, out))
    }
}

/// Values some of which are null.
struct Nullable<V> {
    nulls: Option<NullBuffer>,
    values: V,
}

impl<V: Values> Column for Nullable<V> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(index)) {
            write_none(out);
            return Ok(());
        }
        self.values.write(index, out)
    }

    fn write_range(&self, start: usize, end: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        if self.nulls.is_none() {
            return self.values.write_range(start, end, out);
        }
        separated(start, end, out, |index, out| self.write(index, out))
    }
}

/// Appends what `write` does for each index, with commas between.
fn separated(
    start: usize,
    end: usize,
    out: &mut Vec<u8>,
    write: impl Fn(usize, &mut Vec<u8>) -> Result<(), Uncovered>,
) -> Result<(), Uncovered> {
    for index in start..end {
        if index > start {
            out.extend_from_slice(b", ");
        }
        write(index, out)?;
    }
    Ok(())
}

/// A column of values, which are null where `nulls` says so.
pub(super) fn nullable(
    nulls: Option<&NullBuffer>,
    values: impl Values + 'static,
) -> Box<dyn Column> {
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0).cloned();
    Box::new(Nullable { nulls, values })
}

pub(super) fn write_none(out: &mut Vec<u8>) {
    out.extend_from_slice(b"None");
}
