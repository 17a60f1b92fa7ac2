//! Every strategy against the plainest way to write it.

use proptest::prelude::{any, prop_assert, prop_assert_eq, prop_compose, proptest};

use super::*;

/// A bin of the plain version.
struct Open {
    room: i64,
    sequences: Vec<i64>,
}

/// Packs one group by looking at every bin for every sequence.
fn plain_group(packing: &Packing, lengths: &[usize], first: usize) -> Vec<Vec<i64>> {
    let mut order: Vec<usize> = (0..lengths.len())
        .filter(|&index| packing.too_long != TooLong::Drop || lengths[index] <= packing.capacity)
        .collect();
    let counted = |index: usize| match packing.too_long {
        TooLong::Truncate => lengths[index].min(packing.capacity) as i64,
        _ => lengths[index] as i64,
    };
    if matches!(packing.strategy, Strategy::FirstFitDecreasing | Strategy::BestFitDecreasing) {
        order.sort_by_key(|&index| -counted(index));
    }
    let most = packing.max_sequences.map_or(usize::MAX, |most| most.max(1));
    // In the order in which each bin was last changed, for ties of best-fit.
    let mut changed: Vec<usize> = Vec::new();
    let mut bins: Vec<Open> = Vec::new();
    for index in order {
        let length = counted(index);
        let fits = |bin: &Open| bin.room >= length && bin.sequences.len() < most;
        let found = match packing.strategy {
            Strategy::Sequential => bins.len().checked_sub(1).filter(|&last| fits(&bins[last])),
            Strategy::FirstFit | Strategy::FirstFitDecreasing => bins.iter().position(fits),
            Strategy::BestFitDecreasing => changed
                .iter()
                .copied()
                .filter(|&at| fits(&bins[at]))
                .min_by_key(|&at| bins[at].room),
        };
        let at = found.unwrap_or_else(|| {
            bins.push(Open { room: packing.capacity as i64, sequences: Vec::new() });
            bins.len() - 1
        });
        bins[at].room -= length;
        bins[at].sequences.push((index + first) as i64);
        changed.retain(|&other| other != at);
        changed.push(at);
    }
    bins.into_iter().map(|bin| bin.sequences).collect()
}

fn plain(packing: &Packing, lengths: &[usize]) -> Vec<Vec<i64>> {
    let size = packing.group_size.unwrap_or(lengths.len()).max(1);
    let groups = lengths.chunks(size).enumerate();
    groups.flat_map(|(number, group)| plain_group(packing, group, number * size)).collect()
}

fn nested(bins: &Bins) -> Vec<Vec<i64>> {
    let ends = bins.offsets.windows(2).map(|pair| pair[0] as usize..pair[1] as usize);
    ends.map(|range| bins.indices[range].to_vec()).collect()
}

const STRATEGIES: [Strategy; 4] = [
    Strategy::Sequential,
    Strategy::FirstFit,
    Strategy::FirstFitDecreasing,
    Strategy::BestFitDecreasing,
];

prop_compose! {
    fn packings()(
        strategy in proptest::sample::select(STRATEGIES.to_vec()),
        capacity in 1usize..60,
        beyond_i32 in proptest::bool::weighted(0.1),
        max_sequences in proptest::option::of(0usize..6),
        group_size in proptest::option::of(1usize..40),
        too_long in proptest::sample::select(vec![
            TooLong::Drop, TooLong::Truncate, TooLong::OwnBin,
        ]),
    ) -> Packing {
        let capacity = if beyond_i32 { capacity + (1 << 33) } else { capacity };
        Packing { strategy, capacity, max_sequences, group_size, too_long, seed: None }
    }
}

proptest! {
    #[test]
    fn equals_the_plain_version(
        packing in packings(),
        lengths in proptest::collection::vec(0usize..70, 0..300),
    ) {
        let bins = packing.pack(&lengths).unwrap();
        prop_assert_eq!(nested(&bins), plain(&packing, &lengths));
        for (bin, tokens) in nested(&bins).iter().zip(&bins.tokens) {
            let cut = if packing.too_long == TooLong::Truncate { packing.capacity } else { usize::MAX };
            let counted = bin.iter().map(|&index| lengths[index as usize].min(cut) as i64);
            prop_assert_eq!(counted.sum::<i64>(), *tokens);
        }
    }

    #[test]
    fn each_sequence_is_in_one_bin_or_dropped(
        packing in packings(),
        seed in proptest::option::of(any::<u64>()),
        lengths in proptest::collection::vec(0usize..70, 0..300),
    ) {
        let bins = Packing { seed, ..packing }.pack(&lengths).unwrap();
        let mut all: Vec<i64> = bins.indices.iter().chain(&bins.dropped).copied().collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..lengths.len() as i64).collect::<Vec<_>>());
        for &index in &bins.dropped {
            prop_assert!(lengths[index as usize] > packing.capacity);
        }
        for (bin, &tokens) in nested(&bins).iter().zip(&bins.tokens) {
            prop_assert!(tokens as usize <= packing.capacity || bin.len() == 1);
        }
    }

    #[test]
    fn a_seed_is_one_order(seed: u64, len in 0usize..200) {
        let order = shuffle::permutation(len, seed);
        prop_assert_eq!(&order, &shuffle::permutation(len, seed));
        let mut sorted = order;
        sorted.sort_unstable();
        prop_assert_eq!(sorted, (0..len as u32).collect::<Vec<_>>());
    }
}

#[test]
fn the_order_of_a_seed_is_part_of_the_promise() {
    assert_eq!(shuffle::permutation(8, 42), [4, 3, 2, 0, 7, 6, 1, 5]);
}

#[test]
fn what_does_not_fit_is_named() {
    let packing = Packing::new(Strategy::FirstFit, 4);
    let too_long = BinError::TooLong { index: 1, length: 5, capacity: 4 };
    assert_eq!(packing.pack(&[4, 5, 6]), Err(too_long));
    assert_eq!(Packing::new(Strategy::FirstFit, 0).pack(&[]), Err(BinError::NoCapacity));
    let huge = Packing { too_long: TooLong::OwnBin, ..packing };
    assert_eq!(huge.pack(&[usize::MAX]), Err(BinError::TooManyTokens));
    assert_eq!(huge.pack(&[i64::MAX as usize, 1]), Err(BinError::TooManyTokens));
}

#[test]
fn a_stop_is_an_error_and_no_half_of_a_result() {
    for strategy in STRATEGIES {
        let packing = Packing::new(strategy, 8);
        let stopped = packing.pack_unless(&[1; 100], &AtomicBool::new(true));
        assert_eq!(stopped, Err(BinError::Stopped));
    }
}
