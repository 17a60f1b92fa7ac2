//! Which batches exchange sequences with which.

/// Passes over a window until it is left as it is.
pub(super) const PASSES: usize = 4;

/// The batches of a window in pairs of the least and the greatest, the next to least and the next to
/// greatest, and so on: `(least, greatest)`. Equal ones keep their order.
pub(super) fn extremes(values: &[i64]) -> impl Iterator<Item = (usize, usize)> + use<> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|&index| values[index]);
    let half = order.len() / 2;
    let greatest: Vec<usize> = order.iter().rev().take(half).copied().collect();
    order.truncate(half);
    order.into_iter().zip(greatest)
}
