//! Which characters Python's `repr` shows as they are.

/// One bit per code point: set where `str.isprintable` holds.
///
/// The answer depends on the Unicode version of the running Python, so a binding asks it.
pub struct Printable(Box<[u64]>);

impl Printable {
    /// Asks `is_printable` about every character.
    pub fn from_fn(mut is_printable: impl FnMut(char) -> bool) -> Self {
        let mut words = vec![0; (char::MAX as usize + 1) / 64];
        for character in '\0'..=char::MAX {
            if is_printable(character) {
                words[character as usize / 64] |= 1 << (character as usize % 64);
            }
        }
        Self(words.into_boxed_slice())
    }

    /// Whether `repr` shows `character` as it is (quotes and backslashes are a matter apart).
    pub fn contains(&self, character: char) -> bool {
        self.0[character as usize / 64] >> (character as usize % 64) & 1 == 1
    }
}
