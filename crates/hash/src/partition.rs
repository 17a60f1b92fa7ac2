//! Digests grouped by their leading bits.

/// Positions of digests, those with the same leading bits together, each group in order.
pub(crate) struct Partitions {
    order: Vec<u32>,
    /// Where each group begins in `order`, and at the end its length.
    starts: Vec<usize>,
}

impl Partitions {
    /// Groups digests of `size` bytes (at most `u32::MAX` of them) by their first `bits` bits (at
    /// most 16), by a counting sort.
    pub(crate) fn new(digests: &[u8], size: usize, bits: u32) -> Self {
        let group =
            |digest: &[u8]| usize::from(u16::from_be_bytes([digest[0], digest[1]])) >> (16 - bits);
        let mut starts = vec![0; (1 << bits) + 1];
        for digest in digests.chunks_exact(size) {
            starts[group(digest) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut order = vec![0; digests.len() / size];
        for (position, digest) in (0..).zip(digests.chunks_exact(size)) {
            let place = &mut next[group(digest)];
            order[*place] = position;
            *place += 1;
        }
        Self { order, starts }
    }

    /// The positions of all digests, by group.
    pub(crate) fn order(&self) -> &[u32] {
        &self.order
    }

    /// The positions of the digests of each group.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|ends| &self.order[ends[0]..ends[1]])
    }

    /// Where each group begins in [`order`](Self::order), and at the end its length.
    pub(crate) fn into_starts(self) -> Vec<usize> {
        self.starts
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn groups_are_complete_and_in_order(
            digests in proptest::collection::vec(any::<[u8; 16]>(), 0..300), bits in 0u32..=12
        ) {
            let partitions = Partitions::new(digests.as_flattened(), 16, bits);
            let mut all: Vec<u32> = partitions.order().to_vec();
            for (number, group) in partitions.groups().enumerate() {
                prop_assert!(group.is_sorted());
                for &at in group {
                    let prefix = u32::from_be_bytes(*digests[at as usize].first_chunk().unwrap());
                    prop_assert_eq!((u64::from(prefix) >> (32 - bits)) as usize, number);
                }
            }
            all.sort_unstable();
            prop_assert_eq!(all, (0..digests.len() as u32).collect::<Vec<_>>());
        }
    }
}
