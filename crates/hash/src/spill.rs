//! Runs beyond the memory limit, in a file without a name.
//!
//! The runs that are moved to the file together become one run there: an index that says where each
//! group begins, then the records. The index is read back with the records, so that a run in the
//! file takes eight bytes of memory, however many there are.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use crate::run::{GROUPS, Run};

/// A number of the index: a little-endian `u64`.
const NUMBER: usize = size_of::<u64>();
/// Where each group begins, in bytes behind the index, and where the last one ends.
const INDEX: usize = (GROUPS + 1) * NUMBER;
const WRITE_BUFFER: usize = 256 << 10;
/// The bytes of records that are read before they are handed on.
const READ_TOGETHER: usize = 1 << 20;

/// A file of runs.
pub(crate) struct Spill {
    file: File,
    length: u64,
    /// Where each run begins in the file.
    runs: Vec<u64>,
}

/// The records of some groups of one run.
pub(crate) struct Span {
    records: Vec<u8>,
    /// Where each group begins in `records`, and at the end their length.
    starts: Vec<usize>,
}

impl Span {
    /// The records of a group, counted from the first of the span.
    pub(crate) fn group(&self, group: usize) -> &[u8] {
        &self.records[self.starts[group]..self.starts[group + 1]]
    }
}

impl Spill {
    /// An empty file in a folder.
    pub(crate) fn create(directory: &Path) -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile_in(directory)?, length: 0, runs: Vec::new() })
    }

    /// The length of the file in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.length
    }

    /// Appends runs, merged into one.
    pub(crate) fn append(&mut self, runs: &[Run]) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(WRITE_BUFFER, &self.file);
        out.seek(SeekFrom::Start(self.length))?;
        let mut end = 0u64;
        out.write_all(&end.to_le_bytes())?;
        for group in 0..GROUPS {
            end += runs.iter().map(|run| run.group(group).len() as u64).sum::<u64>();
            out.write_all(&end.to_le_bytes())?;
        }
        for group in 0..GROUPS {
            runs.iter().try_for_each(|run| out.write_all(run.group(group)))?;
        }
        out.flush()?;
        drop(out);
        self.runs.push(self.length);
        self.length += INDEX as u64 + end;
        Ok(())
    }

    /// Reads the records of consecutive groups, and hands them on in the order of the runs, those
    /// of several runs at a time.
    pub(crate) fn read(
        &self,
        groups: Range<usize>,
        mut take: impl FnMut(&[Span]),
    ) -> io::Result<()> {
        let (mut spans, mut held) = (Vec::new(), 0);
        for run in 0..self.runs.len() {
            let span = self.span(self.runs[run], groups.clone())?;
            held += span.records.len();
            spans.push(span);
            if held >= READ_TOGETHER || run + 1 == self.runs.len() {
                take(&spans);
                spans.clear();
                held = 0;
            }
        }
        Ok(())
    }

    fn span(&self, run: u64, groups: Range<usize>) -> io::Result<Span> {
        let index =
            self.read_at(run + (groups.start * NUMBER) as u64, (groups.len() + 1) * NUMBER)?;
        let starts: Vec<u64> =
            index.as_chunks().0.iter().map(|start| u64::from_le_bytes(*start)).collect();
        let (first, last) = (starts[0], starts[groups.len()]);
        let records = self.read_at(run + INDEX as u64 + first, (last - first) as usize)?;
        let starts = starts.into_iter().map(|start| (start - first) as usize).collect();
        Ok(Span { records, starts })
    }

    /// Reads without moving the position in the file, which a forked process shares.
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length)?;
        bytes.resize(length, 0);
        let mut filled = 0;
        while filled < length {
            match read_at(&self.file, &mut bytes[filled..], offset + filled as u64) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(bytes)
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, offset)
}

/// Moves the position, which nobody else has: other systems do not fork.
#[cfg(windows)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{GROUP_BITS, record_size};

    /// Digests of 16 bytes that are spread over the groups.
    fn digests(rows: Range<u64>) -> Vec<u8> {
        let digest = |row: u64| {
            let mixed = u128::from(row).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            mixed.to_be_bytes()
        };
        rows.flat_map(digest).collect()
    }

    #[test]
    fn every_record_comes_back_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::create(folder.path()).unwrap();
        let run = |rows: Range<u64>| {
            let first = rows.start;
            Run::new(&digests(rows), 16, first, GROUP_BITS).unwrap()
        };
        spill.append(&[run(0..1000), run(1000..1001)]).unwrap();
        spill.append(&[run(1001..90_000)]).unwrap();
        assert_eq!(spill.bytes(), 2 * INDEX as u64 + 90_000 * 24);
        let mut rows = Vec::new();
        for first in (0..GROUPS).step_by(100) {
            let groups = first..GROUPS.min(first + 100);
            let mut found = vec![Vec::new(); groups.len()];
            spill
                .read(groups, |spans| {
                    for span in spans {
                        for (group, found) in found.iter_mut().enumerate() {
                            found.extend_from_slice(span.group(group));
                        }
                    }
                })
                .unwrap();
            for records in found {
                let numbers: Vec<u64> = records
                    .chunks_exact(record_size(16))
                    .map(|record| u64::from_le_bytes(*record.last_chunk().unwrap()))
                    .collect();
                assert!(numbers.is_sorted());
                rows.extend(numbers);
            }
        }
        rows.sort_unstable();
        assert!(rows.into_iter().eq(0..90_000));
    }
}
