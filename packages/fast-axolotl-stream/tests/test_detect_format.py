"""detect_format and list_supported_formats."""

from pathlib import Path

import pytest

from fast_axolotl_stream import detect_format, list_supported_formats


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("data.parquet", ("parquet", None)),
        ("a/b/DATA.PARQUET", ("parquet", None)),
        ("x.arrow", ("arrow", None)),
        ("x.feather", ("feather", None)),
        ("x.csv", ("csv", None)),
        ("x.tsv", ("csv", None)),
        ("x.json", ("json", None)),
        ("x.jsonl", ("jsonl", None)),
        ("x.ndjson", ("jsonl", None)),
        ("x.txt", ("text", None)),
        ("x.text", ("text", None)),
        ("x.jsonl.zst", ("jsonl", "zstd")),
        ("x.jsonl.zstd", ("jsonl", "zstd")),
        ("X.Csv.GZ", ("csv", "gzip")),
        ("x.v1.parquet.gzip", ("parquet", "gzip")),
        ("x.gz", ("json", "gzip")),
        ("no_extension", ("json", None)),
        ("x.bin", ("json", None)),
    ],
)
def test_names(path: str, expected: tuple[str, str | None]) -> None:
    assert detect_format(path) == expected
    assert detect_format(Path(path)) == expected


def test_an_empty_path() -> None:
    with pytest.raises(ValueError, match="path is empty; pass the path"):
        detect_format("")


def test_a_directory_is_a_saved_dataset(tmp_path: Path) -> None:
    directory = tmp_path / "data.parquet"
    directory.mkdir()
    assert detect_format(directory) == ("hf_dataset", None)


def test_wrong_type() -> None:
    with pytest.raises(TypeError):
        detect_format(1)  # type: ignore[arg-type]


def test_supported_formats_are_detected_by_their_own_names() -> None:
    formats = list_supported_formats()
    assert len(set(formats)) == len(formats) == 7 * 3 + 1
    compressions = {"zst": "zstd", "gz": "gzip"}
    for name in formats:
        if name == "hf_dataset":
            continue
        base, _, suffix = name.partition(".")
        assert detect_format(f"x.{name}") == (base, compressions.get(suffix))
    assert {"parquet", "arrow", "feather", "csv", "json", "jsonl", "text"} <= set(formats)
    assert "hf_dataset" in formats
