//! A directory that `datasets.Dataset.save_to_disk` wrote: Arrow streams and a description.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use arrow_schema::SchemaRef;
use serde_json::Value;

use crate::Batch;
use crate::error::{Error, Place, Result};
use crate::ipc::Messages;
use crate::reader::{Decode, Faults, Options};
use crate::source::{self, Source};
use crate::table::Cutter;

/// The files of a saved dataset, one after the other.
pub(crate) struct Shards {
    waiting: VecDeque<PathBuf>,
    current: Option<Messages>,
    schema: SchemaRef,
    options: Options,
    cutter: Cutter,
}

/// Opens the first file and checks that the others are there.
pub(crate) fn open(directory: &Path, options: &Options) -> Result<Shards> {
    let mut waiting = data_files(directory)?;
    let Some(first) = waiting.pop_front() else {
        return Err(Error::malformed(directory, Place::File, "the saved dataset names no files"));
    };
    let first = Messages::open(Source::open(&first, None)?, options)?;
    for path in &waiting {
        source::metadata(path)?;
    }
    Ok(Shards {
        waiting,
        schema: first.schema().clone(),
        current: Some(first),
        options: options.clone(),
        cutter: Cutter::default(),
    })
}

impl Decode for Shards {
    fn next_batch(&mut self, faults: &mut Faults) -> Result<Option<Batch>> {
        while self.cutter.rows() < self.options.batch_size {
            faults.go_on()?;
            let Some(current) = &mut self.current else { break };
            match current.next_piece()? {
                Some(piece) => self.cutter.push(piece),
                None => self.current = self.open_next()?,
            }
        }
        Ok(self.cutter.take(&self.schema, self.options.batch_size).map(Batch::Arrow))
    }
}

impl Shards {
    fn open_next(&mut self) -> Result<Option<Messages>> {
        let Some(path) = self.waiting.pop_front() else { return Ok(None) };
        let next = Messages::open(Source::open(&path, None)?, &self.options)?;
        if next.schema().fields() != self.schema.fields() {
            return Err(Error::malformed(
                &path,
                Place::File,
                format!(
                    "the columns differ from those of the dataset's first file: {:?} and {:?}",
                    next.schema().fields(),
                    self.schema.fields()
                ),
            ));
        }
        Ok(Some(next))
    }
}

/// The files that `state.json` names.
fn data_files(directory: &Path) -> Result<VecDeque<PathBuf>> {
    let path = directory.join("state.json");
    let bad = |reason: &str| Error::malformed(&path, Place::File, reason);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::malformed(directory, Place::File, explain(directory)));
        }
        Err(error) => return Err(Error::io(&path, error)),
    };
    let state: Value = serde_json::from_slice(&text).map_err(|error| bad(&error.to_string()))?;
    let is_set = |key: &str| match &state[key] {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        _ => true,
    };
    if ["_indices_files", "_indices_data_files", "_indices"].into_iter().any(is_set) {
        return Err(bad(
            "the dataset was saved with an indices mapping, which would be ignored here; load it \
             with datasets, call flatten_indices() and save it again",
        ));
    }
    let Value::Array(files) = &state["_data_files"] else {
        return Err(bad("there is no list _data_files; the dataset was not saved completely"));
    };
    files
        .iter()
        .map(|file| match &file["filename"] {
            Value::String(name) => Ok(directory.join(name)),
            _ => Err(bad("an entry of _data_files has no filename")),
        })
        .collect()
}

fn explain(directory: &Path) -> String {
    let splits: Option<Vec<String>> = fs::read(directory.join("dataset_dict.json"))
        .ok()
        .and_then(|text| serde_json::from_slice::<Value>(&text).ok())
        .and_then(|dict| {
            let names = dict["splits"].as_array()?.iter();
            Some(names.filter_map(|name| name.as_str().map(str::to_owned)).collect())
        });
    match splits {
        Some(splits) => format!(
            "this is a saved DatasetDict; pass the directory of one of its splits ({})",
            splits.join(", ")
        ),
        None => "this directory has no state.json, so it is not a dataset that \
                 Dataset.save_to_disk wrote; pass one file of it"
            .to_owned(),
    }
}
