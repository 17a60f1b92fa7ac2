"""streaming_dataset_reader on CSV and text."""

import csv
import gzip
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fast_axolotl_stream import streaming_dataset_reader

lines = st.text(
    st.sampled_from(["a", "é", "😀", " ", "\t", "\n", "\r", "\x0b", "\x85", "\u2028", "\ufeff"]),
    max_size=30,
)


@settings(max_examples=200, deadline=None)
@given(content=lines, size=st.integers(1, 5))
@example(content="a\r", size=1)
@example(content="\r\n\r", size=1)
def test_text_has_the_lines_that_python_reads(content: str, size: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "x.txt"
        path.write_bytes(content.encode())
        with path.open(encoding="utf-8") as file:
            expected = [line.rstrip("\n") for line in file]
        batches = list(streaming_dataset_reader(path, batch_size=size))
        assert [row for batch in batches for row in batch["text"]] == expected
        assert all(len(batch["text"]) == size for batch in batches[:-1])


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"ok\n\xe9t\xe9\nok\n")
    with pytest.raises(ValueError, match="line 2, column 1: the text is not valid UTF-8"):
        list(streaming_dataset_reader(path))
    reader = streaming_dataset_reader(path, on_error="skip")
    assert list(reader) == [{"text": ["ok", "ok"]}]
    assert [line for line, _ in reader.skipped] == [2]


