//! Which tokens go into which row, from lengths alone.

use std::collections::TryReserveError;
use std::ops::Range;
use std::str::FromStr;

use thiserror::Error;

/// What becomes of a sequence that, with its tail, is longer than a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// It is an error, [`PackError::TooLong`].
    #[default]
    Error,
    /// Its first tokens stay, as many as fit together with the whole tail.
    Truncate,
    /// The sequence and its tail are cut into consecutive pieces of a whole row each, the last one
    /// being the rest. No token is lost, and the tail comes once, at the end.
    Split,
    /// It is left out.
    Drop,
}

impl FromStr for Overflow {
    type Err = PackError;

    fn from_str(name: &str) -> Result<Self, PackError> {
        match name {
            "error" => Ok(Self::Error),
            "truncate" => Ok(Self::Truncate),
            "split" => Ok(Self::Split),
            "drop" => Ok(Self::Drop),
            _ => Err(PackError::UnknownOverflow(name.to_owned())),
        }
    }
}

/// Why sequences could not be packed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PackError {
    /// Rows have no room even for what is appended to an empty sequence.
    #[error("max_length must be at least {least}, got {max_length}")]
    MaxLengthTooSmall {
        /// The length asked for.
        max_length: usize,
        /// The smallest that works: the length of the tail, and 1.
        least: usize,
    },
    /// A sequence does not fit into a row.
    #[error(
        "sequence {index} has {length} tokens, but at most {room} fit in a row of {max_length}; \
         shorten it, or choose the overflow \"truncate\", \"split\" or \"drop\""
    )]
    TooLong {
        /// Which sequence.
        index: usize,
        /// Its tokens, without the tail.
        length: usize,
        /// The most tokens that fit together with the tail.
        room: usize,
        /// The length of a row.
        max_length: usize,
    },
    /// Two columns that belong together differ in length, within one sequence.
    #[error("{column} has {length} values in row {index}, but input_ids has {expected}")]
    Ragged {
        /// The column that differs from `input_ids`.
        column: &'static str,
        /// Which sequence.
        index: usize,
        /// Its length in that column.
        length: usize,
        /// Its length in `input_ids`.
        expected: usize,
    },
    /// Two columns that belong together have different numbers of sequences.
    #[error("{column} has {count} rows, but input_ids has {expected}, so row {first} is unmatched")]
    UnequalColumns {
        /// The column that differs from `input_ids`.
        column: &'static str,
        /// Its number of sequences.
        count: usize,
        /// The number of sequences in `input_ids`.
        expected: usize,
        /// The first row that only one of the two has.
        first: usize,
    },
    /// There is no memory to plan for so many sequences.
    #[error("{count} sequences are more than memory can plan for; pack some at a time")]
    TooMany {
        /// The number of sequences.
        count: usize,
    },
    /// No [`Overflow`] has this name.
    #[error("overflow must be 'error', 'truncate', 'split' or 'drop', got '{0}'")]
    UnknownOverflow(String),
}

/// A run of one sequence's tokens, followed by a run of the tail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The index of the sequence.
    pub sequence: usize,
    /// Which of its tokens.
    pub tokens: Range<usize>,
    /// Which part of the tail comes after them: all of it, except where a sequence is split.
    pub tail: Range<usize>,
}

impl Piece {
    /// The places it takes in a row.
    pub fn len(&self) -> usize {
        self.tokens.len() + self.tail.len()
    }

    /// Whether it takes no place: an empty sequence without a tail.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The content of one row: pieces in order, then padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// What is in the row, from its start.
    pub pieces: &'a [Piece],
    /// The places that remain after the pieces.
    pub padding: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct RowEnd {
    piece: usize,
    padding: usize,
}

/// Where every token of a series of sequences goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    max_length: usize,
    pieces: Vec<Piece>,
    rows: Vec<RowEnd>,
}

