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
            row.write_beside(ids, special.label_pad, labels, mask);
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
        attention_mask[..used].fill(1);
        attention_mask[used..].fill(0);
        let mut end = 0;
        for piece in self.pieces {
            end += piece.len();
            if piece.tail.end == 2 {
                labels[end - 1] = label_pad;
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
