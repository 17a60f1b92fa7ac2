//! The keys of dictionaries, as text.

use std::collections::HashSet;

use arrow_schema::Fields;

use super::printable::Printable;
use super::string::write_str;
use super::uncovered::{Uncovered, unknown_characters};

/// The text in front of each value of a dictionary: the key, a colon, and a comma before all but
/// the first.
pub(super) fn keys(fields: &Fields, printable: &Printable) -> Result<Vec<Vec<u8>>, Uncovered> {
    let mut names = HashSet::new();
    let mut keys = Vec::with_capacity(fields.len());
    for field in fields {
        if !names.insert(field.name()) {
            return Err(Uncovered {
                column: format!("{:?}", field.name()),
                reason: "the name occurs twice".to_owned(),
            });
        }
        let mut key = if keys.is_empty() { Vec::new() } else { b", ".to_vec() };
        if !write_str(field.name(), printable, &mut key) {
            return Err(unknown_characters(format!("{:?}", field.name())));
        }
        key.extend_from_slice(b": ");
        keys.push(key);
    }
    Ok(keys)
}
