//! The bytes of a file, decompressed, with the position in the file for error messages.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::GzDecoder;

use crate::error::{Error, Place, Result};
use crate::format::Compression;

/// A file being read from its beginning to its end.
pub struct Source {
    path: PathBuf,
    compression: Option<Compression>,
    reader: Box<dyn Read + Send>,
    /// How far into the file as it is stored.
    stored: Arc<AtomicU64>,
}

impl Source {
    /// Opens a file.
    pub fn open(path: &Path, compression: Option<Compression>) -> Result<Self> {
        let file = open(path)?;
        Self::over(path, file, compression)
    }

    /// Reads an open file from where it stands.
    pub fn over(path: &Path, file: File, compression: Option<Compression>) -> Result<Self> {
        let stored = Arc::new(AtomicU64::new(0));
        let counted = Counted { file, count: Arc::clone(&stored) };
        let reader: Box<dyn Read + Send> = match compression {
            None => Box::new(counted),
            Some(Compression::Gzip) => {
                let stored = io::BufReader::with_capacity(128 << 10, counted);
                Box::new(Members { decoder: Some(GzDecoder::new(stored)) })
            }
            Some(Compression::Zstd) => Box::new(
                zstd::stream::read::Decoder::new(counted)
                    .map_err(|source| Error::io(path, source))?,
            ),
        };
        Ok(Self { path: path.to_owned(), compression, reader, stored })
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the stored bytes are not those of the format.
    pub fn is_compressed(&self) -> bool {
        self.compression.is_some()
    }

    /// Reads what is there, at least one byte unless the file ends: a pipe is not waited on for
    /// more than it has.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            match self.reader.read(buffer) {
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.explain(error)),
            }
        }
    }

    /// Reads until `buffer` is full or the file ends, and says how much came.
    pub fn read_fully(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        Ok(filled)
    }

    /// An error at the place reached in the stored file.
    pub fn malformed(&self, reason: impl Into<String>) -> Error {
        Error::malformed(&self.path, Place::Byte(self.stored.load(Ordering::Relaxed)), reason)
    }

    /// Decompresses everything into an unnamed temporary file, for formats that are read from
    /// their end. An error of `go_on`, which is asked every so often, ends it.
    pub(crate) fn spill(mut self, go_on: impl Fn() -> Result<()>) -> Result<File> {
        let failed = |source| Error::io(&std::env::temp_dir(), source);
        let mut file = tempfile::tempfile().map_err(failed)?;
        let mut buffer = vec![0; 256 << 10];
        loop {
            go_on()?;
            match self.read(&mut buffer)? {
                0 => break,
                count => io::Write::write_all(&mut file, &buffer[..count]).map_err(failed)?,
            }
        }
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        Ok(file)
    }

    fn explain(&self, error: io::Error) -> Error {
        let Some(compression) = self.compression.filter(|_| error.raw_os_error().is_none()) else {
            return Error::io(&self.path, error);
        };
        let name = compression.name();
        if let Some(Trailing { byte }) = error.get_ref().and_then(|error| error.downcast_ref()) {
            return Error::malformed(
                &self.path,
                Place::Byte(*byte),
                format!("there is garbage after the {name} data"),
            );
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.malformed(format!(
                "the {name} data is truncated; the file ends inside a compressed block"
            )),
            _ => self.malformed(format!("this is not valid {name} data: {error}")),
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Self::read(self, buffer).map_err(io::Error::other)
    }
}

/// Opens a file for reading.
pub(crate) fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|source| Error::io(path, source))
}

/// What the file system says about a path.
pub(crate) fn metadata(path: &Path) -> Result<Metadata> {
    std::fs::metadata(path).map_err(|source| Error::io(path, source))
}

/// Refuses a file whose first bytes are those of a compression that nobody named.
pub(crate) fn refuse_hidden_compression(path: &Path, format: &str) -> Result<()> {
    let mut start = [0; 4];
    let length = Source::open(path, None)?.read_fully(&mut start)?;
    let hidden = match &start[..length] {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] => Compression::Zstd,
        _ => return Ok(()),
    };
    let remedy = format!("{format}.{}", hidden.suffix());
    Err(Error::malformed(
        path,
        Place::File,
        format!("this is {} data; pass dataset_type={remedy:?}", hidden.name()),
    ))
}

