//! First occurrences among digests that come bit by bit.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use rayon::prelude::*;

use crate::partition::Partitions;

/// The set is split by this many leading bits, so that threads can add to its parts at once and
/// no part is large when it grows.
const BITS: u32 = 6;
/// Digests below this many are added on the calling thread.
const PARALLEL_DIGESTS: usize = 8192;

/// The digests seen so far, all of 16 or all of 32 bytes.
pub struct Deduplicator {
    seen: Seen,
}

enum Seen {
    Narrow(Parts<16>),
    Wide(Parts<32>),
}

/// Calls a method of the parts, whatever the size of their digests.
macro_rules! each {
    ($seen:expr, $parts:ident => $result:expr) => {
        match $seen {
            Seen::Narrow($parts) => $result,
            Seen::Wide($parts) => $result,
        }
    };
}

impl Deduplicator {
    /// Nothing seen yet, of digests of `digest_size` bytes: 16, or else 32.
    pub fn new(digest_size: usize) -> Self {
        let seen = match digest_size {
            16 => Seen::Narrow(Parts::new()),
            _ => Seen::Wide(Parts::new()),
        };
        Self { seen }
    }

    /// Marks digests as seen; says of each whether it is the first of its kind.
    ///
    /// Works on the current rayon pool.
    pub fn add(&mut self, digests: &[u8]) -> Vec<bool> {
        each!(&mut self.seen, parts => parts.add(digests))
    }

    /// Says of each digest whether it was seen.
    pub fn contains(&self, digests: &[u8]) -> Vec<bool> {
        each!(&self.seen, parts => parts.contains(digests))
    }

    /// Marks all that `other` has seen, too.
    pub fn merge(&mut self, other: &Self) {
        match (&mut self.seen, &other.seen) {
            (Seen::Narrow(parts), Seen::Narrow(other)) => parts.merge(other),
            (Seen::Wide(parts), Seen::Wide(other)) => parts.merge(other),
            _ => debug_assert!(false, "digests of different sizes never meet"),
        }
    }

    /// How many different digests were seen.
    pub fn len(&self) -> usize {
        each!(&self.seen, parts => parts.0.iter().map(HashSet::len).sum())
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory that the digests take, in bytes: each its size and a byte, and the room kept for
    /// more to come.
    pub fn memory_used(&self) -> usize {
        each!(&self.seen, parts => parts.memory_used())
    }

    /// All digests, ascending, in groups of limited size.
    pub(crate) fn sorted(&self) -> Box<dyn Iterator<Item = Vec<u8>> + '_> {
        each!(&self.seen, parts => Box::new(parts.sorted()))
    }
}

type Part<const N: usize> = HashSet<[u8; N], BuildHasherDefault<DigestTail>>;

/// The digests by their leading bits.
struct Parts<const N: usize>(Vec<Part<N>>);

impl<const N: usize> Parts<N> {
    fn new() -> Self {
        Self((0..1 << BITS).map(|_| Part::default()).collect())
    }

    fn add(&mut self, digests: &[u8]) -> Vec<bool> {
        let (digests, _) = digests.as_chunks::<N>();
        let mut is_new = vec![false; digests.len()];
        if digests.len() < PARALLEL_DIGESTS {
            for (digest, is_new) in digests.iter().zip(&mut is_new) {
                *is_new = self.0[part_of(digest)].insert(*digest);
            }
            return is_new;
        }
        let partitions = Partitions::new(digests.as_flattened(), N, BITS);
        let groups: Vec<&[u32]> = partitions.groups().collect();
        let added = self.0.par_iter_mut().zip(groups).map(|(part, group)| {
            let fresh = group.iter().filter(|&&at| part.insert(digests[at as usize]));
            fresh.copied().collect::<Vec<u32>>()
        });
        for at in added.collect::<Vec<_>>().into_iter().flatten() {
            is_new[at as usize] = true;
        }
        is_new
    }

    fn contains(&self, digests: &[u8]) -> Vec<bool> {
        let (digests, _) = digests.as_chunks::<N>();
        let contains = |digest: &[u8; N]| self.0[part_of(digest)].contains(digest);
        if digests.len() < PARALLEL_DIGESTS {
            digests.iter().map(contains).collect()
        } else {
            digests.par_iter().map(contains).collect()
        }
    }

    fn merge(&mut self, other: &Self) {
        for (part, other) in self.0.iter_mut().zip(&other.0) {
            part.extend(other);
        }
    }

    fn memory_used(&self) -> usize {
        // A byte per place beside the digest, and an eighth of the places stays empty.
        self.0.iter().map(|part| part.capacity() * 8 / 7 * (N + 1)).sum()
    }

    fn sorted(&self) -> impl Iterator<Item = Vec<u8>> {
        self.0.iter().map(|part| {
            let mut digests: Vec<[u8; N]> = part.iter().copied().collect();
            digests.sort_unstable();
            digests.into_flattened()
        })
    }
}

fn part_of(digest: &[u8]) -> usize {
    usize::from(digest[0]) >> (8 - BITS)
}

/// The hash of a digest: eight of its bytes that take no part in grouping.
#[derive(Default)]
pub(crate) struct DigestTail(u64);

impl Hasher for DigestTail {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(tail) = bytes.get(8..16).and_then(|tail| tail.first_chunk()) {
            self.0 = u64::from_le_bytes(*tail);
        }
    }

    /// The length that slices and arrays write ahead of their bytes carries nothing here.
    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::{Algorithm, hash_slices};

    proptest! {
        #[test]
        fn knows_what_it_has_seen(
            batches in proptest::collection::vec(proptest::collection::vec(0u16..40, 0..80), 0..4),
            copies in prop_oneof![Just(1), Just(150)], // many at once go to several threads
        ) {
            for algorithm in [Algorithm::Sha256, Algorithm::Xxh3_128] {
                let mut ours = Deduplicator::new(algorithm.digest_size());
                let mut model = HashSet::new();
                for batch in &batches {
                    let keys: Vec<u16> =
                        batch.iter().copied().cycle().take(batch.len() * copies).collect();
                    let rows: Vec<_> = keys.iter().map(|key| key.to_le_bytes()).collect();
                    let slice = |row: usize| Ok::<_, ()>(rows[row].as_slice());
                    let digests = hash_slices(algorithm, 0..rows.len(), slice).unwrap();
                    let known: Vec<bool> = keys.iter().map(|key| model.contains(key)).collect();
                    prop_assert_eq!(ours.contains(&digests), known);
                    let expected: Vec<bool> = keys.iter().map(|key| model.insert(*key)).collect();
                    prop_assert_eq!(ours.add(&digests), expected);
                    prop_assert_eq!(ours.len(), model.len());
                }
                let sorted: Vec<u8> = ours.sorted().flatten().collect();
                prop_assert!(sorted.chunks(algorithm.digest_size()).is_sorted());
                let mut merged = Deduplicator::new(algorithm.digest_size());
                merged.merge(&ours);
                merged.merge(&ours);
                prop_assert_eq!(merged.sorted().flatten().collect::<Vec<u8>>(), sorted);
            }
        }
    }
}
