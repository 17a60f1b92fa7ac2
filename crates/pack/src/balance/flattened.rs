//! Batches of a fixed number of sequences without padding.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::atomic::{self, AtomicBool};

use super::BalanceError;
use super::padded::{batches, check, first_places, sums};
use super::pairs::{PASSES, extremes};
use super::rows::{gain, squares};

/// How to make batches of a fixed number of sequences, laid end to end, alike in labels and tokens.
///
/// The sequences are dealt out anew, where that helps, and then pairs of batches exchange sequences
/// in four passes. No batch gets more tokens than the longest had.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flattened {
    /// The sequences in a batch, at least 1.
    pub batch_size: usize,
    /// How much what the squares of the labels fall by counts for one.
    pub label_unit: f64,
    /// The same of the squares of the tokens.
    pub token_unit: f64,
}

impl Flattened {
    /// The order of the sequences, batch by batch, in which the batches are balanced.
    ///
    /// `lengths` and `labels` are those of the sequences as they are, batch by batch, and not
    /// negative. `weights` says how heavy each is where they are dealt out. Soon
    /// ends with [`BalanceError::Stopped`] once `stop` is set.
    pub fn order_unless(
        &self,
        lengths: &[i64],
        labels: &[i64],
        weights: &[f64],
        stop: &AtomicBool,
    ) -> Result<Vec<u32>, BalanceError> {
        let size = self.batch_size.max(1);
        check(lengths, labels, size, 1)?;
        if weights.len() != lengths.len() {
            let (found, expected) = (weights.len(), lengths.len());
            return Err(BalanceError::Uneven { name: "weights", found, expected });
        }
        let tokens = sums(lengths, size);
        let most = tokens.iter().copied().max().unwrap_or(0);
        let mut window = Window {
            options: self,
            lengths,
            labels,
            weights,
            batches: batches(lengths.len(), size),
            totals: sums(labels, size),
            tokens,
            most,
        };
        window.deal_out(size);
        for pass in 0..PASSES {
            let by_labels = pass % 2 == 0;
            for (low, high) in extremes(if by_labels { &window.totals } else { &window.tokens }) {
                if stop.load(atomic::Ordering::Relaxed) {
                    return Err(BalanceError::Stopped);
                }
                window.exchange(high, low);
            }
        }
        Ok(window.batches.concat())
    }
}

struct Window<'a> {
    options: &'a Flattened,
    lengths: &'a [i64],
    labels: &'a [i64],
    weights: &'a [f64],
    batches: Vec<Vec<u32>>,
    /// The labels of each batch.
    totals: Vec<i64>,
    tokens: Vec<i64>,
    most: i64,
}

/// A batch with room; the lightest comes first, of equally heavy ones the first.
#[derive(Clone, Copy)]
struct Open {
    weight: f64,
    batch: usize,
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        self.weight.total_cmp(&other.weight).then(self.batch.cmp(&other.batch))
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Open {}

impl Window<'_> {
    /// Deals the sequences out, the heaviest first, each to the lightest batch with room, if that
    /// makes labels and tokens no less alike.
    fn deal_out(&mut self, size: usize) {
        let mut numbers = self.batches.concat();
        let weight = |number: u32| self.weights[number as usize];
        numbers.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)));
        let mut dealt = vec![Vec::with_capacity(size); self.batches.len()];
        let mut open: BinaryHeap<_> =
            (0..dealt.len()).map(|batch| Reverse(Open { weight: 0.0, batch })).collect();
        for number in numbers {
            // There are as many places as sequences.
            let Some(Reverse(Open { weight: before, batch })) = open.pop() else { break };
            dealt[batch].push(number);
            if dealt[batch].len() < size {
                open.push(Reverse(Open { weight: before + weight(number), batch }));
            }
        }
        let of = |values: &[i64]| -> Vec<i64> {
            let sum = |batch: &Vec<u32>| batch.iter().map(|&number| values[number as usize]).sum();
            dealt.iter().map(sum).collect()
        };
        let (totals, tokens) = (of(self.labels), of(self.lengths));
        let before = [squares(&self.totals), squares(&self.tokens)];
        let after = [squares(&totals), squares(&tokens)];
        let is_better = after[0] <= before[0] && after[1] <= before[1] && after != before;
        if is_better && tokens.iter().all(|&tokens| tokens <= self.most) {
            (self.batches, self.totals, self.tokens) = (dealt, totals, tokens);
        }
    }

    /// Makes the exchange of two sequences between two batches that gains most, if one gains.
    fn exchange(&mut self, high: usize, low: usize) {
        let weight = |number: u32| self.weights[number as usize];
        let heaviest = first_places(&self.batches[high], |a: f64, b| b.total_cmp(&a), weight);
        let lightest = first_places(&self.batches[low], |a: f64, b| a.total_cmp(&b), weight);
        let label_difference = self.totals[high] - self.totals[low];
        let token_difference = self.tokens[high] - self.tokens[low];
        let mut best = None;
        let mut best_gain = 0.0;
        for &from in &heaviest {
            let ours = self.batches[high][from] as usize;
            for &to in &lightest {
                let theirs = self.batches[low][to] as usize;
                let labels = self.labels[ours] - self.labels[theirs];
                let tokens = self.lengths[ours] - self.lengths[theirs];
                let label_gain = gain(labels, label_difference);
                let token_gain = gain(tokens, token_difference);
                if label_gain < 0 || token_gain < 0 {
                    continue;
                }
                if (self.tokens[high] - tokens).max(self.tokens[low] + tokens) > self.most {
                    continue;
                }
                let found = label_gain as f64 / self.options.label_unit
                    + token_gain as f64 / self.options.token_unit;
                if found > best_gain {
                    best_gain = found;
                    best = Some((from, to, labels, tokens));
                }
            }
        }
        let Some((from, to, labels, tokens)) = best else { return };
        let (ours, theirs) = (self.batches[high][from], self.batches[low][to]);
        (self.batches[high][from], self.batches[low][to]) = (theirs, ours);
        self.totals[high] -= labels;
        self.totals[low] += labels;
        self.tokens[high] -= tokens;
        self.tokens[low] += tokens;
    }
}