struct Counted {
    file: File,
    count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The members of a gzip file, one after the other. Zeros after a member are padding.
struct Members {
    decoder: Option<GzDecoder<io::BufReader<Counted>>>,
}

/// What follows the last member, neither a member nor zeros.
#[derive(Debug, thiserror::Error)]
#[error("garbage at byte {byte}")]
struct Trailing {
    byte: u64,
}

impl Read for Members {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = self.decoder.as_mut().filter(|_| !buffer.is_empty()) {
            match decoder.read(buffer) {
                Ok(0) => self.next_member()?,
                outcome => return outcome,
            }
        }
        Ok(0)
    }
}

impl Members {
    fn next_member(&mut self) -> io::Result<()> {
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        let stored = decoder.get_mut();
        loop {
            let bytes = match stored.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                bytes => bytes?,
            };
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            let (length, next) = (bytes.len(), bytes.get(zeros).copied());
            stored.consume(zeros);
            match next {
                None if length == 0 => {
                    self.decoder = None;
                    return Ok(());
                }
                None => {}
                Some(0x1f) => break,
                Some(_) => {
                    let count = stored.get_ref().count.load(Ordering::Relaxed);
                    let byte = count - stored.buffer().len() as u64;
                    return Err(io::Error::other(Trailing { byte }));
                }
            }
        }
        self.decoder = self.decoder.take().map(|ended| GzDecoder::new(ended.into_inner()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn packed(data: &[u8], compression: Compression) -> Vec<u8> {
        match compression {
            Compression::Gzip => {
                let mut encoder =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(data).unwrap();
                encoder.finish().unwrap()
            }
            Compression::Zstd => zstd::encode_all(data, 1).unwrap(),
        }
    }

    fn read_all(stored: &[u8], compression: Compression) -> Result<Vec<u8>> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(stored).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let mut source = Source::over(Path::new("pond.gz"), file, Some(compression))?;
        let mut all = vec![0; 1 << 16];
        let length = source.read_fully(&mut all)?;
        all.truncate(length);
        Ok(all)
    }

    proptest! {
        #[test]
        fn parts_that_follow_one_another_are_one_file(
            parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..99), 1..5),
            compression in prop_oneof![Just(Compression::Gzip), Just(Compression::Zstd)],
            padding in 0..600_000_usize,
        ) {
            let stored: Vec<_> = parts.iter().flat_map(|part| packed(part, compression)).collect();
            prop_assert_eq!(read_all(&stored, compression).unwrap(), parts.concat());
            // The last member is never empty of stored bytes, so this cut is inside of it.
            let error = read_all(&stored[..stored.len() - 1], compression).unwrap_err();
            let Error::Malformed { place: Place::Byte(byte), reason, .. } = error else {
                panic!("{error}")
            };
            prop_assert_eq!(byte, stored.len() as u64 - 1);
            prop_assert!(reason.contains("truncated"), "{}", reason);
            if compression == Compression::Gzip {
                let mut padded = stored.clone();
                padded.resize(stored.len() + padding, 0);
                prop_assert_eq!(read_all(&padded, compression).unwrap(), parts.concat());
                padded.extend(b"pond");
                let error = read_all(&padded, compression).unwrap_err().to_string();
                let byte = stored.len() + padding;
                let expected = format!("pond.gz, byte {byte}: there is garbage after the gzip data");
                prop_assert_eq!(error, expected);
                padded.truncate(byte);
                padded.extend(&stored);
                let twice = [parts.concat(), parts.concat()].concat();
                prop_assert_eq!(read_all(&padded, compression).unwrap(), twice);
            }
        }

        #[test]
        fn other_data_is_refused(
            data in proptest::collection::vec(any::<u8>(), 20..99),
            compression in prop_oneof![Just(Compression::Gzip), Just(Compression::Zstd)],
        ) {
            prop_assume!(!data.starts_with(&[0x1f, 0x8b]) && data[1..4] != [0xb5, 0x2f, 0xfd]);
            // Zstandard also has frames to skip, with marks of their own.
            prop_assume!(data[1..4] != [0x2a, 0x4d, 0x18]);
            let error = read_all(&data, compression).unwrap_err();
            let is_malformed = matches!(error, Error::Malformed { .. });
            prop_assert!(is_malformed, "{}", error);
        }
    }

    #[test]
    fn a_missing_file_is_an_error_of_the_system() {
        let error = Source::open(Path::new("no such pond"), None).err().unwrap();
        let Error::Io { path, source } = error else { panic!("{error}") };
        assert_eq!(path, Path::new("no such pond"));
        assert_eq!(source.kind(), io::ErrorKind::NotFound);
    }
}
