//! Planned rows, written side by side into flat memory, several at a time.

use std::convert::Infallible;
use std::ops::Range;

use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use crate::columns::SpecialTokens;
use crate::plan::{Plan, Row};

/// Where the values of sequences come from.
pub trait Source {
    /// Why a value could not be had.
    type Error;

    /// Writes a range of a sequence's values to as many places, all of them.
    fn copy(
        &self,
        sequence: usize,
        range: Range<usize>,
        out: &mut [i64],
    ) -> Result<(), Self::Error>;
}

impl<S: AsRef<[i64]>> Source for [S] {
    type Error = Infallible;

    fn copy(
        &self,
        sequence: usize,
        range: Range<usize>,
        out: &mut [i64],
    ) -> Result<(), Infallible> {
        out.copy_from_slice(&self[sequence].as_ref()[range]);
        Ok(())
    }
}

/// The memory of three columns of packed rows, each of as many rows of the plan's length.
#[derive(Debug)]
pub struct PackedMut<'a> {
    /// The tokens.
    pub input_ids: &'a mut [i64],
    /// The tokens to predict.
    pub labels: &'a mut [i64],
    /// 1 for tokens to attend to, 0 for padding.
    pub attention_mask: &'a mut [i64],
}

/// Whether so many values are worth more than one thread.
///
/// The functions of [`Plan`] that fill rows run in the calling thread alone below this, and from
/// there on in the rayon pool that they are called in.
pub fn is_worth_threads(values: usize) -> bool {
    values >= 1 << 16
}

impl Plan {
    /// Writes some rows of one column.
    ///
    /// `source` gives the values of that column, `tail` is what follows each sequence, and `padding`
    /// fills the rows up. Fails with the error of the first row that has one.
    ///
    /// # Panics
    ///
    /// `out` is not as long as the rows.
    pub fn fill<S: Source<Error: Send> + Sync + ?Sized>(
        &self,
        rows: Range<usize>,
        source: &S,
        tail: &[i64],
        padding: i64,
        out: &mut [i64],
    ) -> Result<(), S::Error> {
        let width = self.max_length();
        self.assert_fits(&rows, out);
        let write = |(index, out): (usize, &mut [i64])| {
            self.row(rows.start + index).write(source, tail, padding, out)
        };
        if is_worth_threads(out.len()) {
            first_error(out.par_chunks_exact_mut(width).enumerate().map(write))
        } else {
            out.chunks_exact_mut(width).enumerate().try_for_each(write)
        }
    }

    /// Writes some rows of the three columns of sequences that are each closed by `[eos, pad]`.
    ///
    /// # Panics
    ///
    /// The columns are not as long as the rows.
    pub fn fill_closed<S: Source<Error: Send> + Sync + ?Sized>(
        &self,
        rows: Range<usize>,
        source: &S,
        special: SpecialTokens,
        out: PackedMut<'_>,
    ) -> Result<(), S::Error> {
        let width = self.max_length();
        let PackedMut { input_ids, labels, attention_mask } = out;
        self.assert_fits(&rows, input_ids);
        self.assert_fits(&rows, labels);
        self.assert_fits(&rows, attention_mask);
        let tail = [special.eos, special.pad];
        let write = |(index, ((ids, labels), mask)): (usize, ((&mut [i64], _), _))| {
            let row = self.row(rows.start + index);
            row.write(source, &tail, special.pad, ids)?;
            // From the source again: it is mostly narrower than the tokens that were just written.
            row.write(source, &[special.eos, special.label_pad], special.label_pad, labels)?;
            row.write_mask(mask);
            Ok(())
        };
        if is_worth_threads(input_ids.len()) {
            let rows = input_ids
                .par_chunks_exact_mut(width)
                .zip(labels.par_chunks_exact_mut(width))
                .zip(attention_mask.par_chunks_exact_mut(width));
            first_error(rows.enumerate().map(write))
        } else {
            let rows = input_ids
                .chunks_exact_mut(width)
                .zip(labels.chunks_exact_mut(width))
                .zip(attention_mask.chunks_exact_mut(width));
            rows.enumerate().try_for_each(write)
        }
    }

