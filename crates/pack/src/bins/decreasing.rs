//! The longest sequence first.

use super::group::Sequence;

/// The sequences by falling length, equally long ones in their order; there are at most `most`.
pub fn sorted(sequences: impl Iterator<Item = Sequence> + Clone, most: usize) -> Vec<Sequence> {
    let longest = sequences.clone().map(|sequence| sequence.length).max().unwrap_or(0);
    // Lengths in tokens are small numbers nearly always; counting them is quicker than comparing.
    if longest / 4 <= most {
        return by_counting(sequences, longest);
    }
    let mut sorted: Vec<Sequence> = sequences.collect();
    sorted.sort_by_key(|sequence| std::cmp::Reverse(sequence.length));
    sorted
}

fn by_counting(sequences: impl Iterator<Item = Sequence> + Clone, longest: usize) -> Vec<Sequence> {
    // A count per length, the longest first; then where its sequences begin.
    let mut places = vec![0_usize; longest + 1];
    for sequence in sequences.clone() {
        places[longest - sequence.length] += 1;
    }
    let mut start = 0;
    for place in &mut places {
        start += std::mem::replace(place, start);
    }
    let mut sorted = vec![Sequence::default(); start];
    for sequence in sequences {
        let place = &mut places[longest - sequence.length];
        sorted[*place] = sequence;
        *place += 1;
    }
    sorted
}
