//! Batches of rows of sequences, and what counts about a sequence.

use super::BalanceError;

/// What balancing knows of a sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sequence {
    /// Its tokens.
    pub length: i64,
    /// The tokens of it that are trained on.
    pub labels: i64,
    /// How many of those do not count where the sequence leads a row: nothing comes before its
    /// first token that could predict it.
    pub leading: i64,
}

/// The numbers of the sequences in a row, in their order.
pub type Row = Vec<u32>;

/// The rows of a batch.
pub type Batch = Vec<Row>;

/// The most tokens and labels that are balanced: sums of squares of as many, over as many batches as
/// there can be, fit into 128 bits.
pub(super) const MOST: i128 = 1 << 45;

/// Sequences by their number.
#[derive(Clone, Copy)]
pub(super) struct Sequences<'a>(pub &'a [Sequence]);

impl Sequences<'_> {
    pub fn get(&self, number: u32) -> Sequence {
        self.0[number as usize]
    }

    /// The tokens of a row.
    pub fn tokens(&self, row: &[u32]) -> i64 {
        row.iter().map(|&number| self.get(number).length).sum()
    }

    /// The labels of a row that count.
    pub fn row_labels(&self, row: &[u32]) -> i64 {
        let all: i64 = row.iter().map(|&number| self.get(number).labels).sum();
        all - row.first().map_or(0, |&number| self.get(number).leading)
    }

    /// The labels of a batch that count.
    pub fn labels(&self, batch: &[Row]) -> i64 {
        batch.iter().map(|row| self.row_labels(row)).sum()
    }

    /// The tokens of a batch whose rows are as long as its longest, rounded up to a multiple.
    pub fn padded(&self, batch: &[Row], multiple: i64) -> i64 {
        let longest = batch.iter().map(|row| self.tokens(row)).max().unwrap_or(0);
        padded(batch.len(), longest, multiple)
    }

    /// Makes sure that no row is empty and that no sum will be too large.
    pub fn check(&self, batches: &[Batch], multiple: i64) -> Result<(), BalanceError> {
        let (mut tokens, mut labels, mut rows, mut places) = (0_i128, 0_i128, 0_i128, 0_i128);
        for (number, batch) in batches.iter().enumerate() {
            if batch.is_empty() {
                return Err(BalanceError::EmptyBatch(number));
            }
            if let Some(row) = batch.iter().position(Vec::is_empty) {
                return Err(BalanceError::EmptyRow { batch: number, row });
            }
            let mut longest = 0;
            for row in batch {
                let mut here = 0_i128;
                for &number in row {
                    let Sequence { length, labels: count, leading } = self.get(number);
                    here += i128::from(length);
                    labels += i128::from(count) + i128::from(leading.unsigned_abs());
                }
                tokens += here;
                longest = longest.max(here);
            }
            rows += batch.len() as i128;
            places += batch.len() as i128 * (longest + i128::from(multiple));
        }
        // While sequences are exchanged, a row may become as long as all of them.
        let is_small =
            places.max(labels) <= MOST && rows * (tokens + i128::from(multiple)) <= 1 << 62;
        if is_small { Ok(()) } else { Err(BalanceError::TooLarge) }
    }
}

/// The tokens of so many rows that are as long as the longest, rounded up to a multiple.
pub(super) fn padded(rows: usize, longest: i64, multiple: i64) -> i64 {
    rows as i64 * (longest.saturating_add(multiple - 1) / multiple * multiple)
}

/// The lengths of the rows of a batch, and of each the longest of the others.
pub(super) struct RowLengths {
    pub tokens: Vec<i64>,
    pub longest_other: Vec<i64>,
}

impl RowLengths {
    pub fn of(sequences: Sequences<'_>, batch: &[Row]) -> Self {
        Self::new(batch.iter().map(|row| sequences.tokens(row)).collect())
    }

    pub fn new(tokens: Vec<i64>) -> Self {
        let longest_other = longest_others(&tokens);
        Self { tokens, longest_other }
    }

    /// The tokens of the batch with padding, were the length of one row another.
    pub fn padded_with(&self, row: usize, tokens: i64, multiple: i64) -> i64 {
        padded(self.tokens.len(), tokens.max(self.longest_other[row]), multiple)
    }
}

/// Of each length, the longest of the others; 0 if there is none.
pub(super) fn longest_others(lengths: &[i64]) -> Vec<i64> {
    let (mut at, mut longest, mut second) = (usize::MAX, 0, 0);
    for (index, &length) in lengths.iter().enumerate() {
        if at == usize::MAX || length > longest {
            (at, longest, second) = (index, length, longest);
        } else {
            second = second.max(length);
        }
    }
    (0..lengths.len()).map(|index| if index == at { second } else { longest }).collect()
}

/// A sequence with its place in a batch.
#[derive(Clone, Copy)]
pub(super) struct Placed {
    pub row: usize,
    pub at: usize,
    pub number: u32,
    pub sequence: Sequence,
}

/// As many sequences of each batch are considered when two batches exchange one.
pub(super) const CONSIDERED: usize = 32;

/// The sequences of a batch that come first by a key, equal ones in their order.
pub(super) fn first_by<K: Ord>(
    sequences: Sequences<'_>,
    batch: &[Row],
    key: impl Fn(&Sequence) -> K,
) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::with_capacity(batch.iter().map(Vec::len).sum());
    for (row, numbers) in batch.iter().enumerate() {
        placed.extend(numbers.iter().enumerate().map(|(at, &number)| Placed {
            row,
            at,
            number,
            sequence: sequences.get(number),
        }));
    }
    placed.sort_by_key(|placed| key(&placed.sequence));
    placed.truncate(CONSIDERED);
    placed
}

/// Exchanges two sequences between two batches.
pub(super) fn exchange(high: &mut Batch, from: Placed, low: &mut Batch, to: Placed) {
    high[from.row][from.at] = to.number;
    low[to.row][to.at] = from.number;
}

/// The sum of squares.
pub(super) fn squares(values: &[i64]) -> i128 {
    values.iter().map(|&value| i128::from(value) * i128::from(value)).sum()
}

/// What a sum of two squares falls by, when `change` goes from the larger number to the other.
pub(super) fn gain(change: i64, difference: i64) -> i128 {
    2 * i128::from(change) * i128::from(difference - change)
}
