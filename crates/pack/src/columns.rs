//! The three columns that are packed together.

use crate::plan::PackError;

/// The tokens that packing adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpecialTokens {
    /// Fills `input_ids`, and closes every sequence after `eos`.
    pub pad: i64,
    /// Ends every sequence.
    pub eos: i64,
    /// What `labels` has where `input_ids` has padding.
    pub label_pad: i64,
}

/// Checks that a column has as many sequences as `input_ids`, of the same lengths.
pub fn check_alike(
    column: &'static str,
    input_ids: impl ExactSizeIterator<Item = usize>,
    values: impl ExactSizeIterator<Item = usize>,
) -> Result<(), PackError> {
    let (expected, count) = (input_ids.len(), values.len());
    if count != expected {
        let first = count.min(expected);
        return Err(PackError::UnequalColumns { column, count, expected, first });
    }
    for (index, (expected, length)) in input_ids.zip(values).enumerate() {
        if length != expected {
            return Err(PackError::Ragged { column, index, length, expected });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ragged_columns_are_named() {
        let check =
            |lengths: &[usize]| check_alike("labels", [2, 1].into_iter(), lengths.iter().copied());
        assert_eq!(check(&[2, 1]), Ok(()));
        assert_eq!(
            check(&[2]),
            Err(PackError::UnequalColumns { column: "labels", count: 1, expected: 2, first: 1 })
        );
        assert_eq!(
            check(&[2, 0]),
            Err(PackError::Ragged { column: "labels", index: 1, length: 0, expected: 1 })
        );
    }
}
