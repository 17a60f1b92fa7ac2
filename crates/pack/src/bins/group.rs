//! The bins of one group of sequences.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Packing, Strategy, TooLong, best_fit, decreasing, first_fit, sequential};

/// The bins of a group; indices count from the group's first sequence.
pub struct Group {
    /// The sequences, bin by bin, each bin in the order in which it was filled.
    pub indices: Vec<u32>,
    /// Where each bin ends in `indices`.
    pub ends: Vec<u32>,
    /// The tokens in each bin.
    pub tokens: Vec<i64>,
    /// The sequences that are in no bin.
    pub dropped: Vec<u32>,
}

/// A sequence that is to go into a bin.
#[derive(Clone, Copy, Default)]
pub struct Sequence {
    pub index: u32,
    /// What it takes in a bin.
    pub length: usize,
}

/// The bin of each sequence, in the order in which the sequences were taken.
pub struct Assignment {
    sequences: Vec<u32>,
    bins: Vec<u32>,
    tokens: Vec<i64>,
}

impl Assignment {
    /// Puts a sequence into a bin: one there is, or the next one.
    pub fn put(&mut self, sequence: Sequence, bin: u32) {
        self.sequences.push(sequence.index);
        self.bins.push(bin);
        // `Packing::check` saw that all lengths together fit.
        let tokens = sequence.length as i64;
        match self.tokens.get_mut(bin as usize) {
            Some(before) => *before += tokens,
            None => self.tokens.push(tokens),
        }
    }

    /// The number of the bin that comes next.
    pub fn next_bin(&self) -> u32 {
        self.tokens.len() as u32
    }
}

impl Group {
    /// Packs fewer than `u32::MAX` sequences; not all of them once `stop` is set.
    pub fn pack(packing: &Packing, lengths: &[usize], stop: &AtomicBool) -> Self {
        let sequences = (0..).zip(lengths).filter_map(|(index, &length)| match packing.too_long {
            TooLong::Drop if length > packing.capacity => None,
            TooLong::Truncate => Some(Sequence { index, length: length.min(packing.capacity) }),
            _ => Some(Sequence { index, length }),
        });
        let mut assignment = Assignment {
            sequences: Vec::with_capacity(lengths.len()),
            bins: Vec::with_capacity(lengths.len()),
            tokens: Vec::new(),
        };
        match packing.strategy {
            Strategy::Sequential => {
                sequential::assign(packing, &mut assignment, until(stop, sequences));
            }
            Strategy::FirstFit => {
                let sequences = until(stop, sequences);
                first_fit::assign(packing, &mut assignment, sequences, lengths.len());
            }
            Strategy::FirstFitDecreasing => {
                let sorted = decreasing::sorted(sequences, lengths.len());
                let count = sorted.len();
                let sequences = until(stop, sorted.into_iter());
                first_fit::assign(packing, &mut assignment, sequences, count);
            }
            Strategy::BestFitDecreasing => {
                let sorted = decreasing::sorted(sequences, lengths.len());
                best_fit::assign(packing, &mut assignment, until(stop, sorted.into_iter()));
            }
        }
        let dropped = match packing.too_long {
            TooLong::Drop => (0..)
                .zip(lengths)
                .filter(|&(_, &length)| length > packing.capacity)
                .map(|(index, _)| index)
                .collect(),
            _ => Vec::new(),
        };
        assignment.into_group(dropped)
    }
}

/// The sequences, at most until `stop` is set.
fn until(
    stop: &AtomicBool,
    sequences: impl Iterator<Item = Sequence>,
) -> impl Iterator<Item = Sequence> {
    const SEQUENCES_PER_LOOK: usize = 1 << 16;
    sequences
        .enumerate()
        .take_while(|(number, _)| number % SEQUENCES_PER_LOOK != 0 || !stop.load(Ordering::Relaxed))
        .map(|(_, sequence)| sequence)
}

impl Assignment {
    /// Sorts the sequences by their bin, those of one bin in the order in which they came.
    fn into_group(self, dropped: Vec<u32>) -> Group {
        let Self { sequences, bins, tokens } = self;
        let mut ends = vec![0_u32; tokens.len()];
        for &bin in &bins {
            ends[bin as usize] += 1;
        }
        let mut start = 0;
        for end in &mut ends {
            start += std::mem::replace(end, start);
        }
        // Each end begins at the start of its bin and moves on with each sequence.
        let mut indices = vec![0; sequences.len()];
        for (sequence, bin) in sequences.into_iter().zip(bins) {
            let end = &mut ends[bin as usize];
            indices[*end as usize] = sequence;
            *end += 1;
        }
        Group { indices, ends, tokens, dropped }
    }
}