# Texts that are text to every reader, beside those that need quotes.
cells = st.sampled_from(
    ["x", "yes", "a,b", 'say "hi"', "two\nlines", "é", " spaced ", "x\r\ny", "-"]
)
names = st.lists(st.sampled_from(["a", "b", "c d", "é,"]), min_size=1, unique=True)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), size=st.integers(1, 4), end=st.sampled_from(["\n", "\r\n"]))
def test_csv_equals_what_was_written(data: st.DataObject, size: int, end: str) -> None:
    header = data.draw(names)
    columns: list[st.SearchStrategy[Any]] = [
        data.draw(
            st.sampled_from(
                [
                    cells | st.none(),
                    st.integers(-(2**63), 2**63 - 1),
                    st.floats(allow_nan=False),
                    st.floats(allow_nan=False) | st.none(),
                    st.booleans() | st.none(),
                ]
            )
        )
        for _ in header
    ]
    rows = data.draw(st.lists(st.tuples(*columns), max_size=10))
    # A lone empty field is a blank line to every reader but its writer.
    rows = [row for row in rows if row != (None,)]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end, quoting=data.draw(st.sampled_from([0, 1])))
    writer.writerows([header, *rows])
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "x.csv"
        path.write_text(out.getvalue(), encoding="utf-8", newline="")
        got = list(streaming_dataset_reader(path, batch_size=size))
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        assert list(got[start // size]) == header
        for at, name in enumerate(header):
            column = [row[at] for row in part]
            assert got[start // size][name] == column
            assert all(
                type(value) is type(other)
                for value, other in zip(got[start // size][name], column, strict=True)
            )
    assert len(got) == -(-len(rows) // size)


def test_csv_types_are_those_of_pyarrow(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    content = "i,f,s,b\n" + "".join(f"{n},{n / 7},row {n},{n % 2 == 0}\n" for n in range(25_000))
    path.write_text(content)
    expected = pyarrow.csv.read_csv(path).to_pydict()
    got: dict[str, list[Any]] = {name: [] for name in "ifsb"}
    for batch in streaming_dataset_reader(path):
        for name, column in batch.items():
            got[name] += column
    assert got == expected
    chosen = next(streaming_dataset_reader(path, columns=["s", "i"], batch_size=2))
    assert json.dumps(chosen) == '{"s": ["row 0", "row 1"], "i": [0, 1]}'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # Each of these is what pandas gives, with None for nan.
        ("a\n1\n\n3\n", {"a": [1, 3]}),
        ("a\n1\n \t\n3", {"a": [1, 3]}),
        ("a,b\n1,\n,x\n", {"a": [1.0, None], "b": [None, "x"]}),
        ("a\n99999999999999999999\n1\n", {"a": ["99999999999999999999", "1"]}),
        ("a\n18446744073709551615\n1\n", {"a": [18446744073709551615, 1]}),
        ("a,b\nTrue,1\n,2\n", {"a": [True, None], "b": [1, 2]}),
        ("a\nNone\nnull\nx\nNA\nnan\n", {"a": [None, None, "x", None, None]}),
        ("a\n 1\n2 \n", {"a": [1, 2]}),
        ("a\n1e5\ninf\n-inf\n1.5\n", {"a": [1e5, float("inf"), float("-inf"), 1.5]}),
        ("a\n1_000\n+5\n-0\n", {"a": ["1_000", "+5", "-0"]}),
        ("a\n007\n", {"a": [7]}),
        ("a,a,\n1,2,3\n", {"a": [1], "a.1": [2], "Unnamed: 2": [3]}),
        ("a\n0x10\n", {"a": ["0x10"]}),
        ("a\n1.\n.5\n", {"a": [1.0, 0.5]}),
        ('a\n"1"\n2\n', {"a": [1, 2]}),
        ("a,b\n,\n,\n", {"a": [None, None], "b": [None, None]}),
        ('a,b\n"x\ny",2\n', {"a": ["x\ny"], "b": [2]}),
        (" a , b \n1,2\n", {" a ": [1], " b ": [2]}),
        ("a\nTrue\n1\n", {"a": ["True", "1"]}),
        ('a,b\nx,""\ny,NA\n', {"a": ["x", "y"], "b": [None, None]}),
        ('a\nx"y"\n"p"q\n', {"a": ['x"y"', "pq"]}),
        ("\ufeffa\r1\r2\r", {"a": [1, 2]}),
    ],
)
def test_csv_as_pandas_reads_it(
    tmp_path: Path, content: str, expected: dict[str, list[Any]]
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(content, encoding="utf-8", newline="")
    assert repr(list(streaming_dataset_reader(path))) == repr([expected])


def test_tabs(tmp_path: Path) -> None:
    for name, kind in [("x.tsv", "auto"), ("x", "tsv"), ("x.tsv.gz", "auto")]:
        path = tmp_path / name
        data = b"a\tb\n1,5\t2\n"
        path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
        assert list(streaming_dataset_reader(path, kind)) == [{"a": ["1,5"], "b": [2]}]


def test_csv_compressed(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.zst"
    parts = [pa.compress(part, codec="zstd", asbytes=True) for part in (b"a,b\n1", b",x\n2,y\n")]
    path.write_bytes(b"".join(parts))
    assert list(streaming_dataset_reader(path)) == [{"a": [1, 2], "b": ["x", "y"]}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no header row"),
        (b"a,b\n1,2\n3\n", "line 3: the row has 1 fields, the header 2"),
        (b"a,b\n1,2\n\n3,4,5\n", "line 4: the row has 3 fields, the header 2"),
        (b'a,b\n"x\ny",2\n3\n', "line 4: the row has 1 fields"),
        (b'a,b\n1,2\n3,"x\n4,5\n', "line 3: the file ends inside a quoted field"),
        (b"a,b\n1,2\n3,\xff\n", 'line 3: column "b" is not valid UTF-8'),
        (b"a\xff,b\n1,2\n", "line 1: the header is not valid UTF-8"),
    ],
)
def test_malformed_csv(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        list(streaming_dataset_reader(path))


def test_csv_value_that_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = "".join(f"{n},x\n" for n in range(10_000))
    path.write_text("n,s\n" + rows + "oops,y\n7,z\n")
    with pytest.raises(ValueError, match=r'line 10002: column "n" holds integers.*"oops"'):
        list(streaming_dataset_reader(path))
    reader = streaming_dataset_reader(path, on_error="skip")
    assert [n for batch in reader for n in batch["n"]] == [*range(10_000), 7]
    assert [line for line, _ in reader.skipped] == [10_002]


def test_csv_skips_ragged_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n1,2\n3\n4,\xff\n5,x\n")
    reader = streaming_dataset_reader(path, on_error="skip")
    assert list(reader) == [{"a": [1, 5], "b": ["2", "x"]}]
    assert [line for line, _ in reader.skipped] == [3, 4]


def test_columns_are_checked_at_the_call(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r'"z".*it has a, b'):
        streaming_dataset_reader(tmp_path / "x.csv", columns=["z"])
    (tmp_path / "x.txt").write_text("a")
    with pytest.raises(ValueError, match=r'"z".*it has text'):
        streaming_dataset_reader(tmp_path / "x.txt", columns=["z"])
    assert list(streaming_dataset_reader(tmp_path / "x.txt", columns=["text"])) == [{"text": ["a"]}]
