//! First occurrences among digests.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use crate::Digest;

/// The digests seen so far.
#[derive(Default)]
pub struct Deduplicator {
    seen: HashSet<Digest, BuildHasherDefault<DigestPrefix>>,
}

impl Deduplicator {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Marks a digest as seen; `true` if it was not before.
    pub fn insert(&mut self, digest: Digest) -> bool {
        self.seen.insert(digest)
    }

    /// The positions of the digests not seen before, each at its first occurrence, in order.
    pub fn first_occurrences(&mut self, digests: &[Digest]) -> Vec<usize> {
        self.seen.reserve(digests.len());
        let mut positions = Vec::new();
        for (position, digest) in digests.iter().enumerate() {
            if self.seen.insert(*digest) {
                positions.push(position);
            }
        }
        positions
    }
}

/// A cryptographic digest is uniform already: its first eight bytes serve as its hash.
#[derive(Default)]
struct DigestPrefix(u64);

impl Hasher for DigestPrefix {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(prefix) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*prefix);
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keeps_each_first_occurrence(keys in proptest::collection::vec(0u8..20, 0..100)) {
            let digests: Vec<Digest> = keys.iter().map(|key| [*key; 32]).collect();
            let expected: Vec<usize> =
                (0..keys.len()).filter(|&at| !keys[..at].contains(&keys[at])).collect();
            let mut seen = Deduplicator::new();
            prop_assert_eq!(seen.first_occurrences(&digests), expected);
            prop_assert_eq!(seen.first_occurrences(&digests), Vec::<usize>::new());
        }
    }
}
