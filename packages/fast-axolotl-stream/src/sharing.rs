//! Where token ids are likely, so that one Python integer may stand for all of its value.

use fast_axolotl_boundary::int_cache::IntCache;

/// Whether integers may be shared: inside of lists, where they tend to be token ids, and not as
/// values of their own, where they tend to be row numbers.
#[derive(Clone, Copy)]
pub struct Sharing<'a> {
    /// The integers made so far.
    pub tokens: &'a IntCache,
    /// Whether these are values inside of others.
    pub inside: bool,
}

impl Sharing<'_> {
    /// For the values inside of these.
    pub fn inside(self) -> Self {
        Self { inside: true, ..self }
    }
}