impl Plan {
    /// Plans rows of exactly `max_length` for sequences of these lengths, each of them followed by
    /// a tail of `tail` values.
    ///
    /// A sequence that does not fit into what is left of a row begins the next one. Pieces that
    /// take no place belong to no row.
    pub fn new(
        lengths: impl IntoIterator<Item = usize>,
        tail: usize,
        max_length: usize,
        overflow: Overflow,
    ) -> Result<Self, PackError> {
        let least = tail.max(1);
        if max_length < least {
            return Err(PackError::MaxLengthTooSmall { max_length, least });
        }
        let room = max_length - tail;
        let lengths = lengths.into_iter();
        let count = lengths.size_hint().0;
        let too_many = |_: TryReserveError| PackError::TooMany { count };
        let mut pieces = Vec::new();
        // Empty sequences take no memory where they come from, so there may be any number of them.
        pieces.try_reserve_exact(count).map_err(too_many)?;
        let mut filler = Filler { plan: Self { max_length, pieces, rows: Vec::new() }, used: 0 };
        for (index, length) in lengths.enumerate() {
            if length <= room {
                filler
                    .put(Piece { sequence: index, tokens: 0..length, tail: 0..tail })
                    .map_err(too_many)?;
                continue;
            }
            match overflow {
                Overflow::Error => {
                    return Err(PackError::TooLong { index, length, room, max_length });
                }
                Overflow::Truncate => {
                    filler
                        .put(Piece { sequence: index, tokens: 0..room, tail: 0..tail })
                        .map_err(too_many)?;
                }
                Overflow::Split => {
                    // The places of the sequence run from 0 to `length`, those of the tail on from
                    // there to `end`.
                    let end = length.saturating_add(tail);
                    let mut start = 0;
                    while start < end {
                        let stop = end.min(start.saturating_add(max_length));
                        let piece = Piece {
                            sequence: index,
                            tokens: start.min(length)..stop.min(length),
                            tail: start.saturating_sub(length)..stop.saturating_sub(length),
                        };
                        filler.put(piece).map_err(too_many)?;
                        start = stop;
                    }
                }
                Overflow::Drop => {}
            }
        }
        filler.finish().map_err(too_many)
    }

    /// The length of every row.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// The rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.rows.len()).map(|index| self.row(index))
    }

    /// The row at `index`, which is below the number of rows.
    pub fn row(&self, index: usize) -> Row<'_> {
        let start = index.checked_sub(1).map_or(0, |before| self.rows[before].piece);
        let end = &self.rows[index];
        Row { pieces: &self.pieces[start..end.piece], padding: end.padding }
    }
}

/// A plan whose last row is still open.
struct Filler {
    plan: Plan,
    used: usize,
}

impl Filler {
    /// Puts a piece of at most a row's length where it belongs.
    fn put(&mut self, piece: Piece) -> Result<(), TryReserveError> {
        let length = piece.len();
        if length == 0 {
            return Ok(());
        }
        if length > self.plan.max_length - self.used {
            self.close()?;
        }
        self.used += length;
        self.plan.pieces.try_reserve(1)?;
        self.plan.pieces.push(piece);
        Ok(())
    }

    fn close(&mut self) -> Result<(), TryReserveError> {
        let padding = self.plan.max_length - self.used;
        self.plan.rows.try_reserve(1)?;
        self.plan.rows.push(RowEnd { piece: self.plan.pieces.len(), padding });
        self.used = 0;
        Ok(())
    }

