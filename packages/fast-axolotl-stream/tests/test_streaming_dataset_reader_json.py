"""streaming_dataset_reader on JSON, with json.loads as the oracle."""

import gzip
import json
import math
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fast_axolotl_stream import streaming_dataset_reader

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**30), max_value=10**30)
    | st.floats()
    | text
    | st.text(max_size=5)
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(["a", "b", "c", "longer key", "é", "", "😀"])
records = st.lists(st.dictionaries(keys, values, max_size=5), max_size=20)


def same(left: Any, right: Any) -> bool:
    """Equal in type, in key order and for nan and -0.0 too."""
    return repr(left) == repr(right)


def expected_batches(rows: list[dict[str, Any]], size: int) -> Iterator[dict[str, list[Any]]]:
    names: dict[str, None] = {}
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        for row in part:
            names.update(dict.fromkeys(row))
        yield {name: [row.get(name) for row in part] for name in names}


def layouts(rows: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for ascii_only in (True, False):
        lines = [json.dumps(row, ensure_ascii=ascii_only) for row in rows]
        yield "jsonl", "".join(line + "\n" for line in lines)
        yield "jsonl", "\n\n".join(lines)
        yield "jsonl", " \r\n".join(lines) + "\r\n\r\n"
        yield "json", "\n".join(lines)
        yield "json", "".join(lines)
    yield "json", json.dumps(rows)
    yield "json", json.dumps(rows, indent=2)
    yield "json", "\n".join(json.dumps(row, indent=1) for row in rows)


@settings(max_examples=60, deadline=None)
@given(rows=records, size=st.integers(1, 8), byte_order_mark=st.booleans())
def test_equal_to_json_loads(rows: list[dict[str, Any]], size: int, byte_order_mark: bool) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "x"
        # What a file cannot hold in UTF-8 is escaped, and json.loads is asked what that means.
        for kind, content in layouts(rows):
            data = content.encode("utf-8", "replace")
            again = [json.loads(json.dumps(row)) for row in rows]
            if b"?" in data and content.encode("utf-8", "surrogatepass") != data:
                continue
            path.write_bytes((b"\xef\xbb\xbf" if byte_order_mark else b"") + data)
            got = list(streaming_dataset_reader(path, kind, size))
            assert same(got, list(expected_batches(again, size))), (kind, content)


@given(
    line=st.sampled_from(["{}", '{"a": 1}', '{"a": [1, {"b": null}]}', '{"a": "\\u00e9x"}'])
    .flatmap(
        lambda line: st.tuples(
            st.just(line), st.integers(0, len(line) - 1), st.sampled_from('{}[]",:0-1e.\\ utn\t')
        )
    )
    .map(lambda edit: edit[0][: edit[1]] + edit[2] + edit[0][edit[1] + 1 :])
)
@settings(max_examples=300, deadline=None)
def test_accepts_what_json_loads_accepts(line: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "x.jsonl"
        path.write_text(line + "\n", encoding="utf-8")
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if isinstance(row, dict):
            (batch,) = streaming_dataset_reader(path)
            assert same(batch, {key: [value] for key, value in row.items()})
        elif line.strip():
            with pytest.raises(ValueError, match="line 1"):
                list(streaming_dataset_reader(path))


@pytest.mark.parametrize(
    "value",
    [
        "12345678901234567890123456789",
        "-9223372036854775809",
        "9223372036854775807",
        "-0",
        "-0.0",
        "0.1",
        "1e400",
        "2.2250738585072011e-308",
        "8.98846567431158e307",
        "1" * 4300,
        "NaN",
        "-Infinity",
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        '"\\udc00\\ud800x"',
        '{"a": 1, "b": 2, "a": 3}',
        "[" * 800 + "]" * 800,
    ],
)
def test_single_values(tmp_path: Path, value: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"v": ' + value + "}\n")
    (batch,) = streaming_dataset_reader(path)
    assert same(batch["v"][0], json.loads(value))


def test_missing_keys_are_none_and_never_move_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1}\n{"b": 2, "a": 3}\n{"b": 4}\n{"c": 5}\n')
    assert list(streaming_dataset_reader(path, batch_size=2)) == [
        {"a": [1, 3], "b": [None, 2]},
        {"a": [None, None], "b": [4, None], "c": [None, 5]},
    ]


def test_repeated_keys_keep_the_last_value(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1, "b": 2, "a": 3}\n{"b": 4, "b": 5}\n')
    assert list(streaming_dataset_reader(path)) == [{"a": [3, None], "b": [2, 5]}]


def test_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1, "b": {"c": 2}}\n{"b": 3}\n')
    assert list(streaming_dataset_reader(path, columns=["b", "a"])) == [
        {"b": [{"c": 2}, 3], "a": [1, None]}
    ]
    assert list(next(streaming_dataset_reader(path, columns=["b", "a"]))) == ["b", "a"]
    with pytest.raises(ValueError, match=r"'?\"?d\"?'?.*a, b"):
        next(streaming_dataset_reader(path, columns=["a", "d"]))


def test_rows_do_not_share_mutable_values(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": {"k": []}}\n' * 2)
    (batch,) = streaming_dataset_reader(path)
    batch["a"][0]["k"].append(1)
    assert batch["a"][1] == {"k": []}


MALFORMED = [
    ('{"a": 1}\n{"a": }\n', 2, 7),
    ('{"a": 1}\n\n{"a": 1\n', 3, None),
    ('{"a": 1}\n[1]\n', 2, 1),
    ('{"a": 1}\n"x"\n', 2, 1),
    ('{"a": 1}\n{"a": "é" x}\n', 2, 11),
    ('{"a": 1} {"a": 2}\n', 1, 10),
    ("{\"a\": 1}\n{'a': 1}\n", 2, 2),
    ('{"a": 01}\n', 1, 8),
    ('{"a": 1,}\n', 1, 9),
    ('{"a": "\t"}\n', 1, 8),
    ('{"a": "\\x"}\n', 1, 8),
    ('{"a": ' + "1" * 4301 + "}\n", 1, 7),
    ('{"a": ' + "[" * 2000 + "]" * 2000 + "}\n", 1, None),
]


@pytest.mark.parametrize(("content", "line", "column"), MALFORMED)
def test_malformed_lines_are_named(
    tmp_path: Path, content: str, line: int, column: int | None
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(content, encoding="utf-8")
    place = f"{path}, line {line}, column {column if column else ''}"
    with pytest.raises(ValueError, match=f"^{re.escape(place)}"):
        list(streaming_dataset_reader(path, batch_size=1))


def test_invalid_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"a": "ok"}\n{"a": "\xff"}\n')
    with pytest.raises(ValueError, match="line 2, column 8: the text is not valid UTF-8"):
        list(streaming_dataset_reader(path))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('[{"a": 1},\n {"a": 2}', 2),
        ('[{"a": 1},\n {"a": 2},\n', 3),
        ('[{"a": 1},\n {"a": \n', 1 + 1),
        ('[{"a": 1}\n {"a": 2}]', 2),
        ('[{"a": 1}]\n x', 2),
        ('[{"a": 1}, 2]', 1),
        ('[{"a": 1}, ]', 1),
        ('{"a": 1}\n{"a": {"b": 1}', 2),
        ('{"a": 1}\n2', 2),
        ("[1, 2]", 1),
        ("null", 1),
    ],
)
def test_malformed_json_files(tmp_path: Path, content: str, line: int) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=rf"x\.json, line [{line}-{line + 1}]"):
        list(streaming_dataset_reader(path))


