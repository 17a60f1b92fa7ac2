//! Batches with about as many labels each.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::BalanceError;
use super::pairs::{PASSES, extremes};
use super::rows::{
    Batch, Row, RowLengths, Sequence, Sequences, exchange, first_by, gain, padded, squares,
};

/// How to give batches about as many labels each.
///
/// Rows keep their capacity and batches their number of rows. Each window of batches is balanced by
/// itself: its rows are dealt out anew, and then pairs of batches exchange sequences, or are packed
/// anew together, in up to four passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelBalance {
    /// The most tokens in a row.
    pub capacity: i64,
    /// The most sequences in a row.
    pub max_sequences: usize,
    /// The batches that are balanced together, at least 1.
    pub window: usize,
    /// Where it is given, the tokens of the batches do not become more, with rows padded to the
    /// longest of their batch and rounded up to this multiple.
    pub padding_multiple: Option<i64>,
}

impl LabelBalance {
    /// Balances batches of the numbers of these sequences, in place and windows in parallel.
    ///
    /// Soon ends with [`BalanceError::Stopped`] once `stop` is set, with batches half done.
    pub fn balance_unless(
        &self,
        sequences: &[Sequence],
        batches: &mut [Batch],
        stop: &AtomicBool,
    ) -> Result<(), BalanceError> {
        let sequences = Sequences(sequences);
        sequences.check(batches, self.padding_multiple.unwrap_or(1).max(1))?;
        batches.par_chunks_mut(self.window.max(1)).for_each(|window| {
            if !stop.load(Ordering::Relaxed) {
                Window { options: self, sequences }.balance(window);
            }
        });
        if stop.load(Ordering::Relaxed) { Err(BalanceError::Stopped) } else { Ok(()) }
    }
}

struct Window<'a> {
    options: &'a LabelBalance,
    sequences: Sequences<'a>,
}

