//! Texts, and the ends of texts and lists.

use std::sync::Arc;

use arrow_array::{ArrayRef, LargeStringArray, StringArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;

use crate::json::arrow::{Outcome, Walk};
use crate::json::tape::{Encoding, Text};

/// The largest offset of the types with narrow ones. Tests lower it, to see both.
const MOST: usize = if cfg!(test) { 40 } else { i32::MAX as usize };

/// Where each item ends, in 32 bits while they suffice.
pub(super) struct Ends {
    narrow: Vec<i32>,
    /// All of the ends, once one is beyond [`MOST`].
    wide: Vec<i64>,
    last: usize,
}

/// Offsets of either width.
pub(super) enum Offsets {
    Narrow(OffsetBuffer<i32>),
    Wide(OffsetBuffer<i64>),
}

impl Ends {
    /// The ends of `count` empty items.
    pub(super) fn with_empty(count: usize) -> Self {
        Self { narrow: vec![0; count + 1], wide: Vec::new(), last: 0 }
    }

    #[inline]
    pub(super) fn push(&mut self, end: usize) {
        self.last = end;
        if end <= MOST && self.wide.is_empty() {
            self.narrow.push(end as i32);
        } else {
            self.push_wide(end);
        }
    }

    #[cold]
    fn push_wide(&mut self, end: usize) {
        if self.wide.is_empty() {
            self.wide = std::mem::take(&mut self.narrow).into_iter().map(i64::from).collect();
        }
        self.wide.push(end as i64);
    }

    /// Ends an item without content.
    #[inline]
    pub(super) fn push_empty(&mut self) {
        self.push(self.last);
    }

    pub(super) fn finish(self) -> Offsets {
        if self.wide.is_empty() {
            Offsets::Narrow(OffsetBuffer::new(ScalarBuffer::from(self.narrow)))
        } else {
            Offsets::Wide(OffsetBuffer::new(ScalarBuffer::from(self.wide)))
        }
    }
}

/// Texts, one after the other.
pub(super) struct Texts {
    bytes: Vec<u8>,
    ends: Ends,
}

impl Texts {
    pub(super) fn with_nulls(count: usize) -> Self {
        Self { bytes: Vec::new(), ends: Ends::with_empty(count) }
    }

    #[inline]
    pub(super) fn push(&mut self, text: Text<'_>, walk: &Walk<'_>) -> Outcome<()> {
        if text.encoding() == Encoding::Surrogates {
            return walk.fault(
                "holds a text with half of a surrogate pair (\\ud800 to \\udfff), which UTF-8 \
                 cannot spell; mend the file",
            );
        }
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len());
        Ok(())
    }

    #[inline]
    pub(super) fn push_null(&mut self) {
        self.ends.push_empty();
    }

    pub(super) fn finish(self, nulls: Option<NullBuffer>) -> Result<ArrayRef, ArrowError> {
        let bytes = Buffer::from_vec(self.bytes);
        Ok(match self.ends.finish() {
            Offsets::Narrow(offsets) => Arc::new(StringArray::try_new(offsets, bytes, nulls)?),
            Offsets::Wide(offsets) => Arc::new(LargeStringArray::try_new(offsets, bytes, nulls)?),
        })
    }
}
