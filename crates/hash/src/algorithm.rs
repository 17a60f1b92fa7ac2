//! The hash functions on offer.

use sha2::{Digest as _, Sha256};
use twox_hash::XxHash3_128;

/// A hash function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256 of FIPS 180-4: cryptographic, what Axolotl uses.
    #[default]
    Sha256,
    /// BLAKE3: cryptographic, and several times faster on rows of kilobytes.
    Blake3,
    /// The 128-bit XXH3: as fast as memory, for data that nobody crafts to collide.
    Xxh3_128,
}

impl Algorithm {
    /// Every algorithm, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Blake3, Self::Xxh3_128];

    /// The name that options and saved files use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Blake3 => "blake3",
            Self::Xxh3_128 => "xxh3_128",
        }
    }

    /// The length of a digest in bytes.
    pub const fn digest_size(self) -> usize {
        match self {
            Self::Sha256 | Self::Blake3 => 32,
            Self::Xxh3_128 => 16,
        }
    }

    /// Writes the digest of `bytes` to `out`, which is [`digest_size`](Self::digest_size) long.
    /// XXH3 is written most significant byte first, as its tools print it.
    pub(crate) fn digest(self, bytes: &[u8], out: &mut [u8]) {
        match self {
            Self::Sha256 => out.copy_from_slice(&Sha256::digest(bytes)),
            Self::Blake3 => out.copy_from_slice(blake3::hash(bytes).as_bytes()),
            Self::Xxh3_128 => out.copy_from_slice(&XxHash3_128::oneshot(bytes).to_be_bytes()),
        }
    }

    fn stream(self) -> Stream {
        match self {
            Self::Sha256 => Stream::Sha256(Sha256::new()),
            Self::Blake3 => Stream::Blake3(Box::default()),
            Self::Xxh3_128 => Stream::Xxh3_128(Box::default()),
        }
    }
}

/// A digest in the making.
enum Stream {
    Sha256(Sha256),
    Blake3(Box<blake3::Hasher>),
    Xxh3_128(Box<XxHash3_128>),
}

impl Stream {
    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(state) => state.update(bytes),
            Self::Blake3(state) => {
                state.update(bytes);
            }
            Self::Xxh3_128(state) => state.write(bytes),
        }
    }

    fn finish(self, out: &mut [u8]) {
        match self {
            Self::Sha256(state) => out.copy_from_slice(&state.finalize()),
            Self::Blake3(state) => out.copy_from_slice(state.finalize().as_bytes()),
            Self::Xxh3_128(state) => out.copy_from_slice(&state.finish_128().to_be_bytes()),
        }
    }
}

/// From here on bytes are hashed where they lie; shorter ones are gathered first, since a hash
/// function costs more to start and stop than a copy.
const LONG: usize = 4096;

/// The bytes of one row on their way into a digest.
pub struct RowSink {
    algorithm: Algorithm,
    gathered: Vec<u8>,
    stream: Option<Stream>,
}

impl RowSink {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        Self { algorithm, gathered: Vec::new(), stream: None }
    }

    /// Where short bytes may be appended.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.gathered
    }

    /// Appends one byte.
    pub(crate) fn push(&mut self, byte: u8) {
        self.gathered.push(byte);
    }

    /// Appends bytes, without a copy if they are many.
    pub fn bytes(&mut self, bytes: &[u8]) {
        if bytes.len() < LONG {
            self.gathered.extend_from_slice(bytes);
            return;
        }
        let stream = self.stream.get_or_insert_with(|| self.algorithm.stream());
        stream.update(&self.gathered);
        self.gathered.clear();
        stream.update(bytes);
    }

    /// Ends the row: writes its digest and is empty again.
    pub(crate) fn finish(&mut self, out: &mut [u8]) {
        match self.stream.take() {
            None => self.algorithm.digest(&self.gathered, out),
            Some(mut stream) => {
                stream.update(&self.gathered);
                stream.finish(out);
            }
        }
        self.gathered.clear();
    }

    /// Forgets the bytes of a row that failed.
    pub(crate) fn clear(&mut self) {
        self.gathered.clear();
        self.stream = None;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_digests_of_nothing() {
        let hex = |algorithm: Algorithm| {
            let mut out = vec![0; algorithm.digest_size()];
            algorithm.digest(b"", &mut out);
            out.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let [sha256, blake3, xxh3] = Algorithm::ALL.map(hex);
        assert_eq!(sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(blake3, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
        assert_eq!(xxh3, "99aa06d3014798d86001c324468d497f");
    }

    proptest! {
        #[test]
        fn the_way_in_does_not_matter(
            parts in proptest::collection::vec((any::<u8>(), 0..2 * LONG), 0..5)
        ) {
            for algorithm in Algorithm::ALL {
                let mut sink = RowSink::new(algorithm);
                let mut whole = Vec::new();
                for (byte, length) in &parts {
                    let part = vec![*byte; *length];
                    sink.bytes(&part);
                    whole.extend(part);
                }
                let mut expected = vec![0; algorithm.digest_size()];
                let mut found = expected.clone();
                algorithm.digest(&whole, &mut expected);
                sink.finish(&mut found);
                prop_assert_eq!(&found, &expected);
                sink.finish(&mut found);
                algorithm.digest(b"", &mut expected);
                prop_assert_eq!(&found, &expected);
            }
        }
    }
}