@pytest.mark.parametrize("content", ["", " \n\n", "\ufeff", "[]", " [ ]\n"])
def test_nothing_in_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    assert list(streaming_dataset_reader(path)) == []


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_skip_keeps_every_good_line_and_names_the_others(data: st.DataObject) -> None:
    bad = st.sampled_from(['{"a": ', "[1]", "nonsense", '{"a": 1}}', "{'a': 1}", '{"a": \xff}'])
    lines = data.draw(
        st.lists(st.integers().map(lambda n: json.dumps({"a": n})) | bad | st.just(""))
    )
    size = data.draw(st.integers(1, 5))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "x.jsonl"
        path.write_text("\n".join(lines), encoding="latin-1")
        reader = streaming_dataset_reader(path, batch_size=size, on_error="skip")
        got = [value for batch in reader for value in batch["a"]]
    good, wrong = [], []
    for number, line in enumerate(lines, 1):
        try:
            good.append(json.loads(line)["a"])
        except (ValueError, TypeError):
            if line:
                wrong.append(number)
    assert got == good
    assert reader.skipped_count == len(wrong)
    assert [line for line, _ in reader.skipped] == wrong
    assert all(reason for _, reason in reader.skipped)


@pytest.mark.parametrize(
    ("content", "good", "left_out"),
    [
        ('[{"a": 1}, {"a": tru}, 3, {"a": 4}]', [1, 4], ["bytes 11 to 20", "bytes 23 to 23"]),
        ('[{"a": 1}, {"a": "]},{[" x}, {"a": 4}', [1, 4], ["bytes 11 to 26", "truncated"]),
        ('{"a": 1}\n{"a": "\n{"a": 4}\n', [1, 4], ["line 2, bytes 9 to 15"]),
        ('{"a": 1}\nnonsense\n{"a": 4}', [1, 4], ["line 2, bytes 9 to 16"]),
        ('{"a":1}\n  {"a":x}\n  {"a":3}\n  {"a":4}', [1, 3, 4], ["line 2, bytes 10 to 16"]),
        ('{"a":1} {"a":x} {"a":3}\n{"a":4}', [1, 3, 4], ["line 1, bytes 8 to 14"]),
        ('{"a":1},\n{"a":2}, {"a":3}', [1, 2, 3], ["bytes 7 to 7", "bytes 16 to 16"]),
        ('{"a":1}}\n{"a":2}', [1, 2], ["bytes 7 to 7"]),
        ('{"a":"x}\n  {"a":2}\n{"a":3}', [2, 3], ["line 1, bytes 0 to 7"]),
        ('{"a": [1, 2}\n{"a":2}', [2], ["line 1, bytes 0 to 11"]),
        ('{"a": 1\n{"a":2}\n{"a":3}', [2, 3], ["line 1, bytes 0 to 6"]),
        ('{"a":1}\n{"a":2', [1], ["the rest of the file from line 2 on, bytes 8 to 13"]),
        ('{"a":1}\n{"a":2\n\n', [1], ["the rest of the file from line 2 on"]),
        ('{"a":1}\nx\n\n', [1], ["the rest of the file from line 2 on"]),
        # What is inside of a malformed record is no record.
        ('{\n "a": x,\n "b":\n {"a": 1}\n}\n{"a": 2}', [2], ["lines 1 to 5"]),
        ('{"a": [\n  {"a": 0}\n  {"a": 0}\n]}\n{"a": 2}', [2], ["lines 1 to 4"]),
        ('{"a": x, "b": [\n{"a": 0},\n{"a": 0}\n]}\n{"a": 2}', [2], ["lines 1 to 4"]),
        ('{\n"a": x,\n"b": "\n[{"a": 0}\n]\n}\n{"a": 2}', [2], ["lines 1 to 6"]),
        ('[\n {\n  "a": x,\n  "b": [\n   1,\n   {"a": 0}]},\n {"a":2}]', [2], ["lines 2 to 6"]),
        ('"\n "a": 1,\n "b": [\n  {"a": 0}\n ]\n}\n{"a": 2}', [2], ["lines 1 to 6"]),
        ('[{"a":1},\n{"b:2},\n{"a":3},\n{"a":4}]', [1, 3, 4], ["line 2, bytes 10 to 16"]),
        ('[{"a":1},\n {"a": [2,\n {"a":3},\n {"a":4}\n]', [1, 3, 4], ["line 2, bytes 11 to 19"]),
        ('[{"a":1}}, {"a":2}]', [1, 2], ["bytes 8 to 8"]),
        ('[{"a":1},, {"a":2}]', [1, 2], [""]),
        ('[{"a":1}]\n x y', [1], ["the rest of the file from line 2 on, bytes 11 to 13"]),
    ],
)
def test_skip_in_arrays_and_sequences(
    tmp_path: Path, content: str, good: list[int], left_out: list[str]
) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    for size in (1, 1000):
        reader = streaming_dataset_reader(path, batch_size=size, on_error="skip")
        assert [value for batch in reader for value in batch["a"]] == good
        assert reader.skipped_count == len(reader.skipped) == len(left_out)
        for (_, reason), part in zip(reader.skipped, left_out, strict=True):
            assert part in reason


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('[{"a":1},{"b:2},{"a":3},{"a":4}]', 1),
        ('[{"a":1}] {"a":2}', 1),
        ('[{"a":1}]\n[{"a":2}]', 2),
        ('{"a":1}\n{"b:2} {"a":3} {"a":4}', 2),
        ('[{"a":1},\n\n{"b": [2}, {"a":3}]', 3),
    ],
)
def test_skip_never_loses_records_in_silence(tmp_path: Path, content: str, line: int) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    reader = streaming_dataset_reader(path, on_error="skip")
    with pytest.raises(
        ValueError, match=f'on_error="skip" cannot find .* record begins after line {line}, byte'
    ):
        list(reader)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_skip_in_a_sequence_of_lines_keeps_every_good_one(data: st.DataObject) -> None:
    good = st.integers(0, 99).map(lambda n: {"a": n, "b": [{"c": "}{"}, {"a": n}]})
    bad = st.sampled_from(
        ['{"a": x}', '{"a": "}', '{"a": 1', '{"a": [1}', "nonsense", "3", "'a'", '{"a": {"b": 1}']
    )
    records = data.draw(st.lists(good | bad, min_size=1))
    indent = data.draw(st.sampled_from([None, 1, 2]))
    as_array = data.draw(st.booleans())
    texts = [r if isinstance(r, str) else json.dumps(r, indent=indent) for r in records]
    between = ",\n" if as_array else "\n"
    content = "[\n" if as_array else ""
    places = []
    for record, text in zip(records, texts, strict=True):
        if isinstance(record, str):
            places.append((len(content), len(content) + len(text) - 1))
        content += text + between
    content += '{"a": 0}\n' + ("]" if as_array else "")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "x.json"
        path.write_text(content)
        reader = streaming_dataset_reader(path, on_error="skip")
        got = [value for batch in reader for value in batch["a"]]
    assert got == [r["a"] for r in records if not isinstance(r, str)] + [0]
    assert reader.skipped_count == len(reader.skipped) <= len(places)
    # Malformed records in a row may be left out together; each is in what is said to be.
    ranges = [
        tuple(map(int, re.findall(r"bytes (\d+) to (\d+)$", reason)[0]))
        for _, reason in reader.skipped
    ]
    for first, last in places:
        assert any(low <= first and last <= high for low, high in ranges), (first, last, ranges)


