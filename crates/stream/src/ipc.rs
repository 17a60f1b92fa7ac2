//! Arrow IPC, the file format and the stream format, one message at a time.
//!
//! The file format is a stream between a mark and a footer. Reading it from front to back serves
//! compressed files and pipes as well, and asks for no more memory than one message.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::{Buffer, MutableBuffer};
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{read_dictionary, read_record_batch};
use arrow_ipc::{CompressionType, Endianness, MessageHeader, root_as_message};
use arrow_schema::{Schema, SchemaRef};

use crate::Batch;
use crate::error::{Error, Place, Result};
use crate::reader::{Decode, Faults, Options};
use crate::source::Source;
use crate::table::{Cutter, choose};

/// What a message of the current format begins with; older ones begin with their length.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// The first allocation for a message's body; a longer one grows as its bytes prove to be there.
const FIRST_STEP: usize = 64 << 20;

/// The longest description of a message, and the largest buffer once decompressed. What claims
/// more is damaged, and believing it would exhaust memory.
const LONGEST_METADATA: usize = 256 << 20;
const LARGEST_BUFFER: i64 = 16 << 30;

/// Reads the messages of a file.
pub(crate) struct Messages {
    source: Source,
    /// The beginning of a stream, read to tell it from a file.
    peeked: Vec<u8>,
    /// Bytes handed out so far.
    at: u64,
    /// All columns of the file.
    stored: SchemaRef,
    schema: SchemaRef,
    projection: Option<Vec<usize>>,
    dictionaries: HashMap<i64, ArrayRef>,
    cutter: Cutter,
    batch_size: usize,
    rows: u64,
    is_done: bool,
}

impl Messages {
    pub(crate) fn open(mut source: Source, options: &Options) -> Result<Self> {
        let mut start = [0; 8];
        let length = source.read_fully(&mut start)?;
        let whole = |reason: &str| Err(Error::malformed(source.path(), Place::File, reason));
        let mut peeked = Vec::new();
        match &start[..length] {
            b"ARROW1\0\0" => check_footer(&source)?,
            [b'F', b'E', b'A', b'1', ..] => {
                return whole(
                    "this is Feather version 1, which Arrow has given up; rewrite it with \
                     pyarrow.feather.write_feather(pyarrow.feather.read_table(path), path)",
                );
            }
            [b'P', b'A', b'R', b'1', ..] => {
                return whole("this is a Parquet file; pass dataset_type=\"parquet\"");
            }
            [] => return whole("the file is empty, which no Arrow file is"),
            start if start.len() < 8 => return whole("the file is too short for an Arrow file"),
            start => peeked.extend_from_slice(start),
        }
        let mut this = Self {
            at: if peeked.is_empty() { 8 } else { 0 },
            source,
            peeked,
            stored: Arc::new(Schema::empty()),
            schema: Arc::new(Schema::empty()),
            projection: None,
            dictionaries: HashMap::new(),
            cutter: Cutter::default(),
            batch_size: options.batch_size,
            rows: 0,
            is_done: false,
        };
        this.read_schema(options)?;
        Ok(this)
    }

