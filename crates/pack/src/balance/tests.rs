//! What balancing keeps, and a few results that can be seen to be right.

use std::sync::atomic::AtomicBool;

use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, proptest};
use proptest::{collection, option};

use super::rows::{Sequences, longest_others, squares};
use super::*;

static GO_ON: AtomicBool = AtomicBool::new(false);

/// Sequences in batches of as many rows as given, each row with a few of them.
fn batches() -> impl Strategy<Value = (Vec<Sequence>, Vec<Batch>)> {
    let sequence = (1_i64..50, 0_i64..=50, any::<bool>()).prop_map(|(length, labels, leads)| {
        let labels = labels.min(length);
        Sequence { length, labels, leading: i64::from(leads && labels > 0) }
    });
    let row = collection::vec(sequence, 1..5);
    (1_usize..4, collection::vec(row, 1..150)).prop_map(|(rows, all)| {
        let mut sequences = Vec::new();
        let numbered: Vec<Row> = all
            .into_iter()
            .map(|row| {
                let start = sequences.len() as u32;
                sequences.extend(row);
                (start..sequences.len() as u32).collect()
            })
            .collect();
        (sequences, numbered.chunks(rows).map(<[Row]>::to_vec).collect())
    })
}

fn sorted(batches: &[Batch]) -> Vec<u32> {
    let mut all: Vec<u32> = batches.iter().flatten().flatten().copied().collect();
    all.sort_unstable();
    all
}

fn row_counts(batches: &[Batch]) -> Vec<usize> {
    batches.iter().map(Vec::len).collect()
}

fn sequence_counts(batches: &[Batch]) -> Vec<usize> {
    batches.iter().flatten().map(Vec::len).collect()
}

