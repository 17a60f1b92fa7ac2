//! Duplicates among more digests than fit into memory.
//!
//! Digests are grouped by their leading bits as they come; equal ones end up in the same group.
//! What exceeds the memory limit goes to a file, still grouped. In the end a few groups at a time,
//! each about a thousandth of everything, are read and compared.

use std::path::Path;

use rayon::prelude::*;

use crate::resolution::{Keep, Kept, Resolution};
use crate::run::{GROUP_BITS, GROUPS, Run, record_size};
use crate::spill::Spill;
use crate::state::{DigestKind, StateReader, StateWriter};
use crate::storage::{FinderError, LEAST_MEMORY_LIMIT, Storage};

/// Digests that are grouped at a time.
const DIGESTS_PER_RUN: usize = 1 << 18;
/// So few digests are compared all together.
const DIGESTS_IN_ONE_GROUP: u64 = 1 << 15;

/// Finds duplicates among digests that come bit by bit.
pub struct DuplicateFinder {
    kind: DigestKind,
    storage: Storage,
    /// Digests not grouped yet.
    pending: Vec<u8>,
    runs: Vec<Run>,
    spill: Option<Spill>,
    rows: u64,
}

impl DuplicateFinder {
    /// Nothing added yet.
    ///
    /// # Errors
    ///
    /// The memory limit is below [`LEAST_MEMORY_LIMIT`].
    pub fn new(kind: DigestKind, storage: Storage) -> Result<Self, FinderError> {
        match storage.memory_limit {
            Some(given) if given < LEAST_MEMORY_LIMIT => Err(FinderError::MemoryLimit { given }),
            _ => Ok(Self::with_any_limit(kind, storage)),
        }
    }

    fn with_any_limit(kind: DigestKind, storage: Storage) -> Self {
        Self { kind, storage, pending: Vec::new(), runs: Vec::new(), spill: None, rows: 0 }
    }

    /// What the digests are made of.
    pub fn kind(&self) -> DigestKind {
        self.kind
    }

    /// How many rows were added.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The bytes that went to the file.
    pub fn spilled_bytes(&self) -> u64 {
        self.spill.as_ref().map_or(0, Spill::bytes)
    }

    fn size(&self) -> usize {
        self.kind.algorithm.digest_size()
    }

    /// Takes the digests of the next rows. Works on the current rayon pool.
    ///
    /// # Errors
    ///
    /// The memory limit is exceeded and what is beyond it cannot be stored, or there is no memory.
    pub fn add(&mut self, digests: &[u8]) -> Result<(), FinderError> {
        let enough = self.enough();
        let mut rest = digests;
        while !rest.is_empty() {
            // The number of threads, and so what is enough, may be less than the last time.
            let room = enough.saturating_sub(self.pending.len());
            let (now, later) = rest.split_at(rest.len().min(room));
            self.pending.try_reserve(now.len())?;
            self.pending.extend_from_slice(now);
            self.rows += (now.len() / self.size()) as u64;
            if self.pending.len() >= enough {
                self.group_pending()?;
            }
            rest = later;
        }
        Ok(())
    }

    /// How many bytes of digests to gather before they are grouped: some for every thread, and so
    /// few that their records take no more than a quarter of the memory limit.
    fn enough(&self) -> usize {
        let rows = DIGESTS_PER_RUN * rayon::current_num_threads();
        let most =
            self.storage.memory_limit.map_or(rows, |limit| limit / 4 / record_size(self.size()));
        rows.min(most).max(1) * self.size()
    }

    fn group_pending(&mut self) -> Result<(), FinderError> {
        let size = self.size();
        let first = self.rows - (self.pending.len() / size) as u64;
        let runs = self.pending.par_chunks(DIGESTS_PER_RUN * size).enumerate();
        let runs: Vec<Run> = runs
            .map(|(at, digests)| {
                Run::new(digests, size, first + (at * DIGESTS_PER_RUN) as u64, GROUP_BITS)
            })
            .collect::<Result<_, _>>()?;
        self.runs.extend(runs);
        self.pending.clear();
        let held: usize = self.runs.iter().map(Run::memory_used).sum();
        if self.storage.memory_limit.is_some_and(|limit| held > limit / 2) {
            self.spill_runs().map_err(|error| self.storage.spill_error(error))?;
        }
        Ok(())
    }

