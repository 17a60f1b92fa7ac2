//! First-fit: the leftmost bin with room, found by a walk down a tree of maxima.

use super::Packing;
use super::group::{Assignment, Sequence};
use super::tree::{MaxTree, Room};

/// Puts each of `count` sequences at most into the first bin with room for it, else into a new one.
pub fn assign(
    packing: &Packing,
    assignment: &mut Assignment,
    sequences: impl Iterator<Item = Sequence>,
    count: usize,
) {
    // Sixteen bins of 32 bits share a cache line, eight of 64.
    if i32::try_from(packing.capacity).is_ok() {
        assign_with::<i32, 16>(packing, assignment, sequences, count);
    } else {
        assign_with::<i64, 8>(packing, assignment, sequences, count);
    }
}

fn assign_with<R: Room, const WIDTH: usize>(
    packing: &Packing,
    assignment: &mut Assignment,
    sequences: impl Iterator<Item = Sequence>,
    count: usize,
) {
    // A bin that is not open yet has room for a whole one, and is to the right of those that are:
    // finding it is opening it. As there are as many as sequences, one is always left.
    let mut rooms = MaxTree::<R, WIDTH>::filled(count, R::of(packing.capacity));
    let mut sequences_in = packing.max_sequences.map(|_| vec![0_usize; count]);
    for sequence in sequences {
        let (bin, room) = if sequence.length > packing.capacity {
            (assignment.next_bin() as usize, R::NONE)
        } else {
            let need = R::of(sequence.length);
            let bin = rooms.first_at_least(need);
            (bin, rooms.get(bin).less(need))
        };
        assignment.put(sequence, bin as u32);
        let is_full = sequences_in.as_mut().is_some_and(|counts| {
            counts[bin] += 1;
            counts[bin] >= packing.places()
        });
        rooms.set(bin, if is_full { R::NONE } else { room });
    }
}