proptest! {
    #[test]
    fn labels_become_more_alike(
        (sequences, batches) in batches(),
        window in 1_usize..70,
        max_sequences in 1_usize..6,
        padding_multiple in option::of(1_i64..9),
    ) {
        let known = Sequences(&sequences);
        let capacity = batches.iter().flatten().map(|row| known.tokens(row)).max().unwrap_or(0);
        let options = LabelBalance { capacity, max_sequences, window, padding_multiple };
        let mut balanced = batches.clone();
        prop_assert_eq!(options.balance_unless(&sequences, &mut balanced, &GO_ON), Ok(()));
        for (before, after) in batches.chunks(window).zip(balanced.chunks(window)) {
            prop_assert_eq!(sorted(before), sorted(after));
            let labels = |batches: &[Batch]| -> Vec<i64> {
                batches.iter().map(|batch| known.labels(batch)).collect()
            };
            prop_assert_eq!(labels(before).iter().sum::<i64>(), labels(after).iter().sum::<i64>());
            prop_assert!(squares(&labels(after)) <= squares(&labels(before)));
            if let Some(multiple) = padding_multiple {
                let padded = |batches: &[Batch]| -> i64 {
                    batches.iter().map(|batch| known.padded(batch, multiple)).sum()
                };
                prop_assert!(padded(after) <= padded(before));
            }
        }
        prop_assert!(balanced.iter().flatten().all(|row| known.tokens(row) <= capacity));
        prop_assert!(balanced.iter().flatten().all(|row| !row.is_empty()));
    }

    #[test]
    fn microbatches_cost_no_more(
        (sequences, batches) in batches(),
        batches_per_step in 1_usize..6,
        window_steps in 1_usize..4,
        padding_multiple in 1_i64..9,
    ) {
        let known = Sequences(&sequences);
        let capacity = batches.iter().flatten().map(|row| known.tokens(row)).max();
        let options =
            MicrobatchBalance { batches_per_step, window_steps, padding_multiple, capacity };
        let mut balanced = batches.clone();
        prop_assert_eq!(options.balance_unless(&sequences, &mut balanced, &GO_ON), Ok(()));
        prop_assert_eq!(row_counts(&batches), row_counts(&balanced));
        prop_assert_eq!(sequence_counts(&batches), sequence_counts(&balanced));
        let width = batches_per_step * window_steps;
        for (before, after) in batches.chunks(width).zip(balanced.chunks(width)) {
            prop_assert_eq!(sorted(before), sorted(after));
            if before.len() < width {
                prop_assert_eq!(before, after);
            }
            let padded = |batches: &[Batch]| -> i64 {
                batches.iter().map(|batch| known.padded(batch, padding_multiple)).sum()
            };
            prop_assert!(padded(after) <= padded(before));
            let labels = |batches: &[Batch]| -> Vec<i64> {
                batches.iter().map(|batch| known.labels(batch)).collect()
            };
            prop_assert!(squares(&labels(after)) <= squares(&labels(before)));
        }
        let longest = balanced.iter().flatten().map(|row| known.tokens(row)).max();
        prop_assert!(longest <= capacity);
    }

    #[test]
    fn every_batch_stays_in_its_step(
        (ranks, steps) in (0_u32..5).prop_map(|power| 1_usize << power).prop_flat_map(|ranks| {
            (Just(ranks), collection::vec(collection::vec(0_i64..5000, 3 * ranks), 0..6))
        }),
        beam_width in 1_usize..9,
        window_steps in 1_usize..4,
    ) {
        let costs = steps.concat();
        let options = RankOrder { ranks, accumulation_steps: 3, window_steps, beam_width };
        let order = options.order_unless(&costs, &GO_ON).unwrap();
        prop_assert_eq!(order.len(), costs.len());
        let slowest = |costs: &[i64]| -> i64 {
            costs.chunks(ranks).map(|micro_step| micro_step.iter().max().unwrap()).sum()
        };
        for (number, step) in order.chunks(3 * ranks).enumerate() {
            let mut sorted = step.to_vec();
            sorted.sort_unstable();
            let first = (number * 3 * ranks) as u32;
            prop_assert!(sorted.iter().copied().eq(first..first + 3 * ranks as u32));
            let after: Vec<i64> = step.iter().map(|&batch| costs[batch as usize]).collect();
            prop_assert!(slowest(&after) <= slowest(&steps[number]));
        }
    }

    #[test]
    fn fixed_batches_become_more_alike(
        size in 1_usize..5,
        described in collection::vec((1_i64..60, 0_i64..60), 1..100),
    ) {
        let full = described.len() / size * size;
        let (lengths, labels): (Vec<_>, Vec<_>) = described[..full].iter().copied().unzip();
        let sums = |order: &[u32], values: &[i64]| -> Vec<i64> {
            let sum = |batch: &[u32]| batch.iter().map(|&at| values[at as usize]).sum();
            order.chunks(size).map(sum).collect()
        };
        let as_it_is: Vec<u32> = (0..full as u32).collect();
        let weights: Vec<f64> =
            lengths.iter().zip(&labels).map(|(a, b)| *a as f64 / 9.0 + *b as f64 / 7.0).collect();
        let flattened = Flattened { batch_size: size, label_unit: 3.0, token_unit: 5.0 };
        let order = flattened.order_unless(&lengths, &labels, &weights, &GO_ON).unwrap();
        for values in [&lengths, &labels] {
            prop_assert!(squares(&sums(&order, values)) <= squares(&sums(&as_it_is, values)));
        }
        let padded = Padded {
            batch_size: size,
            padding_multiple: 4,
            capacity: 64 * size as i64,
            label_unit: 3.0,
            variance_unit: 5.0,
            cost_unit: 2.0,
        };
        let order = padded.order_unless(&lengths, &labels, &GO_ON).unwrap();
        prop_assert!(squares(&sums(&order, &labels)) <= squares(&sums(&as_it_is, &labels)));
        let cost = |order: &[u32]| -> i64 {
            let longest = |batch: &[u32]| batch.iter().map(|&at| lengths[at as usize]).max();
            order.chunks(size).filter_map(longest).map(|longest| (longest + 3) / 4 * 4).sum()
        };
        prop_assert!(cost(&order) <= cost(&as_it_is));
    }

    #[test]
    fn the_longest_of_the_others(lengths in collection::vec(0_i64..5, 1..9)) {
        let found = longest_others(&lengths);
        for (index, &longest) in found.iter().enumerate() {
            let others = lengths.iter().enumerate().filter(|&(other, _)| other != index);
            prop_assert_eq!(longest, others.map(|(_, &length)| length).max().unwrap_or(0));
        }
    }
}

