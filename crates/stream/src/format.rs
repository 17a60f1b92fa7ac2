//! The formats, declared once: detection, the list of names and the error messages read this table.

use std::path::Path;

use crate::error::{Error, Result};

/// How a dataset is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC, as a file or as a stream.
    Arrow,
    /// Feather version 2, which is the Arrow IPC file format.
    Feather,
    /// Delimited text with a header row.
    Csv,
    /// An array of objects, or objects one after the other.
    Json,
    /// One object per line.
    Jsonl,
    /// One row per line, in a column named `text`.
    Text,
    /// A directory that `datasets.Dataset.save_to_disk` wrote.
    HfDataset,
}

/// How the bytes of a file are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Zstandard frames.
    Zstd,
    /// Gzip members.
    Gzip,
}

struct Entry {
    format: Format,
    name: &'static str,
    /// Other names and file extensions, in lower case.
    aliases: &'static [&'static str],
}

const FORMATS: [Entry; 8] = [
    Entry { format: Format::Parquet, name: "parquet", aliases: &["pq"] },
    Entry { format: Format::Arrow, name: "arrow", aliases: &["ipc"] },
    Entry { format: Format::Feather, name: "feather", aliases: &[] },
    Entry { format: Format::Csv, name: "csv", aliases: &["tsv"] },
    Entry { format: Format::Json, name: "json", aliases: &[] },
    Entry { format: Format::Jsonl, name: "jsonl", aliases: &["ndjson", "jsonlines"] },
    Entry { format: Format::Text, name: "text", aliases: &["txt"] },
    Entry { format: Format::HfDataset, name: "hf_dataset", aliases: &[] },
];

/// Each compression with its name and its suffixes, the customary one first.
const COMPRESSIONS: [(Compression, &str, [&str; 2]); 2] =
    [(Compression::Zstd, "zstd", ["zst", "zstd"]), (Compression::Gzip, "gzip", ["gz", "gzip"])];

impl Format {
    /// The format's name in `dataset_type`.
    pub fn name(self) -> &'static str {
        FORMATS.iter().find(|entry| entry.format == self).map_or("", |entry| entry.name)
    }

    fn named(name: &str) -> Option<Self> {
        FORMATS
            .iter()
            .find(|entry| entry.name == name || entry.aliases.contains(&name))
            .map(|entry| entry.format)
    }
}

impl Compression {
    /// The name that [`detect`] reports in Python.
    pub fn name(self) -> &'static str {
        COMPRESSIONS.iter().find(|entry| entry.0 == self).map_or("", |entry| entry.1)
    }

    /// The customary file suffix.
    pub(crate) fn suffix(self) -> &'static str {
        COMPRESSIONS.iter().find(|entry| entry.0 == self).map_or("", |entry| entry.2[0])
    }

    fn suffixed(suffix: &str) -> Option<Self> {
        COMPRESSIONS.iter().find(|entry| entry.2.contains(&suffix)).map(|entry| entry.0)
    }
}

/// Every name that `dataset_type` documents: the formats, then each but the directory with each
/// compression, then the directory.
pub fn supported() -> Vec<String> {
    let files = || FORMATS.iter().filter(|entry| entry.format != Format::HfDataset);
    let plain = files().map(|entry| entry.name.to_owned());
    let packed = files().flat_map(|entry| {
        COMPRESSIONS.iter().map(move |(_, _, suffixes)| format!("{}.{}", entry.name, suffixes[0]))
    });
    plain.chain(packed).chain([Format::HfDataset.name().to_owned()]).collect()
}