    /// Writes the labels and the mask of rows whose `input_ids` [`Plan::fill_closed`] would write,
    /// where these are written already.
    ///
    /// # Panics
    ///
    /// The columns are not as long as the rows.
    pub fn fill_beside(
        &self,
        rows: Range<usize>,
        input_ids: &[i64],
        label_pad: i64,
        labels: &mut [i64],
        attention_mask: &mut [i64],
    ) {
        let width = self.max_length();
        self.assert_fits(&rows, input_ids);
        self.assert_fits(&rows, labels);
        self.assert_fits(&rows, attention_mask);
        let write = |(index, ((ids, labels), mask)): (usize, ((&[i64], _), _))| {
            self.row(rows.start + index).write_beside(ids, label_pad, labels, mask);
        };
        if is_worth_threads(input_ids.len()) {
            let rows = input_ids
                .par_chunks_exact(width)
                .zip(labels.par_chunks_exact_mut(width))
                .zip(attention_mask.par_chunks_exact_mut(width));
            rows.enumerate().for_each(write);
        } else {
            let rows = input_ids
                .chunks_exact(width)
                .zip(labels.chunks_exact_mut(width))
                .zip(attention_mask.chunks_exact_mut(width));
            rows.enumerate().for_each(write);
        }
    }

    fn assert_fits(&self, rows: &Range<usize>, out: &[i64]) {
        assert_eq!(Some(out.len()), rows.len().checked_mul(self.max_length()));
    }
}

impl Row<'_> {
    /// Writes the row: its pieces, each with its part of `tail`, and the padding.
    ///
    /// # Panics
    ///
    /// `out` is shorter than the row.
    pub fn write<S: Source + ?Sized>(
        &self,
        source: &S,
        tail: &[i64],
        padding: i64,
        out: &mut [i64],
    ) -> Result<(), S::Error> {
        let mut rest = out;
        for piece in self.pieces {
            let (tokens, after) = rest.split_at_mut(piece.tokens.len());
            source.copy(piece.sequence, piece.tokens.clone(), tokens)?;
            let (end, after) = after.split_at_mut(piece.tail.len());
            end.copy_from_slice(&tail[piece.tail.clone()]);
            rest = after;
        }
        rest[..self.padding].fill(padding);
        Ok(())
    }

    /// Writes labels and mask beside tokens with a tail of two: the labels are the tokens, but for
    /// padding and the last of each tail, and the mask tells these from the others.
    fn write_beside(
        &self,
        input_ids: &[i64],
        label_pad: i64,
        labels: &mut [i64],
        attention_mask: &mut [i64],
    ) {
        let used = input_ids.len() - self.padding;
        labels[..used].copy_from_slice(&input_ids[..used]);
        labels[used..].fill(label_pad);
        let mut end = 0;
        for piece in self.pieces {
            end += piece.len();
            if piece.tail.end == 2 {
                labels[end - 1] = label_pad;
            }
        }
        self.write_mask(attention_mask);
    }

    /// Writes the mask of tokens with a tail of two, the last of which is padding.
    fn write_mask(&self, attention_mask: &mut [i64]) {
        let used = attention_mask.len() - self.padding;
        attention_mask[..used].fill(1);
        attention_mask[used..].fill(0);
        let mut end = 0;
        for piece in self.pieces {
            end += piece.len();
            if piece.tail.end == 2 {
                attention_mask[end - 1] = 0;
            }
        }
    }
}

