//! Duplicates among more digests than fit into memory.
//!
//! Digests are grouped by their leading bits as they come; equal ones end up in the same group.
//! What exceeds the limit of memory goes to a file, still grouped. In the end each group, a
//! thousandth of everything, is looked at on its own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::hash::BuildHasherDefault;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use arrow_buffer::{BooleanBuffer, Buffer};
use rayon::prelude::*;

use crate::dedup::DigestTail;
use crate::partition::Partitions;
use crate::state::{Kind, StateError, StateReader, StateWriter};

const BITS: u32 = 10;
const GROUPS: usize = 1 << BITS;
/// The bytes of a row's number behind its digest.
const ROW: usize = 8;
/// Digests that are grouped at a time.
const DIGESTS_PER_RUN: usize = 1 << 18;
/// So few digests are looked at all together.
const DIGESTS_IN_ONE_GROUP: u64 = 1 << 15;
/// Groups looked at between two chances to stop.
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

/// Where and how much to store.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    /// How many bytes of digests to hold in memory; all if `None`. What is done with them at the
    /// end takes less than that again.
    pub memory_limit: Option<usize>,
    /// Where to put those beyond the limit, in a file without a name, of which nothing is left when
    /// the process ends, however it ends; the system's folder for temporary files if `None`.
    pub spill_directory: Option<PathBuf>,
}

impl Storage {
    fn directory(&self) -> PathBuf {
        self.spill_directory.clone().unwrap_or_else(std::env::temp_dir)
    }

    fn failed(&self, error: io::Error) -> FinderError {
        FinderError::Spill { path: self.directory(), error }
    }
}

