//! The length of padded rows.

use std::str::FromStr;

use thiserror::Error;

/// The end of a row that padding goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// After the sequence.
    #[default]
    Right,
    /// Before the sequence.
    Left,
}

impl FromStr for Side {
    type Err = PadError;

    fn from_str(name: &str) -> Result<Self, PadError> {
        match name {
            "right" => Ok(Self::Right),
            "left" => Ok(Self::Left),
            _ => Err(PadError::UnknownSide),
        }
    }
}

/// Why sequences could not be padded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PadError {
    /// A sequence is longer than a row.
    #[error(
        "sequence {index} has {length} values, more than the {target} of a row; raise the target \
         length or truncate"
    )]
    TooLong {
        /// Which sequence.
        index: usize,
        /// Its length.
        length: usize,
        /// The length of a row.
        target: usize,
    },
    /// Rounding the length up to the multiple leaves the range of lengths.
    #[error("no length of at least {length} is a multiple of {multiple}")]
    NoMultiple {
        /// The length before rounding.
        length: usize,
        /// The multiple asked for.
        multiple: usize,
    },
    /// No [`Side`] has this name.
    #[error("padding_side must be 'right' or 'left'")]
    UnknownSide,
}

/// How long rows are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowLength {
    /// The length to pad to; `None` is the longest sequence.
    pub target: Option<usize>,
    /// Rounds that length up to a multiple of this; `None` and 0 leave it as it is.
    pub multiple: Option<usize>,
    /// Cuts what is longer than a row after the row's length, instead of an error.
    pub truncate: bool,
}

impl RowLength {
    /// The length of every row, for sequences of these lengths.
    pub fn length(
        &self,
        lengths: impl IntoIterator<Item = usize> + Clone,
    ) -> Result<usize, PadError> {
        let unrounded = match self.target {
            Some(target) => target,
            None => lengths.clone().into_iter().max().unwrap_or(0),
        };
        let length = match self.multiple {
            None | Some(0) => unrounded,
            Some(multiple) => unrounded
                .checked_next_multiple_of(multiple)
                .ok_or(PadError::NoMultiple { length: unrounded, multiple })?,
        };
        if self.target.is_some() && !self.truncate {
            let longer = lengths.into_iter().enumerate().find(|&(_, found)| found > length);
            if let Some((index, found)) = longer {
                return Err(PadError::TooLong { index, length: found, target: length });
            }
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_are_as_long_as_asked() {
        let length = |target, multiple| {
            RowLength { target, multiple, truncate: false }.length([3, 5]).unwrap()
        };
        assert_eq!(length(None, None), 5);
        assert_eq!(length(None, Some(0)), 5);
        assert_eq!(length(None, Some(4)), 8);
        assert_eq!(length(Some(5), Some(5)), 5);
        assert_eq!(length(Some(9), Some(8)), 16);
        assert_eq!(RowLength::default().length([]).unwrap(), 0);
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        let rows = |target, multiple| RowLength { target: Some(target), multiple, truncate: false };
        assert_eq!(
            rows(4, None).length([3, 5, 6]),
            Err(PadError::TooLong { index: 1, length: 5, target: 4 })
        );
        assert_eq!(
            rows(usize::MAX, Some(2)).length([1]),
            Err(PadError::NoMultiple { length: usize::MAX, multiple: 2 })
        );
        assert_eq!("middle".parse::<Side>(), Err(PadError::UnknownSide));
    }

    proptest! {
        #[test]
        fn no_shorter_multiple_would_do(
            lengths in proptest::collection::vec(0usize..30, 0..30),
            target in proptest::option::of(0usize..40),
            multiple in proptest::option::of(0usize..9),
        ) {
            let length = RowLength { target, multiple, truncate: true }.length(lengths.clone());
            let least = target.unwrap_or(lengths.into_iter().max().unwrap_or(0));
            let multiple = multiple.unwrap_or(0).max(1);
            let expected = (least..).find(|length| length % multiple == 0);
            prop_assert_eq!(length.ok(), expected);
        }
    }
}
