//! Which rank gets which batch of an optimizer step.

use std::cmp::Ordering as Order;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

use super::BalanceError;

/// How to deal out the batches of each optimizer step to ranks, so that the ranks have about the
/// same to do in each micro-step and over time, and the cost of a rank changes little from one
/// micro-step to the next.
///
/// A beam search over the steps of a window, with the same few arrangements of a step each time: the
/// batches as they are, sorted in three ways, each also backwards, and with the ranks permuted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankOrder {
    /// The number of ranks, at least 1; a power of two, so that their mean is exact.
    pub ranks: usize,
    /// The batches of a rank in an optimizer step, at least 1.
    pub accumulation_steps: usize,
    /// The steps that are searched together, at least 1.
    pub window_steps: usize,
    /// The arrangements that are kept from one step to the next, at least 1.
    pub beam_width: usize,
}

/// Integers up to this are exact in float64.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Means of more ranks are closer together than the tolerance of the search.
const MOST_RANKS: usize = 512;

/// What the search allows for inexact sums.
const TOLERANCE: f64 = 1e-6;

/// What one rank gets in one step.
struct Column {
    batches: Vec<u32>,
    first: f64,
    last: f64,
    /// The sum of its costs.
    work: f64,
    /// The sum of squares of the changes from each micro-step to the next.
    change: f64,
}

/// An arrangement of a step: the column of each rank, and how unlike the ranks' costs are.
struct Arrangement {
    columns: Vec<u32>,
    spread: f64,
}

/// The arrangements of the steps so far, and what they add up to.
#[derive(Clone)]
struct Path {
    change: Vec<f64>,
    work: Vec<f64>,
    last: Option<Vec<f64>>,
    spread: f64,
    order: Vec<u32>,
}

/// How good it is to go on from a path with an arrangement; less is better.
#[derive(Clone, Copy)]
struct Score {
    worst_change: f64,
    imbalance: f64,
    spread: f64,
    total_change: f64,
    path: usize,
    arrangement: usize,
}

impl Score {
    fn compare(&self, other: &Self) -> Order {
        self.worst_change
            .total_cmp(&other.worst_change)
            .then(self.imbalance.total_cmp(&other.imbalance))
            .then(self.spread.total_cmp(&other.spread))
            .then(self.total_change.total_cmp(&other.total_change))
            .then((self.path, self.arrangement).cmp(&(other.path, other.arrangement)))
    }
}

impl RankOrder {
    /// The batches in order, by micro-step and then by rank, from costs in that order, none of them
    /// negative.
    ///
    /// All sums are exact in float64, so that they do not depend on the order of the summands:
    /// otherwise this ends with [`BalanceError::Inexact`]. It soon ends with
    /// [`BalanceError::Stopped`] once `stop` is set.
    pub fn order_unless(&self, costs: &[i64], stop: &AtomicBool) -> Result<Vec<u32>, BalanceError> {
        let too_long = costs.len() >= u32::MAX as usize;
        let width = self.ranks.checked_mul(self.accumulation_steps);
        let width = width.filter(|&width| width > 0 && !too_long).ok_or(BalanceError::TooLarge)?;
        if !self.ranks.is_power_of_two() || self.ranks > MOST_RANKS {
            return Err(BalanceError::Inexact);
        }
        if !costs.len().is_multiple_of(width) {
            return Err(BalanceError::IncompleteStep { costs: costs.len(), width });
        }
        let costs: Vec<f64> = costs.iter().map(|&cost| cost as f64).collect();
        if costs.iter().any(|&cost| cost >= EXACT) {
            return Err(BalanceError::Inexact);
        }
        let permutations = permutations(self.ranks);
        let start = Path {
            change: vec![0.0; self.ranks],
            work: vec![0.0; self.ranks],
            last: None,
            spread: 0.0,
            order: Vec::with_capacity(costs.len()),
        };
        let mut order = Vec::with_capacity(costs.len());
        let mut paths = vec![start];
        for (number, step) in costs.chunks_exact(width).enumerate() {
            if stop.load(Ordering::Relaxed) {
                return Err(BalanceError::Stopped);
            }
            // A window goes on from the best path of the one before.
            if number.is_multiple_of(self.window_steps.max(1)) {
                paths.truncate(1);
                order.append(&mut paths[0].order);
            }
            let (columns, arrangements) = self.arrangements(step, &permutations)?;
            let first = (number * width) as u32;
            paths = self.go_on(&paths, &columns, &arrangements, first)?;
        }
        order.append(&mut paths[0].order);
        Ok(order)
    }

