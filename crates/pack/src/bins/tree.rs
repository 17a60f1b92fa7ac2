//! A tree of maxima over the room in bins, each node as wide as a cache line.

/// The room in a bin: a signed integer, of which the smallest means that nothing goes in any more.
pub trait Room: Copy + Ord {
    /// No room, not even for an empty sequence.
    const NONE: Self;
    /// Room for `tokens`, which must fit.
    fn of(tokens: usize) -> Self;
    /// What is left after `taken`.
    fn less(self, taken: Self) -> Self;
}

macro_rules! room {
    ($integer:ty) => {
        impl Room for $integer {
            const NONE: Self = -1;

            fn of(tokens: usize) -> Self {
                tokens as Self
            }

            fn less(self, taken: Self) -> Self {
                self - taken
            }
        }
    };
}

room!(i32);
room!(i64);

/// The largest value under each node; level 0 has the values themselves.
pub struct MaxTree<R, const WIDTH: usize> {
    levels: Vec<Vec<[R; WIDTH]>>,
}

impl<R: Room, const WIDTH: usize> MaxTree<R, WIDTH> {
    /// A tree of `len` equal values.
    pub fn filled(len: usize, value: R) -> Self {
        let mut levels = Vec::new();
        let mut count = len;
        loop {
            let mut level = vec![[R::NONE; WIDTH]; count.div_ceil(WIDTH).max(1)];
            level.as_flattened_mut()[..count].fill(value);
            count = level.len();
            levels.push(level);
            if count == 1 {
                return Self { levels };
            }
        }
    }

    /// The value at `index`.
    pub fn get(&self, index: usize) -> R {
        self.levels[0][index / WIDTH][index % WIDTH]
    }

    /// The index of the leftmost value of at least `need`, of which there must be one.
    pub fn first_at_least(&self, need: R) -> usize {
        let mut index = 0;
        for level in self.levels.iter().rev() {
            index = index * WIDTH + first_lane(&level[index], need);
        }
        index
    }

    /// Changes the value at `index`.
    pub fn set(&mut self, index: usize, value: R) {
        let (mut index, mut value) = (index, value);
        for level in &mut self.levels {
            let node = &mut level[index / WIDTH];
            let before = largest(node);
            node[index % WIDTH] = value;
            value = largest(node);
            if value == before {
                return;
            }
            index /= WIDTH;
        }
    }
}

/// The first lane of at least `need`, without a branch per lane.
fn first_lane<R: Room, const WIDTH: usize>(node: &[R; WIDTH], need: R) -> usize {
    let mut mask = 0_u32;
    for (lane, value) in node.iter().enumerate() {
        mask |= u32::from(*value >= need) << lane;
    }
    mask.trailing_zeros() as usize
}

fn largest<R: Room, const WIDTH: usize>(node: &[R; WIDTH]) -> R {
    node.iter().copied().fold(R::NONE, R::max)
}
