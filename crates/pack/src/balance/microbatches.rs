//! Batches of one optimizer step that take about as long as each other.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicBool, Ordering};

use super::BalanceError;
use super::pairs::{PASSES, extremes};
use super::rows::{Batch, Placed, RowLengths, Sequence, Sequences, exchange, first_by, gain};

/// How to make the batches of a window cost about the same.
///
/// Rows keep their number of sequences, and the cost of a batch is that of its rows, all as long as
/// the longest and rounded up to a multiple. Neither the sum of the costs nor the variance of the
/// labels becomes greater, and a step keeps its tokens and labels at least as well balanced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MicrobatchBalance {
    /// The batches of an optimizer step, at least 1.
    pub batches_per_step: usize,
    /// The steps that are balanced together, at least 1.
    pub window_steps: usize,
    /// What the length of rows is rounded up to, at least 1.
    pub padding_multiple: i64,
    /// The most tokens in a row.
    pub capacity: Option<i64>,
}

impl MicrobatchBalance {
    /// The batches that are balanced together.
    fn width(&self) -> usize {
        self.batches_per_step.max(1).saturating_mul(self.window_steps.max(1))
    }

    /// Balances batches of the numbers of these sequences, in place. Batches after the last whole
    /// window stay as they are.
    ///
    /// Soon ends with [`BalanceError::Stopped`] once `stop` is set, with batches half done.
    pub fn balance_unless(
        &self,
        sequences: &[Sequence],
        batches: &mut [Batch],
        stop: &AtomicBool,
    ) -> Result<(), BalanceError> {
        let (width, multiple) = (self.width(), self.padding_multiple);
        let end = batches.len() / width * width;
        let batches = &mut batches[..end];
        let sequences = Sequences(sequences);
        sequences.check(batches, multiple)?;
        if width == 1 {
            return Ok(());
        }
        let total = batches.iter().map(|batch| sequences.padded(batch, multiple)).sum();
        let mut all = Spread { batches: end, total };
        for window in batches.chunks_exact_mut(width) {
            if stop.load(Ordering::Relaxed) {
                return Err(BalanceError::Stopped);
            }
            Window::new(self, sequences, window).balance(window, &mut all);
        }
        Ok(())
    }
}

/// What the variance of costs is made of.
#[derive(Clone, Copy)]
struct Spread {
    batches: usize,
    total: i64,
}

impl Spread {
    /// What the variance falls by, times the square of the number of batches, when the costs of two
    /// batches fall by `squares`, squared and summed, and by `saved`, summed.
    fn gain(self, squares: i128, saved: i64) -> i128 {
        // (total - saved)² - total²
        let of_total = i128::from(saved) * (i128::from(saved) - 2 * i128::from(self.total));
        self.batches as i128 * squares + of_total
    }
}

struct Window<'a> {
    options: &'a MicrobatchBalance,
    sequences: Sequences<'a>,
    /// Of each batch.
    rows: Vec<RowLengths>,
    costs: Vec<i64>,
    tokens: Vec<i64>,
    labels: Vec<i64>,
    /// Of each step.
    step_tokens: Vec<i64>,
    step_labels: Vec<i64>,
    spread: Spread,
}

/// An exchange of two sequences, and what the batches are afterwards.
#[derive(Clone, Copy)]
struct Exchange {
    from: Placed,
    to: Placed,
    tokens: i64,
    labels: i64,
    high_cost: i64,
    low_cost: i64,
}

impl<'a> Window<'a> {
    fn new(options: &'a MicrobatchBalance, sequences: Sequences<'a>, window: &[Batch]) -> Self {
        let rows: Vec<_> = window.iter().map(|batch| RowLengths::of(sequences, batch)).collect();
        let padded = |batch: &Batch| sequences.padded(batch, options.padding_multiple);
        let costs: Vec<_> = window.iter().map(padded).collect();
        let tokens: Vec<i64> = rows.iter().map(|rows| rows.tokens.iter().sum()).collect();
        let labels: Vec<_> = window.iter().map(|batch| sequences.labels(batch)).collect();
        let by_step = |values: &[i64]| {
            values.chunks(options.batches_per_step.max(1)).map(|step| step.iter().sum()).collect()
        };
        let (step_tokens, step_labels) = (by_step(&tokens), by_step(&labels));
        let spread = Spread { batches: window.len(), total: costs.iter().sum() };
        Self { options, sequences, rows, costs, tokens, labels, step_tokens, step_labels, spread }
    }

