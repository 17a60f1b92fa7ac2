//! SHA-256 of rows.

use std::fmt;
use std::ops::Deref;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// Rows below this many are hashed on the calling thread: waking another costs more.
const PARALLEL_ROWS: usize = 256;
/// Rows given to a thread at a time: enough to amortise the hand-over of short rows.
const ROWS_PER_TASK: usize = 64;

/// The SHA-256 digest of each row, in order, on the current rayon pool.
pub fn hash_rows(rows: &[&[u8]]) -> Vec<Digest> {
    if rows.len() < PARALLEL_ROWS {
        return rows.iter().map(|row| sha256(row)).collect();
    }
    rows.par_iter().with_min_len(ROWS_PER_TASK).map(|row| sha256(row)).collect()
}

/// The SHA-256 digest of `count` rows that `write` renders one at a time, in order, on the current
/// rayon pool.
///
/// `write` gets the number of the row and an empty buffer, which is reused. The first error (of
/// the lowest row that a thread reached) ends the work.
pub fn hash_rows_with<E: Send>(
    count: usize,
    write: impl Fn(usize, &mut Vec<u8>) -> Result<(), E> + Sync,
) -> Result<Vec<Digest>, E> {
    let hash = |buffer: &mut Vec<u8>, row| {
        buffer.clear();
        write(row, buffer)?;
        Ok(sha256(buffer))
    };
    if count < PARALLEL_ROWS {
        let mut buffer = Vec::new();
        return (0..count).map(|row| hash(&mut buffer, row)).collect();
    }
    (0..count).into_par_iter().with_min_len(ROWS_PER_TASK).map_init(Vec::new, hash).collect()
}

fn sha256(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// The 64 lower-case hexadecimal digits of a digest.
pub fn hex(digest: &Digest) -> HexDigest {
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(digest) {
        pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
        pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    HexDigest(digits)
}

/// The hexadecimal digits of a digest; a `str` by `Deref`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HexDigest([u8; 64]);

impl Deref for HexDigest {
    type Target = str;

    fn deref(&self) -> &str {
        // All of them are ASCII; the fallback is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for HexDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self)
    }
}

/// The digest that [`hex`] writes as `text`; `None` for any other text.
pub fn parse_hex(text: &str) -> Option<Digest> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_digests() {
        assert_eq!(
            &*hex(&hash_rows(&[b""])[0]),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            &*hex(&hash_rows(&[b"abc"])[0]),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn foreign_text_is_no_digest() {
        assert_eq!(parse_hex(""), None);
        assert_eq!(parse_hex(&"A".repeat(64)), None);
        assert_eq!(parse_hex(&"g".repeat(64)), None);
    }

    #[test]
    fn an_error_ends_the_work() {
        let result = hash_rows_with(1000, |row, _| if row == 700 { Err(row) } else { Ok(()) });
        assert_eq!(result, Err(700));
    }

    proptest! {
        #[test]
        fn hex_round_trips(digest: Digest) {
            prop_assert_eq!(parse_hex(&hex(&digest)), Some(digest));
        }

        #[test]
        fn parallel_equals_serial(rows in proptest::collection::vec("\\PC{0,80}", 0..600)) {
            let slices: Vec<&[u8]> = rows.iter().map(String::as_bytes).collect();
            let serial: Vec<Digest> = slices.iter().map(|row| sha256(row)).collect();
            prop_assert_eq!(&hash_rows(&slices), &serial);
            let written = hash_rows_with(rows.len(), |row, out| {
                out.extend_from_slice(rows[row].as_bytes());
                Ok::<_, ()>(())
            });
            prop_assert_eq!(written, Ok(serial));
        }
    }
}
