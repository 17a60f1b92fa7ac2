//! The rows of packed sequences, built from bins and columns.

use std::ops::Range;

use rayon::prelude::*;
use thiserror::Error;

/// Why the rows of bins could not be laid out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GatherError {
    /// A bin names a sequence that is not there.
    #[error("bin {bin} has sequence {sequence}, but there are {sequences} sequences")]
    NoSuchSequence {
        /// Which bin.
        bin: usize,
        /// What it names.
        sequence: i64,
        /// The number of sequences.
        sequences: usize,
    },
    /// The sequences of a bin are not as long as they were when they were packed.
    #[error(
        "the sequences of bin {bin} have {found} tokens, but {packed} were packed; pass the data \
         whose lengths were packed"
    )]
    OtherLengths {
        /// Which bin.
        bin: usize,
        /// The tokens that it had.
        packed: i64,
        /// The tokens that it has now.
        found: usize,
    },
    /// A bin is longer than a row.
    #[error(
        "bin {bin} has {tokens} tokens, more than the {capacity} of a row; pack with \
         overflow='truncate' or 'drop', or gather without padding"
    )]
    LongerThanRow {
        /// Which bin.
        bin: usize,
        /// Its tokens.
        tokens: i64,
        /// The length of a row.
        capacity: usize,
    },
    /// Rows of more values than can be counted.
    #[error("{rows} rows of {width} are more than memory can hold; gather fewer bins at a time")]
    TooLarge {
        /// The number of rows.
        rows: usize,
        /// The length of a row.
        width: usize,
    },
}

/// One sequence in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    /// Which sequence.
    sequence: usize,
    /// How many of its tokens, from the first on.
    length: usize,
}

/// Where the sequences of some bins go: one after the other, and padding at the end of each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowLayout {
    segments: Vec<Segment>,
    /// Where the segments of each row end.
    ends: Vec<usize>,
    /// Where the values of each row end: the rows are of one length, or as long as their tokens.
    places: Vec<usize>,
}

/// The bins to lay out: those of bin `b` are `indices[offsets[b]..offsets[b + 1]]`.
#[derive(Clone, Copy, Debug)]
pub struct BinsToLay<'a> {
    /// The sequences, bin by bin.
    pub indices: &'a [i64],
    /// Where each bin begins and ends in `indices`.
    pub offsets: &'a [i64],
    /// The tokens in each bin.
    pub tokens: &'a [i64],
    /// The number of the first of these bins, for errors.
    pub first: usize,
    /// The most tokens in a bin.
    pub capacity: usize,
}

impl RowLayout {
    /// Lays bins out in rows of their capacity, or without padding where `is_padded` is not set.
    ///
    /// `length` gives the tokens of each of `sequences` sequences. A sequence that was truncated
    /// when it was packed is cut to the capacity.
    pub fn new(
        bins: BinsToLay<'_>,
        sequences: usize,
        length: impl Fn(usize) -> usize,
        is_padded: bool,
    ) -> Result<Self, GatherError> {
        let rows = bins.tokens.len();
        let too_large = GatherError::TooLarge { rows, width: bins.capacity };
        if is_padded && rows.checked_mul(bins.capacity).is_none() {
            return Err(too_large);
        }
        let mut layout = Self {
            segments: Vec::with_capacity(bins.indices.len()),
            ends: Vec::with_capacity(rows),
            places: Vec::with_capacity(rows),
        };
        let mut place = 0_usize;
        for (row, (&packed, pair)) in bins.tokens.iter().zip(bins.offsets.windows(2)).enumerate() {
            let bin = bins.first + row;
            let limit = if packed as usize > bins.capacity { usize::MAX } else { bins.capacity };
            let mut found = 0_usize;
            for &sequence in &bins.indices[pair[0] as usize..pair[1] as usize] {
                let number = usize::try_from(sequence).ok().filter(|&number| number < sequences);
                let Some(number) = number else {
                    return Err(GatherError::NoSuchSequence { bin, sequence, sequences });
                };
                let length = length(number).min(limit);
                found = found.saturating_add(length);
                layout.segments.push(Segment { sequence: number, length });
            }
            if found != packed as usize {
                return Err(GatherError::OtherLengths { bin, packed, found });
            }
            if is_padded && found > bins.capacity {
                let capacity = bins.capacity;
                return Err(GatherError::LongerThanRow { bin, tokens: packed, capacity });
            }
            place = place
                .checked_add(if is_padded { bins.capacity } else { found })
                .ok_or(too_large.clone())?;
            layout.ends.push(layout.segments.len());
            layout.places.push(place);
        }
        Ok(layout)
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.ends.len()
    }

