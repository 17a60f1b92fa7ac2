//! Columns whose text depends on what is installed beside Python: it gives their `repr`.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::{Array, ArrayRef};

use super::column::Values;
use super::printable::Printable;
use super::uncovered::Uncovered;

/// How many values are asked for together.
const BLOCK: usize = 1024;
/// How many blocks are kept while rows come in order: more than the threads work on at once.
const KEPT: usize = 256;

/// The texts of a block of values.
type Texts = Arc<Vec<Box<str>>>;

/// The texts that Python gave for values of the columns of a table.
pub(super) struct ReprCache {
    printable: Arc<Printable>,
    columns: AtomicUsize,
    blocks: Mutex<Blocks>,
}

/// The blocks that are kept. Each has the number of its column and its own within that.
#[derive(Default)]
struct Blocks {
    texts: HashMap<(usize, usize), Texts>,
    /// In the order in which they came.
    kept: VecDeque<(usize, usize)>,
    evicted: HashSet<(usize, usize)>,
    /// Set once a block is needed again after it was evicted: the rows come in no order, and every
    /// block is kept from then on.
    keep_all: bool,
}

impl ReprCache {
    pub(super) fn new(printable: Arc<Printable>) -> Self {
        Self { printable, columns: AtomicUsize::new(0), blocks: Mutex::default() }
    }

    fn find(&self, key: (usize, usize)) -> Option<Texts> {
        let mut blocks = self.lock();
        let found = blocks.texts.get(&key).cloned();
        if found.is_none() && blocks.evicted.contains(&key) {
            blocks.keep_all = true;
        }
        found
    }

    fn put(&self, key: (usize, usize), texts: &Texts) {
        let mut blocks = self.lock();
        if blocks.texts.insert(key, Arc::clone(texts)).is_some() {
            return; // Another thread asked for the same block.
        }
        blocks.kept.push_back(key);
        if blocks.kept.len() > KEPT
            && !blocks.keep_all
            && let Some(oldest) = blocks.kept.pop_front()
        {
            blocks.texts.remove(&oldest);
            blocks.evicted.insert(oldest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Blocks> {
        // The blocks hold only complete texts, whatever panicked under the lock.
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A column whose values Python gives the texts of, block by block as they are needed.
pub(super) struct Reprs {
    name: String,
    array: ArrayRef,
    cache: Arc<ReprCache>,
    number: usize,
}

impl Reprs {
    pub(super) fn new(name: String, array: ArrayRef, cache: Arc<ReprCache>) -> Self {
        let number = cache.columns.fetch_add(1, Ordering::Relaxed);
        Self { name, array, cache, number }
    }

    /// The texts of a block. Python is asked without the lock: what runs there may take long.
    fn texts(&self, block: usize) -> Result<Texts, Uncovered> {
        let key = (self.number, block);
        if let Some(texts) = self.cache.find(key) {
            return Ok(texts);
        }
        let start = block * BLOCK;
        let values = self.array.slice(start, BLOCK.min(self.array.len() - start));
        let uncovered = |error: String| Uncovered {
            column: self.name.clone(),
            reason: format!("Python did not say the text of its {}: {error}", values.data_type()),
        };
        let texts = self.cache.printable.reprs(&values).map_err(uncovered)?;
        if texts.len() != values.len() {
            return Err(uncovered(format!("{} texts for {} values", texts.len(), values.len())));
        }
        let texts = Arc::new(texts);
        self.cache.put(key, &texts);
        Ok(texts)
    }
}

impl Values for Reprs {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let texts = self.texts(index / BLOCK)?;
        out.extend_from_slice(texts[index % BLOCK].as_bytes());
        Ok(())
    }

    fn write_range(&self, start: usize, end: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let mut index = start;
        while index < end {
            let texts = self.texts(index / BLOCK)?;
            let stop = end.min((index / BLOCK + 1) * BLOCK);
            for text in &texts[index % BLOCK..][..stop - index] {
                if index > start {
                    out.extend_from_slice(b", ");
                }
                out.extend_from_slice(text.as_bytes());
                index += 1;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::Int64Array;
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;

    use super::*;

    fn reprs_of(array: ArrayRef, printable: Printable) -> Reprs {
        Reprs::new("a".to_owned(), array, Arc::new(ReprCache::new(Arc::new(printable))))
    }

    /// A column of `count` numbers, and how often it asks.
    fn column(count: i64) -> (Reprs, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let printable = Printable::new(|_| None).with_reprs(move |values| {
            counter.fetch_add(1, Ordering::Relaxed);
            let values = values.as_primitive::<Int64Type>().values();
            Ok(values.iter().map(|value| value.to_string().into()).collect())
        });
        let array = Arc::new(Int64Array::from_iter_values(0..count));
        (reprs_of(array, printable), asked)
    }

    fn check(column: &Reprs, index: usize) {
        let mut out = Vec::new();
        column.write(index, &mut out).unwrap();
        assert_eq!(out, index.to_string().as_bytes());
    }

    #[test]
    fn rows_in_order_are_asked_for_once_and_evicted() {
        let blocks = 2 * KEPT;
        let (column, asked) = column((blocks * BLOCK) as i64);
        (0..blocks * BLOCK).step_by(97).for_each(|index| check(&column, index));
        assert_eq!(asked.load(Ordering::Relaxed), blocks);
        assert_eq!(column.cache.lock().texts.len(), KEPT);
    }

    #[test]
    fn rows_in_no_order_are_kept() {
        let blocks = 2 * KEPT;
        let (column, asked) = column((blocks * BLOCK) as i64);
        for round in 0..4 {
            (0..blocks).for_each(|block| check(&column, block * BLOCK + round));
        }
        // All blocks once, those that were evicted once more, and none a third time.
        assert!(asked.load(Ordering::Relaxed) <= 2 * blocks);
    }

    #[test]
    fn ranges_cross_blocks() {
        let (column, _) = column(3000);
        for (start, end) in [(0, 0), (5, 5), (0, 1), (1000, 1030), (0, 3000), (1023, 2049)] {
            let mut out = Vec::new();
            column.write_range(start, end, &mut out).unwrap();
            let expected: Vec<String> = (start..end).map(|index| index.to_string()).collect();
            assert_eq!(String::from_utf8(out).unwrap(), expected.join(", "));
        }
    }

    #[test]
    fn without_an_answer_nothing_is_guessed() {
        let array: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let deaf = Printable::new(|_| None);
        let column = reprs_of(Arc::clone(&array), deaf);
        assert!(column.write(0, &mut Vec::new()).is_err());
        let short = Printable::new(|_| None).with_reprs(|_| Ok(Vec::new()));
        let column = reprs_of(array, short);
        assert!(column.write(0, &mut Vec::new()).is_err());
    }
}
