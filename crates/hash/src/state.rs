//! Digests seen, in a file: sorted, so that more of them than fit into memory can be compared.
//!
//! The file is a header of 64 bytes, the digests in ascending order, and the XXH3-128 of all that
//! as its last 16 bytes. Numbers are little-endian.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;
use twox_hash::XxHash3_128;

use crate::{Algorithm, Deduplicator};

const MAGIC: &[u8; 24] = b"fast-axolotl digests\r\n\x1a\n";
const VERSION: u32 = 1;
const HEADER: usize = 64;
const CHECKSUM: usize = 16;

/// What digests were made of: those of different kinds cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestKind {
    /// The hash function.
    pub algorithm: Algorithm,
    /// How rows become bytes.
    pub encoding: Encoding,
}

/// How rows become bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// The typed values of a row: see [`values`](crate::values).
    #[default]
    Values,
    /// The bytes of a row that is a string.
    Bytes,
    /// Python's `str` of a row: see [`row_text`](crate::row_text).
    Text,
}

impl Encoding {
    /// Every encoding, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Values, Self::Bytes, Self::Text];

    /// The name that options and saved files use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Bytes => "bytes",
            Self::Text => "text",
        }
    }
}

/// Why a file of digests cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file cannot be opened, read or written.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file is not one of ours, or not as it was written.
    #[error("{path}: {reason}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> StateError {
    |error| StateError::Io { path: path.to_owned(), error }
}

/// A file of digests being written; nothing is at `path` before [`finish`](Self::finish).
pub(crate) struct StateWriter {
    path: PathBuf,
    out: BufWriter<File>,
    /// Where the file is meanwhile; dropped, it is deleted.
    partial: TempPath,
    checksum: XxHash3_128,
    count: u64,
    kind: DigestKind,
}

impl StateWriter {
    pub(crate) fn create(path: &Path, kind: DigestKind) -> Result<Self, StateError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // A name has at most 255 bytes, and the file's own may have all of them.
        let name: String = name.chars().take(50).collect();
        // Opened here, and so as any new file: with what the process's umask leaves.
        let create = |path: &Path| File::options().write(true).create_new(true).open(path);
        let (file, partial) = tempfile::Builder::new()
            .prefix(&format!(".{name}."))
            .suffix(".partial")
            .make_in(folder_of(path), create)
            .map_err(io_error(path))?
            .into_parts();
        let mut out = BufWriter::with_capacity(1 << 20, file);
        // The number of digests is not known yet.
        out.write_all(&[0; HEADER]).map_err(io_error(path))?;
        let path = path.to_owned();
        Ok(Self { path, out, partial, checksum: XxHash3_128::new(), count: 0, kind })
    }

    /// Appends digests, which are ascending and above those before.
    pub(crate) fn append(&mut self, digests: &[u8]) -> Result<(), StateError> {
        self.count += (digests.len() / self.kind.algorithm.digest_size()) as u64;
        self.checksum.write(digests);
        self.out.write_all(digests).map_err(io_error(&self.path))
    }

    /// Puts the complete file in its place, at once and for good.
    pub(crate) fn finish(mut self) -> Result<(), StateError> {
        let header = header(self.kind, self.count);
        self.checksum.write(&header);
        let failed = io_error(&self.path);
        self.out.write_all(&self.checksum.finish_128().to_le_bytes()).map_err(&failed)?;
        let mut file = self.out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.seek(SeekFrom::Start(0)).map_err(&failed)?;
        file.write_all(&header).map_err(&failed)?;
        file.sync_all().map_err(&failed)?;
        self.partial.persist(&self.path).map_err(|error| failed(error.error))?;
        #[cfg(unix)]
        sync_folder(folder_of(&self.path)).map_err(&failed)?;
        Ok(())
    }
}

