//! Next-fit: the order of the sequences stays.

use super::Packing;
use super::group::{Assignment, Sequence};

/// Puts each sequence into the last bin if it fits there, else into a new one.
pub fn assign(
    packing: &Packing,
    assignment: &mut Assignment,
    sequences: impl Iterator<Item = Sequence>,
) {
    // None before the first bin, and after a sequence that is longer than its bin: nothing goes in
    // with that one, not even an empty sequence.
    let mut room: Option<usize> = None;
    let mut places = 0;
    for sequence in sequences {
        let rest = room.and_then(|room| room.checked_sub(sequence.length));
        if rest.is_some() && places > 0 {
            assignment.put(sequence, assignment.next_bin() - 1);
            room = rest;
            places -= 1;
        } else {
            assignment.put(sequence, assignment.next_bin());
            room = packing.capacity.checked_sub(sequence.length);
            places = packing.places() - 1;
        }
    }
}