/// Why duplicates cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum FinderError {
    /// The digests beyond the limit of memory cannot be stored or read back.
    #[error("{path}: cannot keep digests beyond the memory limit there: {error}")]
    Spill {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file of digests cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Finds duplicates among digests that come bit by bit.
pub struct DuplicateFinder {
    kind: Kind,
    storage: Storage,
    /// Digests not grouped yet.
    pending: Vec<u8>,
    runs: Vec<Run>,
    spilled: Vec<SpilledRun>,
    spill: Option<Mutex<File>>,
    spilled_bytes: u64,
    rows: u64,
}

/// Digests, each with the number of its row, by group.
struct Run {
    records: Vec<u8>,
    /// Where each group begins, in records, and at the end how many there are.
    starts: Vec<usize>,
}

/// The same in the file: where each group begins, in bytes, and where the last one ends.
struct SpilledRun(Vec<u64>);

impl DuplicateFinder {
    /// Nothing added yet.
    pub fn new(kind: Kind, storage: Storage) -> Self {
        Self {
            kind,
            storage,
            pending: Vec::new(),
            runs: Vec::new(),
            spilled: Vec::new(),
            spill: None,
            spilled_bytes: 0,
            rows: 0,
        }
    }

    /// What the digests are made of.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How many rows were added.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The bytes that went to the file.
    pub fn spilled_bytes(&self) -> u64 {
        self.spilled_bytes
    }

    fn size(&self) -> usize {
        self.kind.algorithm.digest_size()
    }

    /// Takes the digests of the next rows. Works on the current rayon pool.
    ///
    /// # Errors
    ///
    /// The limit of memory is exceeded and what is beyond it cannot be stored.
    pub fn add(&mut self, digests: &[u8]) -> Result<(), FinderError> {
        let enough = self.enough();
        let mut rest = digests;
        while !rest.is_empty() {
            // The number of threads, and so what is enough, may be less than the last time.
            let room = enough.saturating_sub(self.pending.len());
            let (now, later) = rest.split_at(rest.len().min(room));
            self.pending.extend_from_slice(now);
            self.rows += (now.len() / self.size()) as u64;
            if self.pending.len() >= enough {
                self.group_pending()?;
            }
            rest = later;
        }
        Ok(())
    }

    /// How many bytes of digests to gather before they are grouped: some for every thread, and no
    /// more than a quarter of the limit.
    fn enough(&self) -> usize {
        let rows = DIGESTS_PER_RUN * rayon::current_num_threads();
        let most = self.storage.memory_limit.map_or(rows, |limit| limit / 4 / self.size());
        rows.min(most).max(1) * self.size()
    }

    fn group_pending(&mut self) -> Result<(), FinderError> {
        let size = self.size();
        let pending = std::mem::take(&mut self.pending);
        let first = self.rows - (pending.len() / size) as u64;
        let runs = pending.par_chunks(DIGESTS_PER_RUN * size).enumerate().map(|(at, digests)| {
            Run::new(digests, size, first + (at * DIGESTS_PER_RUN) as u64, BITS)
        });
        self.runs.par_extend(runs);
        self.pending = pending;
        self.pending.clear();
        let held: usize = self.runs.iter().map(|run| run.records.len()).sum();
        if self.storage.memory_limit.is_some_and(|limit| held > limit / 2) {
            self.spill_runs()?;
        }
        Ok(())
    }

    /// Moves the runs to the file, group by group.
    fn spill_runs(&mut self) -> Result<(), FinderError> {
        let width = self.size() + ROW;
        let mut starts = vec![self.spilled_bytes];
        let mut write = || {
            let file = match self.spill.take() {
                Some(file) => file.into_inner().unwrap_or_else(PoisonError::into_inner),
                None => tempfile::tempfile_in(self.storage.directory())?,
            };
            let mut out = BufWriter::with_capacity(1 << 20, file);
            out.seek(SeekFrom::Start(self.spilled_bytes))?;
            for group in 0..GROUPS {
                for run in &self.runs {
                    let records = run.group(group, width);
                    self.spilled_bytes += records.len() as u64;
                    out.write_all(records)?;
                }
                starts.push(self.spilled_bytes);
            }
            out.into_inner().map_err(io::IntoInnerError::into_error)
        };
        let file = write().map_err(|error| self.storage.failed(error))?;
        self.spill = Some(Mutex::new(file));
        self.spilled.push(SpilledRun(starts));
        self.runs.clear();
        Ok(())
    }

    /// The records of a group in each spilled run.
    fn spilled_groups(&self, group: usize) -> io::Result<Vec<Vec<u8>>> {
        let Some(file) = &self.spill else { return Ok(Vec::new()) };
        let read = |SpilledRun(starts): &SpilledRun| {
            let mut records = vec![0; (starts[group + 1] - starts[group]) as usize];
            // What another thread did with the file before it failed does not matter.
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(starts[group]))?;
            file.read_exact(&mut records)?;
            Ok(records)
        };
        let is_there = |SpilledRun(starts): &&SpilledRun| starts[group] < starts[group + 1];
        self.spilled.iter().filter(is_there).map(read).collect()
    }

    /// Ends the adding: the duplicates are then found step by step.
    ///
    /// Rows whose digests are `seen` are not kept at all. `save` names a file for all digests,
    /// those seen and those added.
    ///
    /// # Errors
    ///
    /// The file to save to cannot be made, or what is beyond the memory limit cannot be stored.
    pub fn finish(
        mut self,
        keep: Keep,
        seen: Option<StateReader>,
        save: Option<&std::path::Path>,
    ) -> Result<Resolution, FinderError> {
        let mut groups = GROUPS;
        if self.rows <= DIGESTS_IN_ONE_GROUP && self.runs.is_empty() && self.spilled.is_empty() {
            groups = 1;
            self.runs.push(Run::new(&self.pending, self.size(), 0, 0));
        } else {
            self.group_pending()?;
        }
        self.pending = Vec::new();
        let save = save.map(|path| StateWriter::create(path, self.kind)).transpose()?;
        let words = self.rows.div_ceil(64) as usize;
        let kept = (0..words).map(|_| AtomicU64::new(0)).collect();
        Ok(Resolution { finder: self, keep, seen, save, kept, groups, next_group: 0 })
    }
}

impl Run {
    fn new(digests: &[u8], size: usize, first_row: u64, bits: u32) -> Self {
        let partitions = Partitions::new(digests, size, bits);
        let mut records = Vec::with_capacity(partitions.order().len() * (size + ROW));
        for &at in partitions.order() {
            records.extend_from_slice(&digests[at as usize * size..][..size]);
            records.extend_from_slice(&(first_row + u64::from(at)).to_le_bytes());
        }
        Self { records, starts: partitions.into_starts() }
    }

