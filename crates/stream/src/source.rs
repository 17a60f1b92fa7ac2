//! The bytes of a file, decompressed, with the position in the file for error messages.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

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
                Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(128 << 10, counted)))
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
    /// their end.
    pub fn spill(mut self) -> Result<File> {
        let failed = |source| Error::io(&std::env::temp_dir(), source);
        let mut file = tempfile::tempfile().map_err(failed)?;
        let mut buffer = vec![0; 256 << 10];
        loop {
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