    /// The columns and the arrangements of a step, each once; none that makes the ranks less alike
    /// than they are, or a micro-step longer.
    fn arrangements(
        &self,
        step: &[f64],
        permutations: &[Vec<usize>],
    ) -> Result<(Vec<Column>, Vec<Arrangement>), BalanceError> {
        let as_it_is: Vec<u32> = (0..step.len() as u32).collect();
        let (spread_now, longest_now) = self.spread(step, &as_it_is)?;
        let mut columns = Vec::new();
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut seen = HashSet::new();
        let mut arrangements = Vec::new();
        for layout in self.layouts(step, as_it_is) {
            let (spread, longest) = self.spread(step, &layout)?;
            if spread > spread_now + TOLERANCE || longest > longest_now + TOLERANCE {
                continue;
            }
            let numbers: Vec<u32> = (0..self.ranks)
                .map(|rank| {
                    let batches: Vec<u32> =
                        layout[rank..].iter().step_by(self.ranks).copied().collect();
                    *known.entry(batches).or_insert_with_key(|batches| {
                        columns.push(Column::new(step, batches));
                        columns.len() as u32 - 1
                    })
                })
                .collect();
            for permutation in permutations {
                let columns: Vec<u32> = permutation.iter().map(|&rank| numbers[rank]).collect();
                if seen.insert(columns.clone()) {
                    arrangements.push(Arrangement { columns, spread });
                }
            }
        }
        Ok((columns, arrangements))
    }

    /// The batches of a step by micro-step and rank: as they are; sorted, along the micro-steps,
    /// along the ranks, and to and fro; each also with the micro-steps backwards.
    fn layouts(&self, step: &[f64], as_it_is: Vec<u32>) -> Vec<Vec<u32>> {
        let (ranks, micro_steps) = (self.ranks, self.accumulation_steps);
        let mut sorted = as_it_is.clone();
        sorted.sort_by(|&a, &b| step[a as usize].total_cmp(&step[b as usize]));
        let along_ranks =
            (0..step.len()).map(|at| sorted[at % ranks * micro_steps + at / ranks]).collect();
        let mut to_and_fro = sorted.clone();
        to_and_fro.chunks_mut(ranks).skip(1).step_by(2).for_each(<[u32]>::reverse);
        [as_it_is, sorted, along_ranks, to_and_fro]
            .into_iter()
            .flat_map(|layout| {
                let backwards = layout.chunks(ranks).rev().flatten().copied().collect();
                [layout, backwards]
            })
            .collect()
    }

    /// How unlike the costs of the ranks are, as the sum of squares of their distances from the mean
    /// of their micro-step; and the sum of the greatest cost of each micro-step.
    fn spread(&self, step: &[f64], layout: &[u32]) -> Result<(f64, f64), BalanceError> {
        let (mut spread, mut longest) = (0.0, 0.0);
        for micro_step in layout.chunks(self.ranks) {
            let costs = || micro_step.iter().map(|&batch| step[batch as usize]);
            let total: f64 = costs().sum();
            self.is_exact(&[], &[total])?;
            let mean = total / self.ranks as f64;
            spread += costs().map(|cost| (cost - mean) * (cost - mean)).sum::<f64>();
            longest += costs().fold(0.0, f64::max);
        }
        self.is_exact(&[spread], &[longest])?;
        Ok((spread, longest))
    }