    fn spill_runs(&mut self) -> std::io::Result<()> {
        let spill = match &mut self.spill {
            Some(spill) => spill,
            None => self.spill.insert(Spill::create(&self.storage.directory())?),
        };
        spill.append(&self.runs)?;
        self.runs.clear();
        Ok(())
    }

    /// Ends the adding: the duplicates are then found step by step.
    ///
    /// Rows whose digests are `seen` are not kept at all. `save` names a file for all digests,
    /// those seen and those added.
    ///
    /// # Errors
    ///
    /// The file to save to cannot be made, what is beyond the memory limit cannot be stored, or
    /// there is no memory.
    pub fn finish(
        mut self,
        keep: Keep,
        seen: Option<StateReader>,
        save: Option<&Path>,
    ) -> Result<Resolution, FinderError> {
        let mut groups = GROUPS;
        if self.rows <= DIGESTS_IN_ONE_GROUP && self.runs.is_empty() && self.spill.is_none() {
            groups = 1;
            self.runs.push(Run::new(&self.pending, self.size(), 0, 0)?);
        } else {
            self.group_pending()?;
        }
        drop(self.pending);
        let save = save.map(|path| StateWriter::create(path, self.kind)).transpose()?;
        let kept = Kept::none(self.rows);
        Ok(Resolution {
            kind: self.kind,
            storage: self.storage,
            runs: self.runs,
            spill: self.spill,
            keep,
            seen,
            save,
            kept,
            groups,
            next_group: 0,
        })
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
            let kind = DigestKind { algorithm, encoding: Encoding::Values };
            let folder = tempfile::tempdir().unwrap();
            let (before, after) = (folder.path().join("before"), folder.path().join("after"));
            let mut state = Deduplicator::new(algorithm.digest_size());
            state.add(&digests(algorithm, &seen));
            state.save(&before, kind).unwrap();
            for keep in [Keep::First, Keep::Last, Keep::None] {
                let spill_directory = Some(folder.path().to_owned());
                let storage = Storage { memory_limit: limit, spill_directory };
                let mut finder = DuplicateFinder::with_any_limit(kind, storage);
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
        let kind = DigestKind { algorithm: Algorithm::Xxh3_128, encoding: Encoding::Values };
        let keys: Vec<u16> = (0..600_000u32).map(|at| (at % 60_000) as u16).collect();
        let storage = Storage { memory_limit: Some(LEAST_MEMORY_LIMIT), ..Storage::default() };
        let mut finder = DuplicateFinder::new(kind, storage).unwrap();
        for keys in keys.chunks(70_000) {
            finder.add(&digests(kind.algorithm, keys)).unwrap();
            let held: usize = finder.runs.iter().map(Run::memory_used).sum();
            assert!(held + finder.pending.len() <= LEAST_MEMORY_LIMIT);
        }
        assert!(finder.spilled_bytes() > 600_000 * 20);
        let mut resolution = finder.finish(Keep::First, None, None).unwrap();
        while resolution.step().unwrap() {}
        let kept = resolution.into_kept().unwrap();
        assert_eq!(kept.count_set_bits(), 60_000);
        assert!(kept.iter().take(60_000).all(|kept| kept));
    }

    #[test]
    fn a_limit_that_is_too_small_is_refused() {
        let kind = DigestKind { algorithm: Algorithm::Sha256, encoding: Encoding::Values };
        for (limit, works) in [(0, false), (LEAST_MEMORY_LIMIT - 1, false), (1 << 20, true)] {
            let storage = Storage { memory_limit: Some(limit), ..Storage::default() };
            assert_eq!(DuplicateFinder::new(kind, storage).is_ok(), works);
        }
    }
}