@pytest.mark.thread_unsafe(reason="counts what the process has logged")
def test_skipped_is_bounded_and_reported_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("x\n" * 5000 + '{"a": 1}\n')
    reader = streaming_dataset_reader(path, on_error="skip")
    assert list(reader) == [{"a": [1]}]
    assert (reader.skipped_count, len(reader.skipped)) == (5000, 1000)
    assert reader.skipped[999][0] == 1000
    assert [record.name for record in caplog.records] == ["fast_axolotl_stream"]
    assert "skipped 5000" in caplog.text
    assert next(reader, None) is None
    assert len(caplog.records) == 1


def test_gzip_members_and_no_final_newline(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n{"a"') + gzip.compress(b": 2}"))
    assert list(streaming_dataset_reader(path)) == [{"a": [1, 2]}]


def test_gzip_with_padding_and_with_garbage(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    stored = gzip.compress(b'{"a": 1}\n')
    path.write_bytes(stored + bytes(600_000))
    assert gzip.decompress(path.read_bytes()) == b'{"a": 1}\n'
    assert list(streaming_dataset_reader(path)) == [{"a": [1]}]
    path.write_bytes(stored + b"garbage")
    with pytest.raises(ValueError, match=f"byte {len(stored)}: there is garbage after the gzip"):
        list(streaming_dataset_reader(path))


def test_records_longer_than_any_buffer(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"a": "x" * 3_000_000, "b": [math.pi] * 50_000},
        {"a": "é" * 1_000_000},
    ]
    path = tmp_path / "x"
    for kind, content in [
        ("json", json.dumps(rows, ensure_ascii=False)),
        ("json", "\n".join(json.dumps(row, indent=1) for row in rows)),
        ("jsonl", "\n".join(map(json.dumps, rows))),
    ]:
        path.write_text(content, encoding="utf-8")
        assert list(streaming_dataset_reader(path, kind)) == list(expected_batches(rows, 1000))