    /// The number of values in all rows.
    pub fn values(&self) -> usize {
        self.places.last().copied().unwrap_or(0)
    }

    /// Where the values of some rows are among those of all.
    pub fn range(&self, rows: Range<usize>) -> Range<usize> {
        let end_of = |row: usize| row.checked_sub(1).map_or(0, |before| self.places[before]);
        end_of(rows.start)..end_of(rows.end)
    }

    /// Writes a column: `copy` writes the first tokens of a sequence, `padding` fills the rows up.
    ///
    /// `rows` is a part of the rows and `out` are their values. The rows are written in parallel.
    pub fn fill<E: Send>(
        &self,
        rows: Range<usize>,
        out: &mut [i64],
        padding: i64,
        copy: impl Fn(usize, &mut [i64]) -> Result<(), E> + Sync,
    ) -> Result<(), E> {
        self.each_row(rows, out, |segments, row| {
            let mut rest = row;
            for segment in segments {
                let (tokens, after) = rest.split_at_mut(segment.length);
                copy(segment.sequence, tokens)?;
                rest = after;
            }
            rest.fill(padding);
            Ok(())
        })
    }

    /// Writes the positions: 0, 1, 2 and so on in each sequence, and in what fills the row up.
    pub fn fill_positions(&self, rows: Range<usize>, out: &mut [i64]) {
        let count = |places: &mut [i64]| {
            for (place, position) in places.iter_mut().zip(0..) {
                *place = position;
            }
        };
        self.each_segment(rows, out, |_, tokens| count(tokens), count);
    }

    /// Writes for each token which sequence of its row it is of, counted from 1, and 0 for padding.
    pub fn fill_sequence_ids(&self, rows: Range<usize>, out: &mut [i64]) {
        self.each_segment(rows, out, |number, tokens| tokens.fill(number as i64 + 1), zero);
    }

    /// Writes 1 for each token and 0 for padding.
    pub fn fill_mask(&self, rows: Range<usize>, out: &mut [i64]) {
        self.each_segment(rows, out, |_, tokens| tokens.fill(1), zero);
    }

    /// Where each sequence begins in the values of all rows, and where the last one ends; the
    /// padding of a row counts as a sequence. Empty sequences do not.
    pub fn cumulative_lengths(&self) -> Vec<usize> {
        let mut cumulative = vec![0];
        let mut end = 0;
        for row in 0..self.rows() {
            for segment in self.segments_of(row).iter().filter(|segment| segment.length > 0) {
                end += segment.length;
                cumulative.push(end);
            }
            if end < self.places[row] {
                end = self.places[row];
                cumulative.push(end);
            }
        }
        cumulative
    }

    fn segments_of(&self, row: usize) -> &[Segment] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.segments[start..self.ends[row]]
    }

    /// Writes each sequence by its number in its row, and what fills the row up.
    fn each_segment(
        &self,
        rows: Range<usize>,
        out: &mut [i64],
        write: impl Fn(usize, &mut [i64]) + Sync,
        pad: impl Fn(&mut [i64]) + Sync,
    ) {
        let written = self.each_row(rows, out, |segments, row| {
            let mut rest = row;
            for (number, segment) in segments.iter().enumerate() {
                let (tokens, after) = rest.split_at_mut(segment.length);
                write(number, tokens);
                rest = after;
            }
            pad(rest);
            Ok::<(), std::convert::Infallible>(())
        });
        let Ok(()) = written;
    }

    /// Writes rows in parallel, each with its segments.
    fn each_row<E: Send>(
        &self,
        rows: Range<usize>,
        out: &mut [i64],
        write: impl Fn(&[Segment], &mut [i64]) -> Result<(), E> + Sync,
    ) -> Result<(), E> {
        let mut rest = out;
        let mut parts = Vec::with_capacity(rows.len());
        for row in rows {
            let (part, after) = rest.split_at_mut(self.range(row..row + 1).len());
            parts.push((self.segments_of(row), part));
            rest = after;
        }
        parts.into_par_iter().try_for_each(|(segments, part)| write(segments, part))
    }
}

