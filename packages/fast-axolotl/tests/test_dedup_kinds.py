"""`fast-axolotl dedup` on the columns, files and names that people have."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

from fast_axolotl.cli import main
from fast_axolotl.dedup import outputs

OUTPUTS = ["out.parquet", "out.arrow", "out.jsonl"]


def dedup(*arguments):
    return main(["dedup", *map(str, arguments), "--quiet"])


def read(path):
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".arrow":
        return pa.ipc.open_file(path).read_all().to_pylist()
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def groups(path):
    metadata = pq.ParquetFile(path).metadata
    return [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]


def test_rows_are_gathered_into_groups_of_which_none_is_empty(tmp_path, monkeypatch):
    monkeypatch.setattr(outputs, "GROUP_ROWS", 20_000)
    rows = [f"q {number % 50_000}" for number in range(100_000)]
    pq.write_table(pa.table({"t": rows[:30_000]}), tmp_path / "old.parquet")
    pq.write_table(pa.table({"t": rows}), tmp_path / "new.parquet", row_group_size=1000)
    state = tmp_path / "state"
    dedup(tmp_path / "old.parquet", "-o", tmp_path / "1.parquet", "--save-state", state)
    assert dedup(tmp_path / "new.parquet", "-o", tmp_path / "2.parquet", "--against", state) == 0
    assert read(tmp_path / "2.parquet") == [{"t": row} for row in rows[30_000:50_000]]
    assert len(groups(tmp_path / "2.parquet")) <= 2
    assert min(groups(tmp_path / "2.parquet")) > 0


@pytest.mark.parametrize("output", ["out.parquet", "out.arrow"])
def test_no_row_is_left(tmp_path, output):
    pq.write_table(pa.table({"t": ["a"]}), tmp_path / "in.parquet")
    run = [tmp_path / "in.parquet", "-o"]
    dedup(*run, tmp_path / "first.parquet", "--save-state", tmp_path / "state")
    assert dedup(*run, tmp_path / output, "--against", tmp_path / "state") == 0
    assert read(tmp_path / output) == []
    if output == "out.parquet":
        assert groups(tmp_path / output) == []


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["9007199254740993", "", "9007199254740992"], [9007199254740993, None, 9007199254740992]),
        (["18446744073709551615", "", "7"], [2**64 - 1, None, 7]),
        (["5", "", "6"], [5.0, None, 6.0]),
        (["5", "6", "7"], [5, 6, 7]),
    ],
)
def test_ids_of_csv_stay_whole(tmp_path, output, lines, expected):
    rows = [f"{line},{number}\n" for number, line in enumerate(lines)]
    (tmp_path / "in.csv").write_text("id,n\n" + "".join(rows))
    assert dedup(tmp_path / "in.csv", "-o", tmp_path / output, "--on", "id") == 0
    assert [row["id"] for row in read(tmp_path / output)] == expected


def test_an_id_that_a_float_would_round_is_an_error_after_the_sample(tmp_path, capsys):
    lines = [
        "id,n",
        "1,0",
        ",1",
        *(f"{number},2" for number in range(11_000)),
        "9007199254740993,3",
    ]
    (tmp_path / "in.csv").write_text("\n".join(lines) + "\n")
    assert dedup(tmp_path / "in.csv", "-o", tmp_path / "out.jsonl") == 1
    assert "9007199254740993" in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()


KINDS = {
    "string views": pa.array(["a", "b", "a"], pa.string_view()),
    "binary views": pa.array([b"a", b"b", b"a"], pa.binary_view()),
    "lists of views": pa.array([["a"], ["b", None], ["a"]], pa.list_(pa.string_view())),
    "list views": pa.array([[1], [2, 3], [1]], pa.list_view(pa.int64())),
    "structs of views": pa.array([{"x": "a"}, {"x": "b"}, {"x": "a"}]).cast(
        pa.struct([("x", pa.string_view())])
    ),
    "keys": pa.array(["a", "b", "a"]).dictionary_encode(),
    "lists of keys": pa.array(
        [["a"], ["b"], ["a"]], pa.list_(pa.dictionary(pa.int8(), pa.string()))
    ),
    "runs": pa.RunEndEncodedArray.from_arrays([1, 2, 3], ["a", "b", "a"]),
}


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_other_layouts_of_the_same_values(tmp_path, kind, output):
    table = pa.table({"c": KINDS[kind], "n": [1, 2, 1]})
    with pa.ipc.new_file(str(tmp_path / "in.arrow"), table.schema) as file:
        file.write_table(table)
    status = dedup(tmp_path / "in.arrow", "-o", tmp_path / output)
    if kind == "binary views" and output == "out.jsonl":
        assert status == 1
        return
    assert status == 0
    assert read(tmp_path / output) == table.slice(0, 2).to_pylist()


def test_what_cannot_be_written_fails_before_the_first_pass(tmp_path, capsys):
    runs = pa.RunEndEncodedArray.from_arrays([1, 2], ["a", "b"])
    table = pa.table({"n": [1, 2], "c": pa.StructArray.from_arrays([runs], ["x"])})
    with pa.ipc.new_file(str(tmp_path / "in.arrow"), table.schema) as file:
        file.write_table(table)
    assert dedup(tmp_path / "in.arrow", "-o", tmp_path / "out.parquet") == 1
    said = capsys.readouterr().err
    assert "in.arrow" in said
    assert "column 'c'" in said


@pytest.mark.parametrize("output", OUTPUTS)
def test_categoricals_of_several_files_beside_plain_strings(tmp_path, output):
    for name, values in (("1", ["a", "b"]), ("2", ["c", "a"])):
        column = pa.array(values).dictionary_encode()
        pq.write_table(pa.table({"c": column}), tmp_path / f"{name}.parquet", row_group_size=1)
    pq.write_table(pa.table({"c": ["d", "b"]}), tmp_path / "3.parquet")
    assert dedup(*sorted(tmp_path.iterdir()), "-o", tmp_path / output) == 0
    assert [row["c"] for row in read(tmp_path / output)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
@pytest.mark.parametrize("order", [["with", "without"], ["without", "with"]])
def test_a_column_that_only_some_files_have(tmp_path, output, kind, order):
    """What is missing is null, as it is inside of one file."""
    rows = {
        "with": [{"q": "a", "system": "s"}, {"q": "a", "system": None}],
        "without": [{"q": "a"}, {"q": "b"}],
    }
    for name, content in rows.items():
        if kind == "jsonl":
            text = "".join(json.dumps(row) + "\n" for row in content)
            (tmp_path / f"{name}.jsonl").write_text(text)
        else:
            pq.write_table(pa.Table.from_pylist(content), tmp_path / f"{name}.parquet")
    files = [tmp_path / f"{name}.{kind}" for name in order]
    assert dedup(*files, "-o", tmp_path / output, "--on", "q", "system") == 0
    found = {(row["q"], row.get("system")) for row in read(tmp_path / output)}
    assert found == {("a", "s"), ("a", None), ("b", None)}
    assert len(read(tmp_path / output)) == 3


def test_a_column_that_a_later_record_has(tmp_path):
    rows = [{"q": "a"}] * 3 + [{"q": "a", "late": n % 2} for n in range(9000)]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert dedup(tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl", "--on", "q", "late") == 0
    assert read(tmp_path / "out.jsonl") == [{"q": "a"}, rows[3], rows[4]]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([2932897], pa.date32()),
        pa.array([2**62], pa.timestamp("us")),
        pa.array([2**62], pa.duration("s")),
    ],
    ids=["date", "moment", "duration"],
)
def test_what_python_cannot_spell_is_a_message(tmp_path, capsys, column):
    pq.write_table(pa.table({"n": [1], "t": column}), tmp_path / "in.parquet")
    assert dedup(tmp_path / "in.parquet", "-o", tmp_path / "out.jsonl") == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "write to .parquet instead" in said
    assert not (tmp_path / "out.jsonl").exists()


def test_floats_that_are_no_numbers_are_null_in_json(tmp_path):
    floats = [math.nan, math.inf, -math.inf, 1.5]
    table = pa.table({"x": floats, "l": [[value] for value in floats]})
    pq.write_table(table, tmp_path / "in.parquet")
    assert dedup(tmp_path / "in.parquet", "-o", tmp_path / "out.jsonl") == 0
    expected = [{"x": None, "l": [None]}] * 3 + [{"x": 1.5, "l": [1.5]}]
    assert read(tmp_path / "out.jsonl") == expected


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
class TestTargets:
    """What becomes of the file that is there, and of its name."""

    @pytest.fixture(autouse=True)
    def rows(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("in.jsonl").write_text('{"a":1}\n{"a":1}\n')

    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
    def test_force_keeps_the_mode(self, mode):
        for name in ("out.jsonl", "state"):
            Path(name).touch()
            Path(name).chmod(mode)
        Path("state").unlink()
        dedup("in.jsonl", "-o", "first.jsonl", "--save-state", "state")
        Path("state").chmod(mode)
        assert dedup("in.jsonl", "-o", "out.jsonl", "--save-state", "state", "--force") == 0
        assert [Path(name).stat().st_mode & 0o777 for name in ("out.jsonl", "state")] == [mode] * 2
        assert read(Path("out.jsonl")) == [{"a": 1}]

    @pytest.mark.parametrize("there", [True, False], ids=["there", "dangling"])
    def test_a_link_is_written_through(self, there):
        Path("folder").mkdir()
        Path("link.jsonl").symlink_to("folder/real.jsonl")
        if there:
            Path("folder/real.jsonl").touch()
        assert dedup("in.jsonl", "-o", "link.jsonl", "--force") == 0
        assert Path("link.jsonl").is_symlink()
        assert read(Path("folder/real.jsonl")) == [{"a": 1}]

    @pytest.mark.parametrize("name", ["out.jsonl", "state"])
    def test_a_file_that_appears_meanwhile_is_not_replaced(self, monkeypatch, capsys, name):
        write = outputs.Lines.close

        def close(self):
            write(self)
            Path(name).write_text("another's")

        monkeypatch.setattr(outputs.Lines, "close", close)
        assert dedup("in.jsonl", "-o", "out.jsonl", "--save-state", "state") == 1
        assert f"{name} came to be while the rows were read" in capsys.readouterr().err
        assert sorted(path.name for path in Path().iterdir()) == sorted(["in.jsonl", name])
        assert Path(name).read_text() == "another's"

    def test_names_may_be_as_long_as_names_can_be(self):
        name = "\N{SNOWMAN}" * 70 + "x" * 39 + ".jsonl"
        assert len(name.encode()) == 255
        assert dedup("in.jsonl", "-o", name, "--save-state", "s" * 255) == 0
        assert dedup("in.jsonl", "-o", name, "--save-state", "s" * 255, "--force") == 0
        assert read(Path(name)) == [{"a": 1}]

    def test_a_closed_pipe_ends_it_quietly(self):
        code = "import sys; from fast_axolotl.cli import main; sys.exit(main(sys.argv[1:]))"
        line = [sys.executable, "-c", code, "dedup", "in.jsonl", "-o", "out.jsonl", "--quiet"]
        readable, writable = os.pipe()
        os.close(readable)
        done = subprocess.run(line, stdout=writable, stderr=subprocess.PIPE, check=False, text=True)
        os.close(writable)
        assert (done.returncode, done.stderr) == (0, "")
        assert read(Path("out.jsonl")) == [{"a": 1}]
