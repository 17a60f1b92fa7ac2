//! Which characters Python's `repr` shows as they are.

use std::ops::Range;
use std::sync::OnceLock;

use arrow_array::ArrayRef;

/// How many code points are asked for together.
const BLOCK: u32 = 4096;

/// One bit per code point of a block: set where `str.isprintable` holds.
pub type Block = [u64; BLOCK as usize / 64];

/// Whether `str.isprintable` holds for a character.
///
/// The answer depends on the Unicode version of the running Python, so it is asked, block by block
/// as characters beyond ASCII occur.
///
/// The same goes for the text of some values, so that is asked here as well.
pub struct Printable {
    blocks: Vec<OnceLock<Option<Block>>>,
    ask: Box<dyn Fn(Range<u32>) -> Option<Block> + Send + Sync>,
    reprs: Box<Reprs>,
}

/// The text that Python gives each value of an array, or why it gives none.
type Reprs = dyn Fn(&ArrayRef) -> Result<Vec<Box<str>>, String> + Send + Sync;

impl Printable {
    /// Answers with what `ask` says of a range of code points, or that nothing is known of it.
    pub fn new(ask: impl Fn(Range<u32>) -> Option<Block> + Send + Sync + 'static) -> Self {
        let blocks = (u32::from(char::MAX) + 1) / BLOCK;
        Self {
            blocks: (0..blocks).map(|_| OnceLock::new()).collect(),
            ask: Box::new(ask),
            reprs: Box::new(|_| Err("there is nobody to ask".to_owned())),
        }
    }

    /// Has `reprs` give the text of each value of an array whose type has no fixed text: times with
    /// a zone, for example. Without it, columns of such types are not covered.
    pub fn with_reprs(
        self,
        reprs: impl Fn(&ArrayRef) -> Result<Vec<Box<str>>, String> + Send + Sync + 'static,
    ) -> Self {
        Self { reprs: Box::new(reprs), ..self }
    }

    pub(super) fn reprs(&self, values: &ArrayRef) -> Result<Vec<Box<str>>, String> {
        (self.reprs)(values)
    }

    /// Whether `repr` shows `character` as it is (quotes and backslashes are a matter apart);
    /// `None` where it could not be found out.
    pub fn contains(&self, character: char) -> Option<bool> {
        self.block(character).map(|block| is_in(block, character))
    }

    /// How many bytes at the start of `text` are characters beyond ASCII that `repr` shows as they
    /// are; `None` where that could not be found out.
    pub(super) fn shown_beyond_ascii(&self, text: &str) -> Option<usize> {
        // Neighbours are mostly of one script, and so of one block.
        let mut latest = None;
        for (at, character) in text.char_indices() {
            if character.is_ascii() {
                return Some(at);
            }
            let number = u32::from(character) / BLOCK;
            let block = match latest {
                Some((same, block)) if same == number => block,
                _ => self.block(character)?,
            };
            if !is_in(block, character) {
                return Some(at);
            }
            latest = Some((number, block));
        }
        Some(text.len())
    }

    fn block(&self, character: char) -> Option<&Block> {
        let number = u32::from(character) / BLOCK;
        let first = number * BLOCK;
        self.blocks[number as usize].get_or_init(|| (self.ask)(first..first + BLOCK)).as_ref()
    }
}

fn is_in(block: &Block, character: char) -> bool {
    let at = u32::from(character) % BLOCK;
    block[at as usize / 64] >> (at % 64) & 1 == 1
}

/// The block in which the bits of the given positions are set.
pub fn block_of(positions: impl IntoIterator<Item = u32>) -> Block {
    let mut block = [0; BLOCK as usize / 64];
    for at in positions {
        block[at as usize / 64] |= 1 << (at % 64);
    }
    block
}