/// The first error in the order of rows, whichever thread met one first.
fn first_error<E: Send>(
    results: impl IndexedParallelIterator<Item = Result<(), E>>,
) -> Result<(), E> {
    results.find_first(Result::is_err).unwrap_or(Ok(()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::Overflow;

    const SPECIAL: SpecialTokens = SpecialTokens { pad: 7, eos: 8, label_pad: -100 };

    /// The rows as one would write them down from the plan, place by place.
    fn written_down(plan: &Plan, sequences: &[Vec<i64>]) -> [Vec<i64>; 3] {
        let [mut ids, mut labels, mut mask] = [const { Vec::new() }; 3];
        for row in plan.rows() {
            for piece in row.pieces {
                for token in piece.tokens.clone() {
                    ids.push(sequences[piece.sequence][token]);
                    labels.push(sequences[piece.sequence][token]);
                    mask.push(1);
                }
                for tail in piece.tail.clone() {
                    ids.push([8, 7][tail]);
                    labels.push([8, -100][tail]);
                    mask.push([1, 0][tail]);
                }
            }
            for _ in 0..row.padding {
                ids.push(7);
                labels.push(-100);
                mask.push(0);
            }
        }
        [ids, labels, mask]
    }

    /// Numbers all tokens, so that each is told from the others.
    fn numbered(lengths: &[usize]) -> Vec<Vec<i64>> {
        let mut next = 1000..;
        lengths.iter().map(|&length| next.by_ref().take(length).collect()).collect()
    }

    proptest! {
        /// In parts of any size, and whether the labels come with the tokens or after them.
        #[test]
        fn rows_are_filled_as_planned(
            lengths in proptest::collection::vec(0usize..40, 0..60),
            max_length in 2usize..30,
            overflow in prop_oneof![
                Just(Overflow::Truncate), Just(Overflow::Split), Just(Overflow::Drop),
            ],
            step in 1usize..9,
        ) {
            let sequences = numbered(&lengths);
            let plan = Plan::new(lengths, 2, max_length, overflow).unwrap();
            let rows = plan.rows().len();
            // Not a value that belongs anywhere, so that a place left out shows.
            let blank = vec![i64::MIN; rows * max_length];
            let mut all = [const { Vec::new() }; 5].map(|_: Vec<i64>| blank.clone());
            let [ids, labels, mask, labels_after, mask_after] = &mut all;
            for start in (0..rows).step_by(step) {
                let part = start..rows.min(start + step);
                let places = start * max_length..part.end * max_length;
                let out = PackedMut {
                    input_ids: &mut ids[places.clone()],
                    labels: &mut labels[places.clone()],
                    attention_mask: &mut mask[places.clone()],
                };
                let Ok(()) = plan.fill_closed(part.clone(), &sequences[..], SPECIAL, out);
                plan.fill_beside(
                    part,
                    &ids[places.clone()],
                    SPECIAL.label_pad,
                    &mut labels_after[places.clone()],
                    &mut mask_after[places],
                );
            }
            let [ids, labels, mask, labels_after, mask_after] = all;
            prop_assert_eq!(&labels, &labels_after);
            prop_assert_eq!(&mask, &mask_after);
            prop_assert_eq!([ids, labels, mask], written_down(&plan, &sequences));
        }
    }

    #[test]
    fn several_threads_fill_alike() {
        let lengths: Vec<usize> = (0..4000).map(|index| index * 7 % 60).collect();
        let sequences = numbered(&lengths);
        let plan = Plan::new(lengths, 2, 77, Overflow::Error).unwrap();
        let rows = plan.rows().len();
        let [expected, expected_labels, expected_mask] = written_down(&plan, &sequences);
        assert!(is_worth_threads(expected.len()));
        let mut all = [const { Vec::new() }; 4].map(|_: Vec<i64>| vec![i64::MIN; expected.len()]);
        let [ids, labels, mask, alone] = &mut all;
        let out = PackedMut { input_ids: ids, labels, attention_mask: mask };
        let Ok(()) = plan.fill_closed(0..rows, &sequences[..], SPECIAL, out);
        let Ok(()) = plan.fill(0..rows, &sequences[..], &[8, 7], 7, alone);
        assert_eq!([&*ids, &*labels, &*mask], [&expected, &expected_labels, &expected_mask]);
        assert_eq!(*alone, expected);
        let (labels_with, mask_with) = (labels.clone(), mask.clone());
        plan.fill_beside(0..rows, ids, -100, labels, mask);
        assert_eq!([&*labels, &*mask], [&labels_with, &mask_with]);
    }

    #[test]
    fn the_first_error_is_that_of_the_first_row() {
        struct Fails;
        impl Source for Fails {
            type Error = usize;

            fn copy(&self, sequence: usize, _: Range<usize>, _: &mut [i64]) -> Result<(), usize> {
                if sequence % 1000 == 123 { Err(sequence) } else { Ok(()) }
            }
        }
        let plan = Plan::new(vec![100; 20_000], 0, 100, Overflow::Error).unwrap();
        for rows in [20_000, 200] {
            let mut out = vec![0; rows * 100];
            assert_eq!(plan.fill(0..rows, &Fails, &[], 0, &mut out), Err(123));
        }
    }
}
