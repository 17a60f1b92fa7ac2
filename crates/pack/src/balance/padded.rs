//! Batches of a fixed number of sequences, padded to the longest.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicBool, Ordering};

use super::BalanceError;
use super::pairs::{PASSES, extremes};
use super::rows::{CONSIDERED, MOST, gain, longest_others, padded};

/// How to make padded batches of a fixed number of sequences alike in labels and in cost.
///
/// The cost of a batch is its number of sequences times the longest, rounded up to a multiple.
/// Pairs of batches exchange sequences in four passes; the costs together do not become more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Padded {
    /// The sequences in a batch, at least 1.
    pub batch_size: usize,
    /// What the longest is rounded up to, at least 1.
    pub padding_multiple: i64,
    /// The most that a batch may cost after an exchange.
    pub capacity: i64,
    /// How much what the squares of the labels fall by counts for one.
    pub label_unit: f64,
    /// The same of the variance of the costs, times the square of the number of batches.
    pub variance_unit: f64,
    /// The same of the sum of the costs.
    pub cost_unit: f64,
}

impl Padded {
    /// The order of the sequences, batch by batch, in which the batches are balanced.
    ///
    /// `lengths` and `labels` are those of the sequences as they are, batch by batch, and not
    /// negative. Soon ends with [`BalanceError::Stopped`] once `stop` is set.
    pub fn order_unless(
        &self,
        lengths: &[i64],
        labels: &[i64],
        stop: &AtomicBool,
    ) -> Result<Vec<u32>, BalanceError> {
        let size = self.batch_size.max(1);
        check(lengths, labels, size, self.padding_multiple)?;
        let mut window = Window {
            options: self,
            lengths,
            labels,
            batches: batches(lengths.len(), size),
            totals: sums(labels, size),
            costs: lengths
                .chunks(size)
                .map(|batch| {
                    let longest = batch.iter().copied().max().unwrap_or(0);
                    padded(size, longest, self.padding_multiple)
                })
                .collect(),
        };
        for pass in 0..PASSES {
            let by_labels = pass % 2 == 0;
            for (low, high) in extremes(if by_labels { &window.totals } else { &window.costs }) {
                if stop.load(Ordering::Relaxed) {
                    return Err(BalanceError::Stopped);
                }
                window.exchange(high, low);
            }
        }
        Ok(window.batches.concat())
    }
}

/// Makes sure that all sequences are described, in whole batches and by numbers that are not too
/// large.
pub(super) fn check(
    lengths: &[i64],
    labels: &[i64],
    size: usize,
    multiple: i64,
) -> Result<(), BalanceError> {
    let expected = lengths.len();
    if labels.len() != expected {
        return Err(BalanceError::Uneven { name: "label_counts", found: labels.len(), expected });
    }
    if !expected.is_multiple_of(size) {
        return Err(BalanceError::PartBatch { sequences: expected, size });
    }
    let largest = |values: &[i64]| i128::from(values.iter().copied().max().unwrap_or(0));
    let places = expected as i128 * (largest(lengths) + i128::from(multiple));
    let all_labels = expected as i128 * largest(labels);
    if places.max(all_labels) > MOST || u32::try_from(expected).is_err() {
        return Err(BalanceError::TooLarge);
    }
    Ok(())
}

/// Batches of sequences as they come.
pub(super) fn batches(sequences: usize, size: usize) -> Vec<Vec<u32>> {
    // `check` saw that the numbers fit.
    let all: Vec<u32> = (0..sequences as u32).collect();
    all.chunks(size).map(<[u32]>::to_vec).collect()
}

/// The sum of the values of each batch.
pub(super) fn sums(values: &[i64], size: usize) -> Vec<i64> {
    values.chunks(size).map(|batch| batch.iter().sum()).collect()
}

/// The places in a batch that come first by a key, equal ones in their order.
pub(super) fn first_places<K>(
    batch: &[u32],
    compare: impl Fn(K, K) -> std::cmp::Ordering,
    key: impl Fn(u32) -> K,
) -> Vec<usize> {
    let mut places: Vec<usize> = (0..batch.len()).collect();
    places.sort_by(|&a, &b| compare(key(batch[a]), key(batch[b])));
    places.truncate(CONSIDERED);
    places
}

struct Window<'a> {
    options: &'a Padded,
    lengths: &'a [i64],
    labels: &'a [i64],
    batches: Vec<Vec<u32>>,
    /// The labels of each batch.
    totals: Vec<i64>,
    costs: Vec<i64>,
}

impl Window<'_> {
    /// Makes the exchange of two sequences between two batches that gains most, if one gains.
    fn exchange(&mut self, high: usize, low: usize) {
        let Padded { padding_multiple: multiple, capacity, .. } = *self.options;
        let size = self.batches[high].len();
        let labels = |number: u32| self.labels[number as usize];
        let lengths = |batch: usize| -> Vec<i64> {
            self.batches[batch].iter().map(|&number| self.lengths[number as usize]).collect()
        };
        let (high_lengths, low_lengths) = (lengths(high), lengths(low));
        let (high_others, low_others) =
            (longest_others(&high_lengths), longest_others(&low_lengths));
        let high_places = first_places(
            &self.batches[high],
            |a: Reverse<i64>, b| a.cmp(&b),
            |number| Reverse(labels(number)),
        );
        let low_places = first_places(&self.batches[low], |a: i64, b| a.cmp(&b), labels);
        let difference = self.totals[high] - self.totals[low];
        let total: i64 = self.costs.iter().sum();
        let square = |cost: i64| i128::from(cost) * i128::from(cost);
        let before = square(self.costs[high]) + square(self.costs[low]);
        let mut best = None;
        let mut best_gain = 0.0;
        for &from in &high_places {
            for &to in &low_places {
                let moved = labels(self.batches[high][from]) - labels(self.batches[low][to]);
                let label_gain = gain(moved, difference);
                if label_gain < 0 {
                    continue;
                }
                let high_cost = padded(size, high_others[from].max(low_lengths[to]), multiple);
                let low_cost = padded(size, low_others[to].max(high_lengths[from]), multiple);
                let saved = self.costs[high] + self.costs[low] - high_cost - low_cost;
                if saved < 0 || high_cost.max(low_cost) > capacity {
                    continue;
                }
                let mut variance_gain =
                    self.batches.len() as i128 * (before - square(high_cost) - square(low_cost));
                // (total - saved)² - total²
                variance_gain += i128::from(saved) * (i128::from(saved) - 2 * i128::from(total));
                if variance_gain < 0 {
                    continue;
                }
                let found = label_gain as f64 / self.options.label_unit
                    + variance_gain as f64 / self.options.variance_unit
                    + saved as f64 / self.options.cost_unit;
                if found > best_gain {
                    best_gain = found;
                    best = Some((from, to, moved, high_cost, low_cost));
                }
            }
        }
        let Some((from, to, moved, high_cost, low_cost)) = best else { return };
        let (ours, theirs) = (self.batches[high][from], self.batches[low][to]);
        (self.batches[high][from], self.batches[low][to]) = (theirs, ours);
        self.totals[high] -= moved;
        self.totals[low] += moved;
        (self.costs[high], self.costs[low]) = (high_cost, low_cost);
    }
}