    /// The best paths that go on from those so far.
    fn go_on(
        &self,
        paths: &[Path],
        columns: &[Column],
        arrangements: &[Arrangement],
        first: u32,
    ) -> Result<Vec<Path>, BalanceError> {
        let mut scores = Vec::with_capacity(paths.len() * arrangements.len());
        for (path_number, path) in paths.iter().enumerate() {
            for (number, arrangement) in arrangements.iter().enumerate() {
                let (mut worst_change, mut total_change, mut total_work) = (0.0_f64, 0.0, 0.0);
                for (rank, column) in arrangement.columns(columns) {
                    let change = path.change_with(rank, column);
                    worst_change = worst_change.max(change);
                    total_change += change;
                    total_work += path.work[rank] + column.work;
                }
                let mean = total_work / self.ranks as f64;
                let imbalance = arrangement
                    .columns(columns)
                    .map(|(rank, column)| path.work[rank] + column.work - mean)
                    .map(|distance| distance * distance)
                    .sum();
                let spread = path.spread + arrangement.spread;
                self.is_exact(&[imbalance, spread], &[total_change, total_work])?;
                scores.push(Score {
                    worst_change,
                    imbalance,
                    spread,
                    total_change,
                    path: path_number,
                    arrangement: number,
                });
            }
        }
        let kept = self.beam_width.clamp(1, scores.len());
        if kept < scores.len() {
            scores.select_nth_unstable_by(kept, Score::compare);
            scores.truncate(kept);
        }
        scores.sort_unstable_by(Score::compare);
        let go_on = |score: Score| {
            paths[score.path].with(&arrangements[score.arrangement], columns, score.spread, first)
        };
        Ok(scores.into_iter().map(go_on).collect())
    }

    /// Makes sure that sums are exact: of squares of distances from the mean, and of integers.
    fn is_exact(&self, squares: &[f64], integers: &[f64]) -> Result<(), BalanceError> {
        let ranks = self.ranks as f64;
        let is_exact = squares.iter().all(|&square| square < EXACT / (ranks * ranks))
            && integers.iter().all(|&integer| integer < EXACT / ranks);
        if is_exact { Ok(()) } else { Err(BalanceError::Inexact) }
    }
}

impl Column {
    fn new(step: &[f64], batches: &[u32]) -> Self {
        let costs: Vec<f64> = batches.iter().map(|&batch| step[batch as usize]).collect();
        Self {
            batches: batches.to_vec(),
            first: costs[0],
            last: costs[costs.len() - 1],
            work: costs.iter().sum(),
            change: costs.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0])).sum(),
        }
    }
}

impl Arrangement {
    fn columns<'a>(&self, columns: &'a [Column]) -> impl Iterator<Item = (usize, &'a Column)> {
        self.columns.iter().map(|&number| &columns[number as usize]).enumerate()
    }
}

impl Path {
    fn change_with(&self, rank: usize, column: &Column) -> f64 {
        let so_far = self.change[rank] + column.change;
        let Some(last) = &self.last else { return so_far };
        let jump = column.first - last[rank];
        so_far + jump * jump
    }

    fn with(&self, arrangement: &Arrangement, columns: &[Column], spread: f64, first: u32) -> Self {
        let chosen: Vec<&Column> = arrangement.columns(columns).map(|(_, column)| column).collect();
        let mut order = self.order.clone();
        for micro_step in 0..chosen[0].batches.len() {
            order.extend(chosen.iter().map(|column| first + column.batches[micro_step]));
        }
        let ranks = || chosen.iter().enumerate();
        Self {
            change: ranks().map(|(rank, column)| self.change_with(rank, column)).collect(),
            work: ranks().map(|(rank, column)| self.work[rank] + column.work).collect(),
            last: Some(chosen.iter().map(|column| column.last).collect()),
            spread,
            order,
        }
    }
}

/// The orders of ranks that are tried: all of up to four, and of more the ranks turned around by up
/// to twelve distances, forwards and backwards.
fn permutations(ranks: usize) -> Vec<Vec<usize>> {
    if ranks <= 4 {
        return all_permutations(ranks);
    }
    let count = ranks.min(12);
    let step = (ranks - 1) as f64 / (count - 1) as f64;
    let mut distances: Vec<usize> = (0..count - 1).map(|at| (at as f64 * step) as usize).collect();
    distances.push(ranks - 1);
    distances.dedup();
    let turned = |at: usize, distance: usize| (at + ranks - distance) % ranks;
    let forwards =
        distances.iter().map(|&distance| (0..ranks).map(|at| turned(at, distance)).collect());
    let backwards = distances
        .iter()
        .map(|&distance| (0..ranks).map(|at| ranks - 1 - turned(at, distance)).collect());
    forwards.chain(backwards).collect()
}

/// All orders of a few numbers, in lexicographic order.
fn all_permutations(count: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for _ in 0..count {
        orders = orders
            .iter()
            .flat_map(|order: &Vec<usize>| {
                let left = (0..count).filter(|number| !order.contains(number));
                left.map(|number| [order.as_slice(), &[number]].concat())
            })
            .collect();
    }
    orders
}