    /// The columns that come out.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn read_schema(&mut self, options: &Options) -> Result<()> {
        let Some(metadata) = self.metadata()? else {
            return Err(self.damaged("there is no schema"));
        };
        let message = root_as_message(&metadata).ok();
        let Some(schema) = message.and_then(|message| message.header_as_schema()) else {
            return Err(self.damaged(
                "this is not an Arrow file: it does not begin with a schema; name its format in \
                 dataset_type",
            ));
        };
        if schema.endianness() != Endianness::Little {
            return Err(self.damaged("the data is big-endian, which is not supported"));
        }
        let stored = try_fb_to_schema(schema).map_err(|error| self.damaged(&error.to_string()))?;
        let chosen = choose(&stored, options.columns.as_deref())?;
        self.schema =
            Arc::new(stored.project(&chosen).map_err(|error| self.damaged(&error.to_string()))?);
        self.projection = options.columns.is_some().then_some(chosen);
        self.stored = Arc::new(stored);
        Ok(())
    }

    fn damaged(&self, reason: &str) -> Error {
        Error::malformed(self.source.path(), Place::Byte(self.at), reason)
    }

    fn truncated(&self) -> Error {
        Error::malformed(
            self.source.path(),
            Place::Row(self.rows),
            format!("the Arrow data is truncated: it ends at byte {} inside a message", self.at),
        )
    }

    /// Fills `buffer`, or says how much of it came before the end of the file.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let again = self.peeked.len().min(buffer.len());
        buffer[..again].copy_from_slice(&self.peeked[..again]);
        self.peeked.drain(..again);
        let count = again + self.source.read_fully(&mut buffer[again..])?;
        self.at += count as u64;
        Ok(count)
    }

    fn read_exact(&mut self, length: usize) -> Result<Buffer> {
        let mut buffer = MutableBuffer::with_capacity(length.min(FIRST_STEP));
        while buffer.len() < length {
            let filled = buffer.len();
            let step = (length - filled).min(filled.max(FIRST_STEP));
            buffer.resize(filled + step, 0);
            if self.read(&mut buffer[filled..])? < step {
                return Err(self.truncated());
            }
        }
        Ok(buffer.into())
    }

    /// The description of the next message; `None` at the end.
    fn metadata(&mut self) -> Result<Option<Buffer>> {
        let mut word = [0; 4];
        match self.read(&mut word)? {
            0 => return Ok(None),
            4 => {}
            _ => return Err(self.truncated()),
        }
        if word == CONTINUATION && self.read(&mut word)? < 4 {
            return Err(self.truncated());
        }
        let length = u32::from_le_bytes(word) as usize;
        match length {
            0 => self.drain().map(|()| None),
            LONGEST_METADATA.. => Err(self.damaged("this is not an Arrow message")),
            _ => self.read_exact(length).map(Some),
        }
    }

    /// Reads what follows the last message of compressed data, so that its checksum is checked.
    fn drain(&mut self) -> Result<()> {
        if self.source.is_compressed() {
            let mut rest = [0; 4096];
            while self.read(&mut rest)? > 0 {}
        }
        Ok(())
    }

    /// The next record batch; `None` at the end.
    pub(crate) fn next_piece(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(metadata) = self.metadata()? {
            let message = root_as_message(&metadata)
                .map_err(|error| self.damaged(&format!("the message is damaged: {error}")))?;
            let Ok(length) = usize::try_from(message.bodyLength()) else {
                return Err(self.damaged("the message has a negative length"));
            };
            let body = self.read_exact(length)?;
            let bad = |reason: &dyn std::fmt::Display| {
                Error::malformed(
                    self.source.path(),
                    Place::Row(self.rows),
                    format!(
                        "the Arrow data is damaged in the message before byte {}: {reason}",
                        self.at
                    ),
                )
            };
            match message.header_type() {
                MessageHeader::DictionaryBatch => {
                    let Some(dictionary) = message.header_as_dictionary_batch() else { continue };
                    if let Some(data) = dictionary.data() {
                        check_buffers(data, &body).map_err(|reason| bad(&reason))?;
                    }
                    read_dictionary(
                        &body,
                        dictionary,
                        &self.stored,
                        &mut self.dictionaries,
                        &message.version(),
                    )
                    .map_err(|error| bad(&error))?;
                }
                MessageHeader::RecordBatch => {
                    let Some(batch) = message.header_as_record_batch() else { continue };
                    check_buffers(batch, &body).map_err(|reason| bad(&reason))?;
                    let piece = read_record_batch(
                        &body,
                        batch,
                        self.stored.clone(),
                        &self.dictionaries,
                        self.projection.as_deref(),
                        &message.version(),
                    )
                    .map_err(|error| bad(&error))?;
                    self.rows += piece.num_rows() as u64;
                    return Ok(Some(piece));
                }
                other => {
                    return Err(bad(&format!("unexpected message of type {other:?}")));
                }
            }
        }
        Ok(None)
    }
}

impl Decode for Messages {
    fn next_batch(&mut self, faults: &mut Faults) -> Result<Option<Batch>> {
        while self.cutter.rows() < self.batch_size && !self.is_done {
            faults.go_on()?;
            match self.next_piece()? {
                Some(piece) => self.cutter.push(piece),
                None => self.is_done = true,
            }
        }
        Ok(self.cutter.take(&self.schema, self.batch_size).map(Batch::Arrow))
    }
}

/// Checks that the buffers of a message lie within it and do not claim absurd sizes once
/// decompressed.
fn check_buffers(batch: arrow_ipc::RecordBatch<'_>, body: &Buffer) -> Result<(), String> {
    let is_compressed = batch.compression().is_some();
    let is_lz4 =
        batch.compression().is_some_and(|found| found.codec() == CompressionType::LZ4_FRAME);
    let mut claimed = 0_usize;
    for buffer in batch.buffers().into_iter().flatten() {
        let offset = usize::try_from(buffer.offset()).ok();
        let length = usize::try_from(buffer.length()).ok();
        let range = offset
            .zip(length)
            .and_then(|(offset, length)| body.get(offset..offset.checked_add(length)?));
        let Some(bytes) = range else {
            return Err("a buffer lies outside the message".to_owned());
        };
        let Some(claim) = bytes.first_chunk().filter(|_| is_compressed) else { continue };
        let claim = i64::from_le_bytes(*claim);
        // A block of LZ4 holds at most 255 times its length; Zstandard knows no bound.
        let is_absurd = is_lz4 && claim > 255 * (bytes.len() as i64 + 1);
        if is_absurd || !(-1..LARGEST_BUFFER).contains(&claim) {
            return Err("a compressed buffer claims an absurd size".to_owned());
        }
        claimed = claimed.saturating_add(claim.max(0) as usize);
    }
    // The decoder takes it at its word, and ends the process where there is not so much.
    match Vec::<u8>::new().try_reserve_exact(claimed) {
        Ok(()) => Ok(()),
        Err(_) => Err(format!("its buffers claim {claimed} bytes, which there is no memory for")),
    }
}

/// A file of the file format ends in the mark it begins with; if it does not, it was cut short.
fn check_footer(source: &Source) -> Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    if source.is_compressed() || !fs::metadata(source.path()).is_ok_and(|found| found.is_file()) {
        return Ok(());
    }
    let failed = |error| Error::io(source.path(), error);
    let mut file = crate::source::open(source.path())?;
    let length = file.seek(SeekFrom::End(0)).map_err(failed)?;
    let mut mark = [0; 6];
    file.seek(SeekFrom::Start(length.saturating_sub(6))).map_err(failed)?;
    file.read_exact(&mut mark).map_err(failed)?;
    if mark == *b"ARROW1" && length > 16 {
        return Ok(());
    }
    Err(Error::malformed(
        source.path(),
        Place::File,
        format!("the Arrow file is truncated: it ends at byte {length} without a footer"),
    ))
}
