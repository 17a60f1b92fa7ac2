//! A sliding view of a file, for formats whose records end where their text says so.

use memchr::{memchr, memchr_iter, memrchr};

use crate::error::{Error, Place, Result};
use crate::source::Source;

/// How much is asked of the file at once.
const CHUNK: usize = 256 << 10;

/// The longest record: past this the file is something else than it says, and memory the victim.
const LONGEST: usize = 1 << 30;

/// The bytes read and not yet consumed, and the line they begin on.
pub struct Window {
    source: Source,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    at_end: bool,
    line: u64,
    /// How many bytes have been consumed, and how many when the line began, as far as is known.
    offset: u64,
    line_offset: u64,
}

impl Window {
    /// A view of the beginning of a file.
    pub fn new(source: Source) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            at_end: false,
            line: 1,
            offset: 0,
            line_offset: 0,
        }
    }

    /// The file.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// What has been read and not consumed.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Whether the file has nothing after [`Self::bytes`].
    pub fn at_end(&self) -> bool {
        self.at_end
    }

    /// The number of the line that [`Self::bytes`] begins on; the first is 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Steps over bytes that hold `lines` line ends.
    pub fn consume(&mut self, count: usize, lines: u64) {
        self.start += count;
        self.line += lines;
        self.offset += count as u64;
    }

    /// Steps over up to `count` bytes of text and counts their line ends.
    pub fn consume_text(&mut self, count: usize) {
        let text = &self.bytes()[..count.min(self.end - self.start)];
        let (count, lines) = (text.len(), memchr_iter(b'\n', text).count() as u64);
        if let Some(last) = memrchr(b'\n', text) {
            self.line_offset = self.offset + last as u64 + 1;
        }
        self.consume(count, lines);
    }

    /// Where in the decompressed file [`Self::bytes`] begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// How far into its line [`Self::bytes`] begins, if only [`Self::consume_text`] stepped over
    /// line ends.
    pub fn indent(&self) -> u64 {
        self.offset - self.line_offset
    }

    /// Reads more. At the end of the file nothing is added and [`Self::at_end`] becomes true.
    pub fn fill(&mut self) -> Result<()> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.start > self.buffer.len() / 2 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end - self.start > LONGEST {
            return Err(Error::malformed(
                self.source.path(),
                Place::line(self.line),
                "a record is longer than 1 GiB; the file may be of another format",
            ));
        }
        if self.buffer.len() - self.end < CHUNK {
            let length = (self.end + CHUNK).max(self.buffer.len() * 2).max(2 * CHUNK);
            self.buffer.resize(length, 0);
        }
        let wanted = self.end + CHUNK.max(self.end - self.start).min(self.buffer.len() - self.end);
        match self.source.read(&mut self.buffer[self.end..wanted])? {
            0 => self.at_end = true,
            count => self.end += count,
        }
        Ok(())
    }

    /// Makes sure that at least `count` bytes are in view, unless the file ends before.
    pub fn require(&mut self, count: usize) -> Result<()> {
        while self.end - self.start < count && !self.at_end {
            self.fill()?;
        }
        Ok(())
    }

    /// Steps over a UTF-8 byte order mark.
    pub fn skip_byte_order_mark(&mut self) -> Result<()> {
        self.require(1)?;
        if self.bytes().first() == Some(&0xef) {
            self.require(3)?;
            if self.bytes().starts_with(b"\xef\xbb\xbf") {
                self.consume(3, 0);
            }
        }
        Ok(())
    }

    /// The length of the next line without its `\n`, once all of it is in view; `None` at the end
    /// of the file.
    pub fn line_length(&mut self) -> Result<Option<usize>> {
        let mut searched = 0;
        loop {
            match memchr(b'\n', &self.bytes()[searched..]) {
                Some(found) => return Ok(Some(searched + found)),
                None if self.at_end => {
                    return Ok(Some(self.end - self.start).filter(|length| *length > 0));
                }
                None => {
                    searched = self.end - self.start;
                    self.fill()?;
                }
            }
        }
    }
}

/// The number of the character that begins at byte `at` of a line, the first is 1.
pub fn column(line: &[u8], at: usize) -> u64 {
    let before = &line[..at.min(line.len())];
    1 + before.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u64
}
