//! Digests in memory, each with the number of its row, grouped by their leading bits.

use std::collections::TryReserveError;

use crate::partition::Partitions;

/// The leading bits of a digest that say which group it belongs to.
pub(crate) const GROUP_BITS: u32 = 10;
pub(crate) const GROUPS: usize = 1 << GROUP_BITS;

/// The bytes of a record: a digest, and the number of its row as a little-endian `u64`.
pub(crate) const fn record_size(digest_size: usize) -> usize {
    digest_size + size_of::<u64>()
}

/// The records of consecutive rows, group by group, and in the order of the rows in each group.
pub(crate) struct Run {
    records: Vec<u8>,
    /// Where each group begins in `records`, in bytes, and at the end their length.
    starts: Vec<usize>,
}

impl Run {
    /// Groups the digests of the rows from `first_row` on by their first `bits` bits.
    pub(crate) fn new(
        digests: &[u8],
        digest_size: usize,
        first_row: u64,
        bits: u32,
    ) -> Result<Self, TryReserveError> {
        let size = record_size(digest_size);
        let mut records = Vec::new();
        records.try_reserve_exact(digests.len() / digest_size * size)?;
        let partitions = Partitions::new(digests, digest_size, bits);
        for &at in partitions.order() {
            records.extend_from_slice(&digests[at as usize * digest_size..][..digest_size]);
            records.extend_from_slice(&(first_row + u64::from(at)).to_le_bytes());
        }
        let starts = partitions.into_starts().into_iter().map(|start| start * size).collect();
        Ok(Self { records, starts })
    }

    /// The records of a group.
    pub(crate) fn group(&self, group: usize) -> &[u8] {
        &self.records[self.starts[group]..self.starts[group + 1]]
    }

    /// The bytes that the run takes in memory.
    pub(crate) fn memory_used(&self) -> usize {
        self.records.len() + size_of_val(self.starts.as_slice())
    }
}