/// Makes the names in a folder durable, where its file system can.
///
/// Some refuse to open a folder or to sync one; a file there is as durable as it gets.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    match File::open(path).and_then(|folder| folder.sync_all()) {
        Err(error) if matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported) => {
            Ok(())
        }
        done => done,
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn header(kind: DigestKind, count: u64) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let mut rest = header.as_mut_slice();
    for part in [
        MAGIC.as_slice(),
        &VERSION.to_le_bytes(),
        &(kind.algorithm.digest_size() as u32).to_le_bytes(),
        &count.to_le_bytes(),
        &name_field(kind.algorithm.name()),
        &name_field(kind.encoding.name()),
    ] {
        let (place, later) = rest.split_at_mut(part.len());
        place.copy_from_slice(part);
        rest = later;
    }
    header
}

/// A short name in a field of twelve bytes.
fn name_field(name: &str) -> [u8; 12] {
    let mut field = [0; 12];
    field[..name.len()].copy_from_slice(name.as_bytes());
    field
}

/// A file of digests, open to be read group by group.
pub struct StateReader {
    path: PathBuf,
    input: BufReader<File>,
    kind: DigestKind,
    rest: u64,
    /// What was read past the end of a group.
    held: Vec<u8>,
}

impl StateReader {
    /// Opens a file that [`Deduplicator::save`] wrote, and reads all of it once to see that it is
    /// as it was written.
    ///
    /// # Errors
    ///
    /// It cannot be read, is something else, or is damaged.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let unusable = |reason: String| StateError::Unusable { path: path.to_owned(), reason };
        let file = File::open(path).map_err(io_error(path))?;
        let length = file.metadata().map_err(io_error(path))?.len();
        let mut input = BufReader::with_capacity(1 << 20, file);
        let mut found = [0; HEADER];
        let foreign = || unusable("not a file that Deduplicator.save wrote".to_owned());
        if length < HEADER as u64 {
            return Err(foreign());
        }
        input.read_exact(&mut found).map_err(io_error(path))?;
        if found[..MAGIC.len()] != *MAGIC {
            return Err(foreign());
        }
        let version = u32::from_le_bytes(field(&found, 24));
        if version != VERSION {
            return Err(unusable(format!(
                "written in version {version} of the format, expected {VERSION}; read it with the \
                 fast-axolotl-hash that wrote it, or make it anew"
            )));
        }
        let count = u64::from_le_bytes(field(&found, 32));
        let kinds = Algorithm::ALL
            .into_iter()
            .flat_map(|algorithm| Encoding::ALL.map(|encoding| DigestKind { algorithm, encoding }));
        let damaged = |what: &str| unusable(format!("damaged: {what}; make it anew"));
        let kind = kinds
            .into_iter()
            .find(|&kind| header(kind, count) == found)
            .ok_or_else(|| damaged("its header names no known algorithm and encoding"))?;
        let size = kind.algorithm.digest_size();
        let expected = count
            .checked_mul(size as u64)
            .and_then(|bytes| bytes.checked_add((HEADER + CHECKSUM) as u64));
        if expected != Some(length) {
            return Err(damaged(&format!("{count} digests do not fit its {length} bytes")));
        }
        let mut reader = Self { path: path.to_owned(), input, kind, rest: count, held: Vec::new() };
        reader.check(&found)?;
        Ok(reader)
    }

    /// What the digests were made of.
    pub fn kind(&self) -> DigestKind {
        self.kind
    }

    /// Reads everything, compares the checksum, and starts over.
    fn check(&mut self, header: &[u8; HEADER]) -> Result<(), StateError> {
        let count = self.rest;
        let mut checksum = XxHash3_128::new();
        while let Some(digests) = self.next_some(1 << 20)? {
            checksum.write(&digests);
        }
        checksum.write(header);
        let mut written = [0; CHECKSUM];
        self.input.read_exact(&mut written).map_err(io_error(&self.path))?;
        if written != checksum.finish_128().to_le_bytes() {
            let reason = "damaged: its checksum is wrong; make it anew".to_owned();
            return Err(StateError::Unusable { path: self.path.clone(), reason });
        }
        self.input.seek(SeekFrom::Start(HEADER as u64)).map_err(io_error(&self.path))?;
        self.rest = count;
        Ok(())
    }

    /// The next digests, of at most `bytes` bytes together; `None` at the end.
    pub(crate) fn next_some(&mut self, bytes: usize) -> Result<Option<Vec<u8>>, StateError> {
        let size = self.kind.algorithm.digest_size();
        let count = self.rest.min((bytes / size).max(1) as u64);
        if count == 0 {
            return Ok(None);
        }
        let mut digests = vec![0; count as usize * size];
        self.input.read_exact(&mut digests).map_err(io_error(&self.path))?;
        self.rest -= count;
        Ok(Some(digests))
    }

    /// The next digests that are below `end`.
    pub(crate) fn next_below(&mut self, end: &[u8]) -> Result<Vec<u8>, StateError> {
        let size = self.kind.algorithm.digest_size();
        let mut digests = std::mem::take(&mut self.held);
        loop {
            let below = digests.chunks_exact(size).map(|digest| digest < end);
            let ends = below.collect::<Vec<_>>().partition_point(|&is_below| is_below) * size;
            if ends < digests.len() {
                self.held = digests.split_off(ends);
                return Ok(digests);
            }
            match self.next_some(1 << 16)? {
                Some(more) => digests.extend(more),
                None => return Ok(digests),
            }
        }
    }
}