    fn group(&self, group: usize, width: usize) -> &[u8] {
        &self.records[self.starts[group] * width..self.starts[group + 1] * width]
    }
}

/// Duplicates being found.
pub struct Resolution {
    finder: DuplicateFinder,
    keep: Keep,
    seen: Option<StateReader>,
    save: Option<StateWriter>,
    /// A bit per row.
    kept: Vec<AtomicU64>,
    groups: usize,
    next_group: usize,
}

impl Resolution {
    /// Does a part of the work, on the current rayon pool; `false` when all is done.
    ///
    /// # Errors
    ///
    /// What is beyond the memory limit cannot be read back, or a file of digests fails.
    pub fn step(&mut self) -> Result<bool, FinderError> {
        let threads = rayon::current_num_threads();
        // Fewer at a time where memory is short: each group in work is in memory.
        let most = if self.finder.spilled.is_empty() { GROUPS_PER_STEP } else { 2 * threads };
        let groups = self.next_group..self.groups.min(self.next_group + most);
        self.next_group = groups.end;
        let mut work = Vec::with_capacity(groups.len());
        for group in groups {
            let end = self.end_of(group);
            let seen = match &mut self.seen {
                Some(seen) => seen.next_below(&end)?,
                None => Vec::new(),
            };
            work.push((group, seen));
        }
        let resolved: Vec<Vec<u8>> = work
            .into_par_iter()
            .map(|(group, seen)| match self.finder.size() {
                16 => self.resolve::<16>(group, seen),
                _ => self.resolve::<32>(group, seen),
            })
            .collect::<Result<_, _>>()?;
        if let Some(save) = &mut self.save {
            resolved.iter().try_for_each(|digests| save.append(digests))?;
        }
        Ok(self.next_group < self.groups)
    }

    /// Marks the rows of a group that are kept; returns its digests, sorted, if they are to be
    /// saved.
    fn resolve<const N: usize>(&self, group: usize, seen: Vec<u8>) -> Result<Vec<u8>, FinderError> {
        /// In the place of a row: nothing to keep any more.
        const NOTHING: u64 = u64::MAX;
        let finder = &self.finder;
        let spilled = finder.spilled_groups(group).map_err(|error| finder.storage.failed(error))?;
        let in_memory = finder.runs.iter().map(|run| run.group(group, N + ROW));
        let runs: Vec<&[u8]> = spilled.iter().map(Vec::as_slice).chain(in_memory).collect();
        let records = runs.iter().map(|run| run.len()).sum::<usize>() / (N + ROW);

        let mut first: HashMap<&[u8; N], u64, BuildHasherDefault<DigestTail>> =
            HashMap::with_capacity_and_hasher(
                records + seen.len() / N,
                BuildHasherDefault::default(),
            );
        first.extend(seen.as_chunks::<N>().0.iter().map(|digest| (digest, NOTHING)));
        for record in runs.iter().flat_map(|run| run.chunks_exact(N + ROW)) {
            let Some((digest, row)) = record.split_first_chunk::<N>() else { continue };
            let row = row.first_chunk().map_or(NOTHING, |row| u64::from_le_bytes(*row));
            match first.entry(digest) {
                Entry::Vacant(place) => {
                    place.insert(row);
                    self.set(row, true);
                }
                Entry::Occupied(mut place) => {
                    let before = *place.get();
                    if self.keep == Keep::First || before == NOTHING {
                        continue;
                    }
                    self.set(before, false);
                    place.insert(if self.keep == Keep::Last { row } else { NOTHING });
                    self.set(row, self.keep == Keep::Last);
                }
            }
        }
        if self.save.is_none() {
            return Ok(Vec::new());
        }
        let mut digests: Vec<[u8; N]> = first.into_keys().copied().collect();
        digests.sort_unstable();
        Ok(digests.into_flattened())
    }

    /// What is above every digest of a group and below those of the next.
    fn end_of(&self, group: usize) -> Vec<u8> {
        match u16::try_from((group + 1) << (16 - BITS)) {
            Ok(prefix) if self.groups > 1 => prefix.to_be_bytes().to_vec(),
            _ => vec![0xff; 33],
        }
    }

