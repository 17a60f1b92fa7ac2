//! Which rows are kept, found group by group.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::BuildHasherDefault;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_buffer::{BooleanBuffer, Buffer};
use rayon::prelude::*;

use crate::dedup::DigestTail;
use crate::run::{GROUP_BITS, Run, record_size};
use crate::spill::{Span, Spill};
use crate::state::{DigestKind, StateReader, StateWriter};
use crate::storage::{FinderError, Storage};

/// Groups compared between two chances to stop.
const GROUPS_PER_STEP: usize = 64;

/// Which of equal rows to keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// The first.
    #[default]
    First,
    /// The last.
    Last,
    /// None of them, so that only rows without a duplicate are kept.
    None,
}

/// Duplicates being found.
pub struct Resolution {
    pub(crate) kind: DigestKind,
    pub(crate) storage: Storage,
    pub(crate) runs: Vec<Run>,
    /// The runs before those in memory.
    pub(crate) spill: Option<Spill>,
    pub(crate) keep: Keep,
    pub(crate) seen: Option<StateReader>,
    pub(crate) save: Option<StateWriter>,
    pub(crate) kept: Kept,
    pub(crate) groups: usize,
    pub(crate) next_group: usize,
}

impl Resolution {
    /// Does a part of the work, on the current rayon pool; `false` when all is done.
    ///
    /// # Errors
    ///
    /// What is beyond the memory limit cannot be read back, or a file of digests fails.
    pub fn step(&mut self) -> Result<bool, FinderError> {
        match self.kind.algorithm.digest_size() {
            16 => self.step_of::<16>(),
            _ => self.step_of::<32>(),
        }
    }

    fn step_of<const N: usize>(&mut self) -> Result<bool, FinderError> {
        // Fewer at a time where memory is short: the digests of each group at work are in memory.
        let most = match self.spill {
            Some(_) => 2 * rayon::current_num_threads(),
            None => GROUPS_PER_STEP,
        };
        let numbers = self.next_group..self.groups.min(self.next_group + most);
        self.next_group = numbers.end;
        let mut groups = self.groups_with_seen::<N>(numbers.clone())?;
        let (keep, kept) = (self.keep, &self.kept);
        if let Some(spill) = &mut self.spill {
            let expected = self.kept.rows / self.groups;
            groups.iter_mut().for_each(|group| group.0.reserve(expected));
            let take = |spans: &[Span]| {
                groups.par_iter_mut().enumerate().for_each(|(at, group)| {
                    spans.iter().for_each(|span| group.add(span.group(at), keep, kept));
                });
            };
            spill.read(numbers.clone(), take).map_err(|error| self.storage.spill_error(error))?;
        }
        let (runs, is_saved, is_all_in_memory) =
            (&self.runs, self.save.is_some(), self.spill.is_none());
        // A group is dropped by the thread that filled it, whose next group then takes its memory.
        let sorted = groups.into_par_iter().zip(numbers).map(|(mut group, number)| {
            let in_memory = runs.iter().map(|run| run.group(number));
            if is_all_in_memory {
                let bytes: usize = in_memory.clone().map(<[u8]>::len).sum();
                group.0.reserve(bytes / record_size(N));
            }
            in_memory.for_each(|records| group.add(records, keep, kept));
            if is_saved { group.into_sorted() } else { Vec::new() }
        });
        let sorted: Vec<Vec<u8>> = sorted.collect();
        if let Some(save) = &mut self.save {
            sorted.iter().try_for_each(|digests| save.append(digests))?;
        }
        Ok(self.next_group < self.groups)
    }

    /// The groups with those of their digests that were seen before any row.
    fn groups_with_seen<const N: usize>(
        &mut self,
        numbers: Range<usize>,
    ) -> Result<Vec<DigestGroup<N>>, FinderError> {
        let mut groups = Vec::with_capacity(numbers.len());
        for number in numbers {
            let end = self.end_of(number);
            let seen = match &mut self.seen {
                Some(seen) => seen.next_below(&end)?,
                None => Vec::new(),
            };
            groups.push(DigestGroup::new(&seen));
        }
        Ok(groups)
    }

    /// What is above every digest of a group and below those of the next.
    fn end_of(&self, group: usize) -> Vec<u8> {
        match u16::try_from((group + 1) << (16 - GROUP_BITS)) {
            Ok(prefix) if self.groups > 1 => prefix.to_be_bytes().to_vec(),
            _ => vec![0xff; 33],
        }
    }

    /// Which rows are kept, when [`step`](Self::step) has come to the end. The file of digests is
    /// now in its place.
    ///
    /// # Errors
    ///
    /// The file of digests cannot be written.
    pub fn into_kept(self) -> Result<BooleanBuffer, FinderError> {
        self.save.map(StateWriter::finish).transpose()?;
        Ok(self.kept.into_buffer())
    }
}

/// The different digests of a group, each with the row that is kept of those that have it.
struct DigestGroup<const N: usize>(HashMap<[u8; N], u64, BuildHasherDefault<DigestTail>>);

impl<const N: usize> DigestGroup<N> {
    /// In the place of a row: none with this digest is kept.
    const NO_ROW: u64 = u64::MAX;

    fn new(seen: &[u8]) -> Self {
        Self(seen.as_chunks().0.iter().map(|digest| (*digest, Self::NO_ROW)).collect())
    }

    /// Adds records, in the order of their rows, and marks which rows are kept.
    fn add(&mut self, records: &[u8], keep: Keep, kept: &Kept) {
        for record in records.chunks_exact(record_size(N)) {
            let Some((digest, row)) = record.split_first_chunk::<N>() else { continue };
            let row = row.first_chunk().map_or(Self::NO_ROW, |row| u64::from_le_bytes(*row));
            match self.0.entry(*digest) {
                Entry::Vacant(entry) => {
                    entry.insert(row);
                    kept.set(row, true);
                }
                Entry::Occupied(mut entry) => {
                    let before = *entry.get();
                    if keep == Keep::First || before == Self::NO_ROW {
                        continue;
                    }
                    kept.set(before, false);
                    entry.insert(if keep == Keep::Last { row } else { Self::NO_ROW });
                    kept.set(row, keep == Keep::Last);
                }
            }
        }
    }

    fn into_sorted(self) -> Vec<u8> {
        let mut digests: Vec<[u8; N]> = self.0.into_keys().collect();
        digests.sort_unstable();
        digests.into_flattened()
    }
}

/// Which rows are kept: a bit for each.
pub(crate) struct Kept {
    words: Vec<AtomicU64>,
    rows: usize,
}

impl Kept {
    /// No row is.
    pub(crate) fn none(rows: u64) -> Self {
        let words = (0..rows.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Self { words, rows: rows as usize }
    }

    fn set(&self, row: u64, kept: bool) {
        let (word, bit) = (&self.words[(row / 64) as usize], 1 << (row % 64));
        // Bits of a word belong to different groups, and the threads that own them meet only when
        // all are done.
        if kept {
            word.fetch_or(bit, Ordering::Relaxed);
        } else {
            word.fetch_and(!bit, Ordering::Relaxed);
        }
    }

    fn into_buffer(self) -> BooleanBuffer {
        let words: Vec<u64> =
            self.words.into_iter().map(|word| word.into_inner().to_le()).collect();
        BooleanBuffer::new(Buffer::from_vec(words), 0, self.rows)
    }
}