    fn balance(&mut self, window: &mut [Batch], all: &mut Spread) {
        for pass in 0..PASSES {
            let by_cost = pass % 2 == 0;
            let mut is_changed = false;
            for (low, high) in extremes(if by_cost { &self.costs } else { &self.tokens }) {
                if self.costs[high] == self.costs[low] && self.tokens[high] == self.tokens[low] {
                    continue;
                }
                let Some(found) = self.best(window, high, low, *all) else { continue };
                let Ok([ours, theirs]) = window.get_disjoint_mut([high, low]) else { continue };
                exchange(ours, found.from, theirs, found.to);
                all.total -= self.apply(high, low, found);
                is_changed = true;
            }
            if !is_changed && !by_cost {
                break;
            }
        }
    }

    /// The exchange after which the dearer batch is the cheapest; of those, the one that saves the
    /// most padding, then the one that makes the costs and the tokens the most alike.
    fn best(&self, window: &[Batch], high: usize, low: usize, all: Spread) -> Option<Exchange> {
        let multiple = self.options.padding_multiple;
        let high_items = first_by(self.sequences, &window[high], |one| Reverse(one.length));
        let low_items = first_by(self.sequences, &window[low], |one| one.length);
        let (high_rows, low_rows) = (&self.rows[high], &self.rows[low]);
        let step = |batch: usize| batch / self.options.batches_per_step.max(1);
        let (high_step, low_step) = (step(high), step(low));
        let most = self.costs[high].max(self.costs[low]);
        let mut best = None;
        let mut best_score = (most, 0, 0, 0);
        for &from in &high_items {
            for &to in &low_items {
                let (ours, theirs): (Sequence, Sequence) = (from.sequence, to.sequence);
                let tokens = ours.length - theirs.length;
                // The sequences become shorter and shorter, those of the other batch longer.
                if tokens <= 0 {
                    break;
                }
                let token_gain = gain(tokens, self.tokens[high] - self.tokens[low]);
                if token_gain < 0 {
                    continue;
                }
                let leads = [from.at == 0, to.at == 0];
                // A first token that did not count must go on not to count.
                if leads[0] != leads[1] && (ours.leading != 0 || theirs.leading != 0) {
                    continue;
                }
                let mut labels = ours.labels - theirs.labels;
                if leads == [true, true] {
                    labels -= ours.leading - theirs.leading;
                }
                if gain(labels, self.labels[high] - self.labels[low]) < 0 {
                    continue;
                }
                if high_step != low_step {
                    let between = |steps: &[i64]| steps[high_step] - steps[low_step];
                    if gain(tokens, between(&self.step_tokens)) < 0
                        || gain(labels, between(&self.step_labels)) < 0
                    {
                        continue;
                    }
                }
                let high_row = high_rows.tokens[from.row] - tokens;
                let low_row = low_rows.tokens[to.row] + tokens;
                if self.options.capacity.is_some_and(|capacity| high_row.max(low_row) > capacity) {
                    continue;
                }
                let high_cost = high_rows.padded_with(from.row, high_row, multiple);
                let low_cost = low_rows.padded_with(to.row, low_row, multiple);
                let saved = self.costs[high] + self.costs[low] - high_cost - low_cost;
                if saved < 0 || high_cost.max(low_cost) > most {
                    continue;
                }
                let square = |cost: i64| i128::from(cost) * i128::from(cost);
                let squares = square(self.costs[high]) + square(self.costs[low])
                    - square(high_cost)
                    - square(low_cost);
                let variance_gain = self.spread.gain(squares, saved);
                if variance_gain < 0 || all.gain(squares, saved) < 0 {
                    continue;
                }
                let score = (high_cost.max(low_cost), -saved, -variance_gain, -token_gain);
                if score < best_score {
                    best_score = score;
                    best = Some(Exchange { from, to, tokens, labels, high_cost, low_cost });
                }
            }
        }
        best
    }

    /// Takes note of an exchange, and says by how much the costs fell.
    fn apply(&mut self, high: usize, low: usize, exchange: Exchange) -> i64 {
        let Exchange { from, to, tokens, labels, high_cost, low_cost } = exchange;
        let step = self.options.batches_per_step.max(1);
        for (batch, row, sign) in [(high, from.row, -1), (low, to.row, 1)] {
            let mut lengths = std::mem::take(&mut self.rows[batch].tokens);
            lengths[row] += sign * tokens;
            self.rows[batch] = RowLengths::new(lengths);
            self.tokens[batch] += sign * tokens;
            self.labels[batch] += sign * labels;
            self.step_tokens[batch / step] += sign * tokens;
            self.step_labels[batch / step] += sign * labels;
        }
        let saved = self.costs[high] + self.costs[low] - high_cost - low_cost;
        (self.costs[high], self.costs[low]) = (high_cost, low_cost);
        self.spread.total -= saved;
        saved
    }
}