fn sequence(length: i64, labels: i64) -> Sequence {
    Sequence { length, labels, leading: 0 }
}

#[test]
fn rows_with_many_labels_are_dealt_out() {
    let sequences = [sequence(8, 8), sequence(8, 7), sequence(8, 1), sequence(8, 0)];
    let mut batches = vec![vec![vec![0], vec![1]], vec![vec![2], vec![3]]];
    let options =
        LabelBalance { capacity: 8, max_sequences: 4, window: 64, padding_multiple: None };
    options.balance_unless(&sequences, &mut batches, &GO_ON).unwrap();
    assert_eq!(batches, [[[0], [3]], [[1], [2]]]);
}

#[test]
fn a_first_token_that_does_not_count_stays_first() {
    // Rows are full, so that the first sequence of one can only change places with the second of
    // the other, and the other way round. Both would balance the labels.
    let mut sequences = [sequence(4, 4), sequence(5, 0), sequence(5, 4), sequence(4, 0)];
    let options =
        LabelBalance { capacity: 9, max_sequences: 4, window: 64, padding_multiple: None };
    let balanced = |sequences: &[Sequence]| {
        let mut batches = vec![vec![vec![0, 2]], vec![vec![1, 3]]];
        options.balance_unless(sequences, &mut batches, &GO_ON).unwrap();
        batches
    };
    assert_eq!(balanced(&sequences), [[[3, 2]], [[1, 0]]]);
    sequences[0].leading = 1;
    assert_eq!(balanced(&sequences), [[[0, 1]], [[2, 3]]]);
}

#[test]
fn what_cannot_be_balanced_is_an_error() {
    let options =
        LabelBalance { capacity: 8, max_sequences: 4, window: 64, padding_multiple: None };
    let balance = |sequences: &[Sequence], mut batches: Vec<Batch>, stop: bool| {
        options.balance_unless(sequences, &mut batches, &AtomicBool::new(stop)).unwrap_err()
    };
    let two = [sequence(1, 1), sequence(1, 1)];
    assert_eq!(balance(&two, vec![vec![vec![0]], vec![]], false), BalanceError::EmptyBatch(1));
    assert_eq!(
        balance(&two, vec![vec![vec![0], vec![]]], false),
        BalanceError::EmptyRow { batch: 0, row: 1 }
    );
    assert_eq!(balance(&two, vec![vec![vec![0, 1]]], true), BalanceError::Stopped);
    let huge = [sequence(1 << 45, 0), sequence(1, (1 << 45) + 1)];
    for number in [0, 1] {
        assert_eq!(balance(&huge, vec![vec![vec![number]]], false), BalanceError::TooLarge);
    }
}

#[test]
fn sums_that_are_not_exact_are_an_error() {
    let order = |ranks, costs: &[i64]| {
        RankOrder { ranks, accumulation_steps: 1, window_steps: 1, beam_width: 8 }
            .order_unless(costs, &GO_ON)
    };
    // Each rank goes on with a batch that costs what the one before did.
    assert_eq!(order(2, &[3, 1, 3, 1]), Ok(vec![0, 1, 2, 3]));
    assert_eq!(order(2, &[3, 1, 1, 3]), Ok(vec![0, 1, 3, 2]));
    assert_eq!(order(3, &[1, 2, 3]), Err(BalanceError::Inexact));
    assert_eq!(order(1024, &[1; 1024]), Err(BalanceError::Inexact));
    assert_eq!(order(2, &[1 << 27, 0]), Err(BalanceError::Inexact));
    assert_eq!(order(2, &[1 << 54, 0]), Err(BalanceError::Inexact));
    assert_eq!(order(2, &[1, 2, 3]), Err(BalanceError::IncompleteStep { costs: 3, width: 2 }));
}
