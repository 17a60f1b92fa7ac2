//! Bins of a fixed capacity for sequences, from their lengths alone.

mod best_fit;
mod decreasing;
mod error;
mod first_fit;
mod group;
mod sequential;
mod shuffle;
#[cfg(test)]
mod tests;
mod tree;

use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

pub use error::BinError;
use group::Group;

/// Which bin a sequence goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// The bin before it, if there is room, else a new one: next-fit, which keeps the order.
    Sequential,
    /// The first bin with room, in the order of the lengths: what Axolotl's multipack does.
    FirstFit,
    /// The first bin with room, longest sequence first (Johnson 1973).
    FirstFitDecreasing,
    /// The fullest bin with room, longest sequence first; of bins that are equally full, the one
    /// that has been so for longest. What TRL calls `bfd` (Ding et al. 2024, arXiv:2404.10830).
    BestFitDecreasing,
}

impl FromStr for Strategy {
    type Err = BinError;

    fn from_str(name: &str) -> Result<Self, BinError> {
        match name {
            "sequential" => Ok(Self::Sequential),
            "first_fit" => Ok(Self::FirstFit),
            "first_fit_decreasing" => Ok(Self::FirstFitDecreasing),
            "best_fit_decreasing" => Ok(Self::BestFitDecreasing),
            _ => Err(BinError::UnknownStrategy(name.to_owned())),
        }
    }
}

/// What becomes of a sequence that is longer than a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TooLong {
    /// It is an error, [`BinError::TooLong`].
    #[default]
    Error,
    /// It is in no bin.
    Drop,
    /// It counts as being as long as a bin, which it fills.
    Truncate,
    /// It has a bin of its own, which holds more than the capacity: what Axolotl does.
    OwnBin,
}

impl FromStr for TooLong {
    type Err = BinError;

    fn from_str(name: &str) -> Result<Self, BinError> {
        match name {
            "error" => Ok(Self::Error),
            "drop" => Ok(Self::Drop),
            "truncate" => Ok(Self::Truncate),
            "own_bin" => Ok(Self::OwnBin),
            _ => Err(BinError::UnknownTooLong(name.to_owned())),
        }
    }
}

/// How to pack lengths into bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packing {
    /// Which bin a sequence goes into.
    pub strategy: Strategy,
    /// The most tokens in a bin.
    pub capacity: usize,
    /// The most sequences in a bin, of which there is always room for one.
    pub max_sequences: Option<usize>,
    /// Sequences that are packed together; those of the next group go into other bins. Groups are
    /// packed in parallel.
    pub group_size: Option<usize>,
    /// What becomes of a sequence that is longer than a bin.
    pub too_long: TooLong,
    /// Takes the sequences in a random order, which this number alone decides.
    pub seed: Option<u64>,
}

impl Packing {
    /// Packing without limits other than the capacity.
    pub fn new(strategy: Strategy, capacity: usize) -> Self {
        Self {
            strategy,
            capacity,
            max_sequences: None,
            group_size: None,
            too_long: TooLong::Error,
            seed: None,
        }
    }

    /// Packs sequences of these lengths, on the threads of the current rayon pool.
    ///
    /// ```
    /// use fast_axolotl_pack::{Packing, Strategy};
    ///
    /// let bins = Packing::new(Strategy::FirstFit, 8).pack(&[5, 4, 3, 4])?;
    /// assert_eq!(bins.indices, [0, 2, 1, 3]);
    /// assert_eq!(bins.offsets, [0, 2, 4]);
    /// # Ok::<(), fast_axolotl_pack::BinError>(())
    /// ```
    pub fn pack(&self, lengths: &[usize]) -> Result<Bins, BinError> {
        self.pack_unless(lengths, &AtomicBool::new(false))
    }

    /// The same, but soon ends with [`BinError::Stopped`] once `stop` is set.
    pub fn pack_unless(&self, lengths: &[usize], stop: &AtomicBool) -> Result<Bins, BinError> {
        self.check(lengths)?;
        let Some(seed) = self.seed else { return self.pack_in_order(lengths, stop) };
        let order = shuffle::permutation(lengths.len(), seed);
        let shuffled: Vec<usize> = order.iter().map(|&index| lengths[index as usize]).collect();
        let mut bins = self.pack_in_order(&shuffled, stop)?;
        for index in bins.indices.iter_mut().chain(&mut bins.dropped) {
            *index = i64::from(order[*index as usize]);
        }
        bins.dropped.sort_unstable();
        Ok(bins)
    }

    /// The most sequences in a bin.
    fn places(&self) -> usize {
        self.max_sequences.map_or(usize::MAX, |most| most.max(1))
    }

    fn check(&self, lengths: &[usize]) -> Result<(), BinError> {
        if self.capacity == 0 {
            return Err(BinError::NoCapacity);
        }
        // The last number means that a sequence is in no bin.
        if lengths.len() >= u32::MAX as usize {
            return Err(BinError::TooMany(lengths.len()));
        }
        if self.too_long == TooLong::Error
            && let Some(index) = lengths.iter().position(|&length| length > self.capacity)
        {
            let length = lengths[index];
            return Err(BinError::TooLong { index, length, capacity: self.capacity });
        }
        let total = lengths.iter().try_fold(0_i64, |total, &length| {
            i64::try_from(length).ok().and_then(|length| total.checked_add(length))
        });
        if total.is_none() {
            return Err(BinError::TooManyTokens);
        }
        Ok(())
    }

    fn pack_in_order(&self, lengths: &[usize], stop: &AtomicBool) -> Result<Bins, BinError> {
        let size = self.group_size.unwrap_or(lengths.len()).max(1);
        let groups: Vec<Group> =
            lengths.par_chunks(size).map(|lengths| Group::pack(self, lengths, stop)).collect();
        if stop.load(Ordering::Relaxed) {
            return Err(BinError::Stopped);
        }
        let mut bins = Bins::with_capacity(lengths.len(), &groups);
        for (number, group) in groups.into_iter().enumerate() {
            bins.append(group, number * size);
        }
        Ok(bins)
    }
}

/// Bins of sequences: those of bin `b` are `indices[offsets[b]..offsets[b + 1]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bins {
    /// The indices of the sequences, bin by bin.
    pub indices: Vec<i64>,
    /// Where each bin begins in `indices`, and where the last one ends.
    pub offsets: Vec<i64>,
    /// The tokens in each bin.
    pub tokens: Vec<i64>,
    /// The sequences that are in no bin, in order.
    pub dropped: Vec<i64>,
}

impl Bins {
    fn with_capacity(sequences: usize, groups: &[Group]) -> Self {
        let bins = groups.iter().map(|group| group.tokens.len()).sum::<usize>();
        let mut offsets = Vec::with_capacity(bins + 1);
        offsets.push(0);
        Self {
            indices: Vec::with_capacity(sequences),
            offsets,
            tokens: Vec::with_capacity(bins),
            dropped: Vec::new(),
        }
    }

    /// Adds the bins of a group whose first sequence has the index `first`.
    fn append(&mut self, group: Group, first: usize) {
        let (first, before) = (first as i64, self.indices.len() as i64);
        let whole = |local: &u32| i64::from(*local) + first;
        self.indices.extend(group.indices.iter().map(whole));
        self.offsets.extend(group.ends.iter().map(|&end| i64::from(end) + before));
        self.tokens.extend(&group.tokens);
        self.dropped.extend(group.dropped.iter().map(whole));
    }

    /// The number of bins.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is no bin.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }
}
