//! Best-fit: the bin with the least room that is enough.

use std::collections::{BTreeMap, VecDeque};

use super::Packing;
use super::group::{Assignment, Sequence};

/// Puts each sequence into the fullest bin that has room for it, else into a new one.
///
/// Of bins with equal room, the one that has had it for longest is taken.
pub fn assign(
    packing: &Packing,
    assignment: &mut Assignment,
    sequences: impl Iterator<Item = Sequence>,
) {
    let mut bins_with: BTreeMap<usize, VecDeque<u32>> = BTreeMap::new();
    let mut sequences_in = packing.max_sequences.map(|_| Vec::<usize>::new());
    for sequence in sequences {
        let found = bins_with.range_mut(sequence.length..).next().and_then(|(&room, bins)| {
            let bin = bins.pop_front()?;
            Some((room, bin, bins.is_empty()))
        });
        let (room, bin) = match found {
            Some((room, bin, was_last)) => {
                if was_last {
                    bins_with.remove(&room);
                }
                (room, bin)
            }
            None => (packing.capacity, assignment.next_bin()),
        };
        assignment.put(sequence, bin);
        let is_full = sequences_in.as_mut().is_some_and(|counts| {
            if bin as usize == counts.len() {
                counts.push(0);
            }
            counts[bin as usize] += 1;
            counts[bin as usize] >= packing.places()
        });
        // Nothing goes in with a sequence that is longer than its bin.
        if let Some(rest) = room.checked_sub(sequence.length).filter(|_| !is_full) {
            bins_with.entry(rest).or_default().push_back(bin);
        }
    }
}
