//! Digests of rows, one after the other in one vector of bytes.

use std::fmt;
use std::ops::{Deref, Range};

use rayon::prelude::*;

use crate::Algorithm;
use crate::algorithm::RowSink;

/// Rows below this many are hashed on the calling thread: waking another costs more.
pub const PARALLEL_ROWS: usize = 256;
/// Rows given to a thread at a time: enough to amortise the hand-over of short rows.
const ROWS_PER_TASK: usize = 64;

/// The digest of the bytes of each row of a range, in order, on the current rayon pool.
///
/// The error of some row ends the work.
pub fn hash_slices<'a, E: Send>(
    algorithm: Algorithm,
    rows: Range<usize>,
    slice: impl Fn(usize) -> Result<&'a [u8], E> + Sync,
) -> Result<Vec<u8>, E> {
    let size = algorithm.digest_size();
    let mut digests = vec![0; rows.len() * size];
    let hash = |(row, out): (usize, &mut [u8])| {
        algorithm.digest(slice(row)?, out);
        Ok(())
    };
    if rows.len() < PARALLEL_ROWS {
        rows.zip(digests.chunks_exact_mut(size)).try_for_each(hash)?;
    } else {
        let outs = digests.par_chunks_exact_mut(size).with_min_len(ROWS_PER_TASK);
        rows.into_par_iter().zip(outs).try_for_each(hash)?;
    }
    Ok(digests)
}

/// The digest of each row of a range that `write` renders one at a time, in order, on the current
/// rayon pool.
///
/// `write` gets the number of the row and a sink for its bytes. The error of some row ends the
/// work.
pub fn hash_rows<E: Send>(
    algorithm: Algorithm,
    rows: Range<usize>,
    write: impl Fn(usize, &mut RowSink) -> Result<(), E> + Sync,
) -> Result<Vec<u8>, E> {
    let size = algorithm.digest_size();
    let mut digests = vec![0; rows.len() * size];
    let hash = |sink: &mut RowSink, (row, out): (usize, &mut [u8])| {
        sink.clear();
        write(row, sink)?;
        sink.finish(out);
        Ok(())
    };
    let sink = || RowSink::new(algorithm);
    if rows.len() < PARALLEL_ROWS {
        let mut sink = sink();
        rows.zip(digests.chunks_exact_mut(size)).try_for_each(|each| hash(&mut sink, each))?;
    } else {
        let outs = digests.par_chunks_exact_mut(size).with_min_len(ROWS_PER_TASK);
        rows.into_par_iter().zip(outs).try_for_each_init(sink, hash)?;
    }
    Ok(digests)
}

/// The lower-case hexadecimal digits of a digest of at most 32 bytes.
pub fn hex(digest: &[u8]) -> HexDigest {
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(digest) {
        pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
        pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    HexDigest { digits, length: 64.min(2 * digest.len()) }
}

/// The hexadecimal digits of a digest; a `str` by `Deref`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HexDigest {
    digits: [u8; 64],
    length: usize,
}

impl Deref for HexDigest {
    type Target = str;

    fn deref(&self) -> &str {
        // All of them are ASCII; the fallback is never taken.
        std::str::from_utf8(&self.digits[..self.length]).unwrap_or_default()
    }
}

impl fmt::Display for HexDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self)
    }
}

/// The SHA-256 digest that [`hex`] writes as `text`; `None` for any other text.
pub fn parse_hex(text: &str) -> Option<[u8; 32]> {
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
    fn foreign_text_is_no_digest() {
        assert_eq!(parse_hex(""), None);
        assert_eq!(parse_hex(&"A".repeat(64)), None);
        assert_eq!(parse_hex(&"g".repeat(64)), None);
    }

    #[test]
    fn an_error_ends_the_work() {
        let result =
            hash_rows(
                Algorithm::Sha256,
                0..1000,
                |row, _| {
                    if row == 700 { Err(row) } else { Ok(()) }
                },
            );
        assert_eq!(result, Err(700));
    }

    proptest! {
        #[test]
        fn hex_round_trips(digest: [u8; 32]) {
            prop_assert_eq!(parse_hex(&hex(&digest)), Some(digest));
            prop_assert_eq!(&*hex(&digest[..16]), &hex(&digest)[..32]);
        }

        #[test]
        fn parallel_equals_serial(rows in proptest::collection::vec("\\PC{0,80}", 0..600)) {
            let slices: Vec<&[u8]> = rows.iter().map(String::as_bytes).collect();
            for algorithm in Algorithm::ALL {
                let size = algorithm.digest_size();
                let mut serial = vec![0; size * rows.len()];
                for (row, out) in slices.iter().zip(serial.chunks_exact_mut(size)) {
                    algorithm.digest(row, out);
                }
                let hashed = hash_slices(algorithm, 0..rows.len(), |row| Ok::<_, ()>(slices[row]));
                prop_assert_eq!(hashed.as_ref(), Ok(&serial));
                let written = hash_rows(algorithm, 1..rows.len().max(1), |row, out| {
                    out.bytes(slices[row]);
                    Ok::<_, ()>(())
                });
                let rest = serial.get(size..).unwrap_or_default();
                prop_assert_eq!(written.as_deref(), Ok(rest));
            }
        }
    }
}