fn zero(padding: &mut [i64]) {
    padding.fill(0);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::*;
    use crate::bins::{Packing, Strategy, TooLong};

    fn lay(
        lengths: &[usize],
        too_long: TooLong,
        is_padded: bool,
    ) -> Result<RowLayout, GatherError> {
        let packing = Packing { too_long, ..Packing::new(Strategy::BestFitDecreasing, 16) };
        let bins = packing.pack(lengths).unwrap();
        let bins = BinsToLay {
            indices: &bins.indices,
            offsets: &bins.offsets,
            tokens: &bins.tokens,
            first: 0,
            capacity: 16,
        };
        RowLayout::new(bins, lengths.len(), |sequence| lengths[sequence], is_padded)
    }

    proptest! {
        #[test]
        fn rows_hold_each_token_once_and_padding(
            lengths in proptest::collection::vec(0usize..24, 0..60),
            is_padded: bool,
        ) {
            let layout = lay(&lengths, TooLong::Truncate, is_padded).unwrap();
            let mut tokens = vec![i64::MIN; layout.values()];
            let [mut positions, mut ids, mut mask] = [(); 3].map(|()| tokens.clone());
            // Each token is the number of its sequence and its place there.
            let copy = |sequence: usize, out: &mut [i64]| {
                out.iter_mut().zip(0..).for_each(|(token, at)| *token = sequence as i64 * 100 + at);
                Ok::<(), ()>(())
            };
            // In two parts, as a caller does who looks for signals between them.
            let middle = layout.rows() / 2;
            for rows in [0..middle, middle..layout.rows()] {
                let part = layout.range(rows.clone());
                layout.fill(rows.clone(), &mut tokens[part.clone()], -1, copy).unwrap();
                layout.fill_positions(rows.clone(), &mut positions[part.clone()]);
                layout.fill_sequence_ids(rows.clone(), &mut ids[part.clone()]);
                layout.fill_mask(rows, &mut mask[part]);
            }
            let mut expected: Vec<i64> = lengths
                .iter()
                .enumerate()
                .flat_map(|(sequence, &length)| {
                    (0..length.min(16) as i64).map(move |at| sequence as i64 * 100 + at)
                })
                .collect();
            let mut found: Vec<i64> = tokens.iter().copied().filter(|&token| token >= 0).collect();
            found.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(&found, &expected);
            for (index, &token) in tokens.iter().enumerate() {
                prop_assert_eq!(mask[index], i64::from(token >= 0));
                prop_assert_eq!(ids[index] > 0, token >= 0);
                if token >= 0 {
                    prop_assert_eq!(positions[index], token % 100);
                }
            }
            let cumulative = layout.cumulative_lengths();
            prop_assert_eq!(*cumulative.last().unwrap(), tokens.len());
            for pair in cumulative.windows(2) {
                let part = &tokens[pair[0]..pair[1]];
                let same = |token: i64| if token < 0 { -1 } else { token / 100 };
                prop_assert_eq!(part.iter().filter(|&&t| same(t) == same(part[0])).count(), part.len());
                let counted: Vec<i64> = (0..part.len() as i64).collect();
                prop_assert_eq!(&positions[pair[0]..pair[1]], &counted);
            }
        }
    }

    #[test]
    fn bins_that_do_not_fit_the_data_are_named() {
        let bins =
            BinsToLay { indices: &[0, 2], offsets: &[0, 2], tokens: &[5], first: 7, capacity: 8 };
        let lay = |sequences, lengths: [usize; 3]| {
            RowLayout::new(bins, sequences, |sequence| lengths[sequence], true)
        };
        assert!(lay(3, [2, 9, 3]).is_ok());
        assert_eq!(
            lay(2, [2, 9, 3]),
            Err(GatherError::NoSuchSequence { bin: 7, sequence: 2, sequences: 2 })
        );
        assert_eq!(
            lay(3, [2, 9, 4]),
            Err(GatherError::OtherLengths { bin: 7, packed: 5, found: 6 })
        );
    }

    #[test]
    fn a_bin_of_a_long_sequence_has_no_row_but_can_go_without_padding() {
        let error = GatherError::LongerThanRow { bin: 0, tokens: 20, capacity: 16 };
        assert_eq!(lay(&[20, 3], TooLong::OwnBin, true), Err(error));
        assert_eq!(lay(&[20, 3], TooLong::OwnBin, false).unwrap().values(), 23);
    }
}