    fn finish(mut self) -> Result<Plan, TryReserveError> {
        if self.used > 0 {
            self.close()?;
        }
        Ok(self.plan)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn overflows() -> impl Strategy<Value = Overflow> {
        prop_oneof![Just(Overflow::Truncate), Just(Overflow::Split), Just(Overflow::Drop)]
    }

    #[test]
    fn an_exactly_full_row_is_closed_without_padding() {
        let plan = Plan::new([2, 2, 0], 2, 4, Overflow::Error).unwrap();
        let paddings: Vec<usize> = plan.rows().map(|row| row.padding).collect();
        assert_eq!(paddings, [0, 0, 2]);
    }

    #[test]
    fn nothing_and_nothing_but_empty_sequences_make_no_row() {
        assert_eq!(Plan::new([], 2, 4, Overflow::Error).unwrap().rows().len(), 0);
        assert_eq!(Plan::new([0, 0], 0, 4, Overflow::Error).unwrap().rows().len(), 0);
    }

    #[test]
    fn more_sequences_than_memory_are_an_error() {
        let count = usize::MAX / 2;
        let endless = std::iter::repeat_n(0, count);
        let error = Plan::new(endless, 2, 8, Overflow::Error).unwrap_err();
        assert_eq!(error, PackError::TooMany { count });
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert_eq!(
            Plan::new([1, 3], 2, 4, Overflow::Error),
            Err(PackError::TooLong { index: 1, length: 3, room: 2, max_length: 4 })
        );
        assert_eq!(
            Plan::new([], 2, 1, Overflow::Drop),
            Err(PackError::MaxLengthTooSmall { max_length: 1, least: 2 })
        );
        assert_eq!(
            Plan::new([], 0, 0, Overflow::Drop),
            Err(PackError::MaxLengthTooSmall { max_length: 0, least: 1 })
        );
    }

    #[test]
    fn the_end_of_a_split_sequence_may_cut_its_tail() {
        let plan = Plan::new([3], 2, 4, Overflow::Split).unwrap();
        let rows: Vec<&[Piece]> = plan.rows().map(|row| row.pieces).collect();
        assert_eq!(
            rows,
            [
                &[Piece { sequence: 0, tokens: 0..3, tail: 0..1 }],
                &[Piece { sequence: 0, tokens: 3..3, tail: 1..2 }]
            ]
        );
    }

    proptest! {
        /// Every row is exactly full, and the pieces, read in order, are the sequences in order
        /// with no token lost, repeated or moved.
        #[test]
        fn rows_are_exact_and_tokens_keep_their_order(
            lengths in proptest::collection::vec(0usize..40, 0..60),
            tail in 0usize..4,
            extra in 0usize..30,
            overflow in overflows(),
        ) {
            let max_length = tail.max(1) + extra;
            let plan = Plan::new(lengths.iter().copied(), tail, max_length, overflow).unwrap();
            let mut places = Vec::new();
            for row in plan.rows() {
                let used: usize = row.pieces.iter().map(Piece::len).sum();
                prop_assert_eq!(used + row.padding, max_length);
                prop_assert!(used > 0);
                for piece in row.pieces {
                    places.extend(piece.tokens.clone().map(|token| (piece.sequence, token)));
                    let length = lengths[piece.sequence];
                    places.extend(piece.tail.clone().map(|at| (piece.sequence, length + at)));
                }
            }
            let mut expected = Vec::new();
            for (index, &length) in lengths.iter().enumerate() {
                let fits = length + tail <= max_length;
                let kept = match overflow {
                    _ if fits => length,
                    Overflow::Truncate => max_length - tail,
                    Overflow::Drop => continue,
                    _ => length,
                };
                expected.extend((0..kept).map(|token| (index, token)));
                expected.extend((length..length + tail).map(|place| (index, place)));
            }
            prop_assert_eq!(places, expected);
        }

        /// A row is closed only when the next piece does not fit into it.
        #[test]
        fn rows_are_filled_greedily(
            lengths in proptest::collection::vec(0usize..20, 0..60),
            overflow in overflows(),
        ) {
            let plan = Plan::new(lengths, 2, 17, overflow).unwrap();
            let rows: Vec<Row<'_>> = plan.rows().collect();
            for pair in rows.windows(2) {
                prop_assert!(pair[0].padding < pair[1].pieces[0].len());
            }
        }

        #[test]
        fn the_modes_agree_where_everything_fits(
            lengths in proptest::collection::vec(0usize..20, 0..60),
            overflow in overflows(),
        ) {
            prop_assert_eq!(
                Plan::new(lengths.iter().copied(), 2, 21, Overflow::Error),
                Plan::new(lengths.iter().copied(), 2, 21, overflow)
            );
        }
    }
}