/// The format and the compression that a path's name promises.
///
/// A directory is an `hf_dataset`. Names count in any case. What no extension of the table
/// explains is JSON. Nothing is read.
pub fn detect(path: &Path) -> (Format, Option<Compression>) {
    if path.is_dir() {
        return (Format::HfDataset, None);
    }
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let mut parts = name.as_deref().unwrap_or_default().rsplit('.');
    // The part before the first dot is a name, not an extension, unless the name is all there is.
    let count = parts.clone().count();
    let last = parts.next().filter(|_| count > 1);
    let compression = last.and_then(Compression::suffixed);
    let extension = if compression.is_some() { parts.next().filter(|_| count > 2) } else { last };
    let format = extension
        .and_then(Format::named)
        .filter(|format| *format != Format::HfDataset)
        .unwrap_or(Format::Json);
    (format, compression)
}

/// Whether fields are separated by tabs, which only a name can tell.
pub(crate) fn is_tab_separated(path: &Path, dataset_type: &str) -> bool {
    let is_tsv = |name: &str| name.to_lowercase().split('.').skip(1).any(|part| part == "tsv");
    dataset_type.to_lowercase().split('.').next() == Some("tsv")
        || path.file_name().is_some_and(|name| is_tsv(&name.to_string_lossy()))
}

/// The format and the compression for `dataset_type`.
///
/// An empty text or `auto` detects both from the path; a format alone takes the compression from
/// the path; `format.compression` says both.
///
/// # Errors
///
/// An unknown name, with the list of known ones.
pub fn resolve(path: &Path, dataset_type: &str) -> Result<(Format, Option<Compression>)> {
    let wanted = dataset_type.to_lowercase();
    if wanted.is_empty() || wanted == "auto" {
        return Ok(detect(path));
    }
    let known = match wanted.split_once('.') {
        None => Format::named(&wanted).map(|format| match format {
            Format::HfDataset => (format, None),
            _ => (format, detect(path).1),
        }),
        Some((format, suffix)) => Format::named(format)
            .filter(|format| *format != Format::HfDataset)
            .zip(Compression::suffixed(suffix))
            .map(|(format, compression)| (format, Some(compression))),
    };
    known.ok_or_else(|| {
        Error::Argument(format!(
            "unknown dataset_type {dataset_type:?}; use \"auto\" or one of {}",
            supported().join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_supported_name_resolves_and_is_detected_as_an_extension() {
        for name in supported() {
            let resolved = resolve(Path::new("data"), &name).unwrap();
            if resolved.0 == Format::HfDataset {
                continue;
            }
            assert_eq!(detect(Path::new(&format!("data.{name}"))), resolved, "{name}");
            assert_eq!(
                detect(Path::new(&format!("DATA.{}", name.to_uppercase()))),
                resolved,
                "{name}"
            );
        }
    }

    #[test]
    fn names_without_an_extension_are_json() {
        for name in ["parquet", "gz", "data", "", "data.bin", "a.parquet.bak", "x.hf_dataset"] {
            assert_eq!(detect(Path::new(name)), (Format::Json, None), "{name}");
        }
        assert_eq!(detect(Path::new("data.gz")), (Format::Json, Some(Compression::Gzip)));
        assert_eq!(detect(Path::new("csv.gz")), (Format::Json, Some(Compression::Gzip)));
        assert_eq!(detect(Path::new("a.b.csv.zstd")), (Format::Csv, Some(Compression::Zstd)));
    }

    #[test]
    fn a_bare_format_takes_the_compression_of_the_name() {
        let resolved = resolve(Path::new("x.bin.gz"), "jsonl").unwrap();
        assert_eq!(resolved, (Format::Jsonl, Some(Compression::Gzip)));
        let resolved = resolve(Path::new("x.bin.gz"), "jsonl.zst").unwrap();
        assert_eq!(resolved, (Format::Jsonl, Some(Compression::Zstd)));
        for wrong in ["xml", "jsonl.bz2", "hf_dataset.zst", "jsonl.", ".zst", "auto.zst"] {
            assert!(matches!(resolve(Path::new("x"), wrong), Err(Error::Argument(_))), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn detection_takes_any_name(name in ".*") {
            let lower = detect(Path::new(&name.to_lowercase()));
            prop_assert_eq!(detect(Path::new(&name)), lower);
        }
    }
}
