//! The three columns of packed rows, as flat buffers.

use crate::fill::PackedMut;
use crate::plan::{Overflow, PackError, Plan};

/// The tokens that packing adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpecialTokens {
    /// Fills `input_ids`, and closes every sequence after `eos`.
    pub pad: i64,
    /// Ends every sequence.
    pub eos: i64,
    /// What `labels` has where `input_ids` has padding.
    pub label_pad: i64,
}

/// Packed rows: each column has `rows * max_length` values, one row after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The number of rows.
    pub rows: usize,
    /// The length of each row.
    pub max_length: usize,
    /// The tokens.
    pub input_ids: Vec<i64>,
    /// The tokens to predict.
    pub labels: Vec<i64>,
    /// 1 for tokens to attend to, 0 for padding.
    pub attention_mask: Vec<i64>,
}

/// Columns-made columns, alike in the number of sequences and in each one's length.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a, S> {
    /// The tokens of each sequence.
    pub input_ids: &'a [S],
    /// The labels of each sequence.
    pub labels: &'a [S],
    /// The attention mask of each sequence.
    pub attention_masks: &'a [S],
}

/// Packs `sequence + [eos, pad]` for every sequence, in order, into rows of `max_length`.
///
/// The labels are `sequence + [eos, label_pad]`, and the mask is 1 up to and including `eos`, then
/// 0: what Axolotl's `encode_streaming` makes of tokenized texts.
pub fn pack_sequences<S: AsRef<[i64]> + Sync>(
    sequences: &[S],
    max_length: usize,
    special: SpecialTokens,
    overflow: Overflow,
) -> Result<Packed, PackError> {
    let lengths = sequences.iter().map(|sequence| sequence.as_ref().len());
    let plan = Plan::new(lengths, 2, max_length, overflow)?;
    let (mut input_ids, mut labels, mut attention_mask) =
        (zeros(&plan)?, zeros(&plan)?, zeros(&plan)?);
    let columns = PackedMut {
        input_ids: &mut input_ids,
        labels: &mut labels,
        attention_mask: &mut attention_mask,
    };
    let rows = plan.rows().len();
    let Ok(()) = plan.fill_closed(0..rows, sequences, special, columns);
    Ok(Packed { rows, max_length, input_ids, labels, attention_mask })
}

/// Packs ready-made columns in order into rows of `max_length`, appending nothing to a sequence.
///
/// Rows are filled up with `pad` in the tokens, `label_pad` in the labels and 0 in the mask.
pub fn concatenate_and_pack<S: AsRef<[i64]> + Sync>(
    columns: Columns<'_, S>,
    max_length: usize,
    pad: i64,
    label_pad: i64,
    overflow: Overflow,
) -> Result<Packed, PackError> {
    let Columns { input_ids, labels, attention_masks } = columns;
    for (column, values) in [("labels", labels), ("attention_masks", attention_masks)] {
        check_alike(
            column,
            input_ids.iter().map(|ids| ids.as_ref().len()),
            values.iter().map(|values| values.as_ref().len()),
        )?;
    }
    let plan = Plan::new(input_ids.iter().map(|ids| ids.as_ref().len()), 0, max_length, overflow)?;
    let rows = plan.rows().len();
    let filled = |values: &[S], padding| -> Result<Vec<i64>, PackError> {
        let mut column = zeros(&plan)?;
        let Ok(()) = plan.fill(0..rows, values, &[], padding, &mut column);
        Ok(column)
    };
    Ok(Packed {
        rows,
        max_length,
        input_ids: filled(input_ids, pad)?,
        labels: filled(labels, label_pad)?,
        attention_mask: filled(attention_masks, 0)?,
    })
}

/// Memory for one column.
fn zeros(plan: &Plan) -> Result<Vec<i64>, PackError> {
    let places = plan.places()?;
    let mut values = Vec::new();
    values.try_reserve_exact(places).map_err(|_| PackError::TooLarge {
        rows: plan.rows().len(),
        max_length: plan.max_length(),
    })?;
    values.resize(places, 0);
    Ok(values)
}

/// Checks that a column has as many sequences as `input_ids`, of the same lengths.
pub fn check_alike(
    column: &'static str,
    input_ids: impl ExactSizeIterator<Item = usize>,
    values: impl ExactSizeIterator<Item = usize>,
) -> Result<(), PackError> {
    let (expected, count) = (input_ids.len(), values.len());
    if count != expected {
        let first = count.min(expected);
        return Err(PackError::UnequalColumns { column, count, expected, first });
    }
    for (index, (expected, length)) in input_ids.zip(values).enumerate() {
        if length != expected {
            return Err(PackError::Ragged { column, index, length, expected });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPECIAL: SpecialTokens = SpecialTokens { pad: 7, eos: 8, label_pad: -100 };

    #[test]
    fn ragged_columns_are_named() {
        let two = [vec![1, 2], vec![3]];
        let pack = |labels: &[Vec<i64>], masks: &[Vec<i64>]| {
            let columns = Columns { input_ids: &two, labels, attention_masks: masks };
            concatenate_and_pack(columns, 8, 0, -100, Overflow::Error).unwrap_err()
        };
        assert_eq!(
            pack(&two[..1], &two),
            PackError::UnequalColumns { column: "labels", count: 1, expected: 2, first: 1 }
        );
        assert_eq!(
            pack(&two, &[vec![1, 1], vec![]]),
            PackError::Ragged { column: "attention_masks", index: 1, length: 0, expected: 1 }
        );
    }

    proptest! {
        /// Appending the tails first and packing ready-made columns is the same thing.
        #[test]
        fn both_ways_to_pack_agree(
            sequences in proptest::collection::vec(
                proptest::collection::vec(any::<i64>(), 0..14), 0..40,
            ),
            max_length in 16usize..40,
        ) {
            let tailed = |tail: [i64; 2]| -> Vec<Vec<i64>> {
                sequences.iter().map(|tokens| [tokens.as_slice(), &tail].concat()).collect()
            };
            let masks: Vec<Vec<i64>> = sequences
                .iter()
                .map(|tokens| [vec![1; tokens.len()].as_slice(), &[1, 0]].concat())
                .collect();
            let columns = Columns {
                input_ids: &tailed([8, 7]),
                labels: &tailed([8, -100]),
                attention_masks: &masks,
            };
            prop_assert_eq!(
                pack_sequences(&sequences, max_length, SPECIAL, Overflow::Error),
                concatenate_and_pack(columns, max_length, 7, -100, Overflow::Error)
            );
        }
    }
}