fn field<const N: usize>(header: &[u8; HEADER], at: usize) -> [u8; N] {
    header[at..].first_chunk().copied().unwrap_or([0; N])
}

impl Deduplicator {
    /// Writes what was seen to a file, which is there complete or not at all.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn save(&self, path: &Path, kind: DigestKind) -> Result<(), StateError> {
        let mut writer = StateWriter::create(path, kind)?;
        for digests in self.sorted() {
            writer.append(&digests)?;
        }
        writer.finish()
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is something else, or is damaged.
    pub fn load(path: &Path) -> Result<(Self, DigestKind), StateError> {
        let mut reader = StateReader::open(path)?;
        let mut seen = Self::new(reader.kind.algorithm.digest_size());
        while let Some(digests) = reader.next_some(1 << 18)? {
            seen.add(&digests);
        }
        Ok((seen, reader.kind))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::hash_slices;

    fn some(kind: DigestKind, count: u32) -> Deduplicator {
        let rows: Vec<_> = (0..count).map(u32::to_le_bytes).collect();
        let slice = |row: usize| Ok::<_, ()>(rows[row].as_slice());
        let mut seen = Deduplicator::new(kind.algorithm.digest_size());
        seen.add(&hash_slices(kind.algorithm, 0..rows.len(), slice).unwrap());
        seen
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        for algorithm in Algorithm::ALL {
            for encoding in Encoding::ALL {
                for count in [0, 1, 70_000] {
                    let kind = DigestKind { algorithm, encoding };
                    let seen = some(kind, count);
                    seen.save(&path, kind).unwrap();
                    let (loaded, found) = Deduplicator::load(&path).unwrap();
                    assert_eq!(found, kind);
                    assert!(loaded.sorted().flatten().eq(seen.sorted().flatten()));
                }
            }
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn every_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        let kind = DigestKind { algorithm: Algorithm::Xxh3_128, encoding: Encoding::Values };
        some(kind, 20).save(&path, kind).unwrap();
        let whole = fs::read(&path).unwrap();
        let refused = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            assert!(matches!(Deduplicator::load(&path), Err(StateError::Unusable { .. })));
        };
        for at in 0..whole.len() {
            refused(&whole[..at]);
            let mut flipped = whole.clone();
            flipped[at] ^= 4;
            refused(&flipped);
        }
        refused(&[whole.as_slice(), b"more"].concat());
    }

    #[test]
    fn groups_below_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        let kind = DigestKind { algorithm: Algorithm::Sha256, encoding: Encoding::Bytes };
        some(kind, 10_000).save(&path, kind).unwrap();
        let mut reader = StateReader::open(&path).unwrap();
        let mut all = Vec::new();
        for first in 1..=255u8 {
            let group = reader.next_below(&[first]).unwrap();
            assert!(group.chunks_exact(32).all(|digest| digest[0] == first - 1));
            all.extend(group);
        }
        all.extend(reader.next_below(&[0xff; 33]).unwrap());
        assert_eq!(all.len(), 320_000);
        assert!(all.chunks_exact(32).is_sorted());
    }
}