    fn set(&self, row: u64, kept: bool) {
        let (word, bit) = (&self.kept[(row / 64) as usize], 1 << (row % 64));
        // Bits of a word belong to different groups, and the threads that own them meet only when
        // all are done.
        if kept {
            word.fetch_or(bit, Ordering::Relaxed);
        } else {
            word.fetch_and(!bit, Ordering::Relaxed);
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
        let words: Vec<u64> = self.kept.into_iter().map(|word| word.into_inner().to_le()).collect();
        Ok(BooleanBuffer::new(Buffer::from_vec(words), 0, self.finder.rows as usize))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{Algorithm, Deduplicator, Encoding, hash_slices};

    fn digests(algorithm: Algorithm, keys: &[u16]) -> Vec<u8> {
        let rows: Vec<_> = keys.iter().map(|key| key.to_le_bytes()).collect();
        hash_slices(algorithm, 0..rows.len(), |row| Ok::<_, ()>(rows[row].as_slice())).unwrap()
    }

    fn expected(keys: &[u16], keep: Keep, seen: &[u16]) -> Vec<bool> {
        let mut places: HashMap<u16, Vec<usize>> = HashMap::new();
        for (at, key) in keys.iter().enumerate() {
            places.entry(*key).or_default().push(at);
        }
        let keeps = |at: usize| {
            let all = &places[&keys[at]];
            !seen.contains(&keys[at])
                && match keep {
                    Keep::First => all[0] == at,
                    Keep::Last => all[all.len() - 1] == at,
                    Keep::None => all.len() == 1,
                }
        };
        (0..keys.len()).map(keeps).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn finds_what_a_map_finds(
            batches in proptest::collection::vec(proptest::collection::vec(0u16..300, 0..200), 0..4),
            seen in proptest::collection::vec(0u16..300, 0..50),
            limit in proptest::option::of(1usize..4000),
            wide: bool,
        ) {
            let algorithm = if wide { Algorithm::Blake3 } else { Algorithm::Xxh3_128 };
            let kind = Kind { algorithm, encoding: Encoding::Values };
            let folder = tempfile::tempdir().unwrap();
            let (before, after) = (folder.path().join("before"), folder.path().join("after"));
            let mut state = Deduplicator::new(algorithm.digest_size());
            state.add(&digests(algorithm, &seen));
            state.save(&before, kind).unwrap();
            for keep in [Keep::First, Keep::Last, Keep::None] {
                let spill_directory = Some(folder.path().to_owned());
                let storage = Storage { memory_limit: limit, spill_directory };
                let mut finder = DuplicateFinder::new(kind, storage);
                for batch in &batches {
                    finder.add(&digests(algorithm, batch)).unwrap();
                }
                let reader = StateReader::open(&before).unwrap();
                let mut resolution = finder.finish(keep, Some(reader), Some(&after)).unwrap();
                while resolution.step().unwrap() {}
                let kept = resolution.into_kept().unwrap();
                let keys = batches.concat();
                prop_assert_eq!(kept.iter().collect::<Vec<_>>(), expected(&keys, keep, &seen));
                let mut union = Deduplicator::new(algorithm.digest_size());
                union.merge(&state);
                union.add(&digests(algorithm, &keys));
                let (saved, _) = Deduplicator::load(&after).unwrap();
                prop_assert!(saved.sorted().flatten().eq(union.sorted().flatten()));
            }
            // Nothing is left of what was spilled.
            prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        }
    }

    #[test]
    fn many_rows_spill_and_none_is_lost() {
        let kind = Kind { algorithm: Algorithm::Xxh3_128, encoding: Encoding::Values };
        let keys: Vec<u16> = (0..600_000u32).map(|at| (at % 60_000) as u16).collect();
        let mut finder = DuplicateFinder::new(
            kind,
            Storage { memory_limit: Some(4 << 20), ..Storage::default() },
        );
        finder.add(&digests(kind.algorithm, &keys)).unwrap();
        assert!(finder.spilled_bytes() > 0);
        let mut resolution = finder.finish(Keep::First, None, None).unwrap();
        while resolution.step().unwrap() {}
        let kept = resolution.into_kept().unwrap();
        assert_eq!(kept.count_set_bits(), 60_000);
        assert!(kept.iter().take(60_000).all(|kept| kept));
    }
}