impl Window<'_> {
    fn balance(&self, window: &mut [Batch]) {
        let mut labels = self.labels(window);
        let dealt = self.deal_out(window);
        let labels_dealt = self.labels(&dealt);
        if squares(&labels_dealt) < squares(&labels) && self.is_no_longer(&dealt, window) {
            labels = labels_dealt;
            for (batch, dealt) in window.iter_mut().zip(dealt) {
                *batch = dealt;
            }
        }
        for _ in 0..PASSES {
            let mut is_changed = false;
            for (least, greatest) in extremes(&labels) {
                let difference = labels[greatest] - labels[least];
                if difference <= 1 {
                    continue;
                }
                let Ok([high, low]) = window.get_disjoint_mut([greatest, least]) else { continue };
                if !self.swap(high, low, difference) {
                    let Some(packed) = self.pack_anew(high, low) else { continue };
                    [*high, *low] = packed;
                }
                labels[greatest] = self.sequences.labels(high);
                labels[least] = self.sequences.labels(low);
                is_changed = true;
            }
            if !is_changed {
                break;
            }
        }
    }

    fn labels(&self, batches: &[Batch]) -> Vec<i64> {
        batches.iter().map(|batch| self.sequences.labels(batch)).collect()
    }

    /// Whether batches take no more tokens than others, padding included, where that matters.
    fn is_no_longer(&self, batches: &[Batch], others: &[Batch]) -> bool {
        let Some(multiple) = self.options.padding_multiple else { return true };
        let padded = |batches: &[Batch]| -> i64 {
            batches.iter().map(|batch| self.sequences.padded(batch, multiple)).sum()
        };
        padded(batches) <= padded(others)
    }

    /// The rows of a window, those with the most labels first, each to the batch with the fewest
    /// labels that has room for a row.
    fn deal_out(&self, window: &[Batch]) -> Vec<Batch> {
        let mut rows: Vec<(i64, &Row)> =
            window.iter().flatten().map(|row| (self.sequences.row_labels(row), row)).collect();
        rows.sort_by_key(|&(labels, _)| Reverse(labels));
        let mut dealt: Vec<Batch> =
            window.iter().map(|batch| Vec::with_capacity(batch.len())).collect();
        let mut open: BinaryHeap<_> = (0..window.len()).map(|batch| Reverse((0, batch))).collect();
        for (labels, row) in rows {
            // There are as many places as rows.
            let Some(Reverse((total, batch))) = open.pop() else { break };
            dealt[batch].push(row.clone());
            if dealt[batch].len() < window[batch].len() {
                open.push(Reverse((total + labels, batch)));
            }
        }
        dealt
    }

    /// Makes the exchange of two sequences that balances two batches best, and says whether there
    /// was one.
    fn swap(&self, high: &mut Batch, low: &mut Batch, difference: i64) -> bool {
        let (sequences, capacity) = (self.sequences, self.options.capacity);
        let (high_rows, low_rows) =
            (RowLengths::of(sequences, high), RowLengths::of(sequences, low));
        let high_items = first_by(sequences, high, |sequence| Reverse(sequence.labels));
        let low_items = first_by(sequences, low, |sequence| sequence.labels);
        let allowed = self.options.padding_multiple.map(|multiple| {
            (multiple, sequences.padded(high, multiple) + sequences.padded(low, multiple))
        });
        let mut best = None;
        let mut best_gain = 0;
        for &from in &high_items {
            for &to in &low_items {
                let longer = from.sequence.length - to.sequence.length;
                let high_tokens = high_rows.tokens[from.row] - longer;
                let low_tokens = low_rows.tokens[to.row] + longer;
                if high_tokens > capacity || low_tokens > capacity {
                    continue;
                }
                let transfer = from.sequence.labels - to.sequence.labels;
                let leading = from.sequence.leading - to.sequence.leading;
                let high_transfer = transfer - if from.at == 0 { leading } else { 0 };
                let low_transfer = transfer - if to.at == 0 { leading } else { 0 };
                // The number of labels that the loss is divided by stays what it is.
                if high_transfer != low_transfer {
                    continue;
                }
                let found = gain(high_transfer, difference);
                if found <= best_gain {
                    continue;
                }
                if let Some((multiple, most)) = allowed
                    && high_rows.padded_with(from.row, high_tokens, multiple)
                        + low_rows.padded_with(to.row, low_tokens, multiple)
                        > most
                {
                    continue;
                }
                best_gain = found;
                best = Some((from, to));
            }
        }
        let Some((from, to)) = best else { return false };
        exchange(high, from, low, to);
        true
    }

    /// The sequences of two batches, the longest first, each in the fullest row with room of the
    /// batch with fewer labels; None where that is no better or does not work out.
    fn pack_anew(&self, high: &Batch, low: &Batch) -> Option<[Batch; 2]> {
        let options = self.options;
        let mut numbers: Vec<u32> = high.iter().chain(low).flatten().copied().collect();
        numbers.sort_by_key(|&number| {
            let Sequence { length, labels, .. } = self.sequences.get(number);
            Reverse((length, labels))
        });
        let mut packed = [high, low].map(|batch| vec![Row::new(); batch.len()]);
        let mut tokens = [high, low].map(|batch| vec![0; batch.len()]);
        let mut labels = [0, 0];
        for number in numbers {
            let sequence = self.sequences.get(number);
            // A batch has one number of labels, so only the rows within it remain to be compared.
            let fullest = |batch: usize| {
                let rows = tokens[batch].iter().zip(&packed[batch]).enumerate();
                rows.filter(|(_, (_, row))| row.len() < options.max_sequences)
                    .map(|(row, (tokens, _))| (options.capacity - tokens - sequence.length, row))
                    .filter(|&(room, _)| room >= 0)
                    .min()
                    .map(|(room, row)| (labels[batch], room, batch, row))
            };
            let (_, _, batch, row) = fullest(0).into_iter().chain(fullest(1)).min()?;
            let place = &mut packed[batch][row];
            labels[batch] += sequence.labels - if place.is_empty() { sequence.leading } else { 0 };
            place.push(number);
            tokens[batch][row] += sequence.length;
        }
        if packed.iter().flatten().any(Vec::is_empty) {
            return None;
        }
        if let Some(multiple) = options.padding_multiple {
            let longest = |tokens: &Vec<i64>| tokens.iter().copied().max().unwrap_or(0);
            let after: i64 =
                tokens.iter().map(|rows| padded(rows.len(), longest(rows), multiple)).sum();
            let before: i64 =
                [high, low].iter().map(|batch| self.sequences.padded(batch, multiple)).sum();
            if after > before {
                return None;
            }
        }
        let before = [high, low].map(|batch| self.sequences.labels(batch));
        let is_better = labels[0] + labels[1] == before[0] + before[1]
            && labels[0].abs_diff(labels[1]) < before[0].abs_diff(before[1]);
        is_better.then_some(packed)
    }
}
