"""`fast-axolotl dedup` against a plain loop, on files of every format, and killed half-way."""

from __future__ import annotations

import gzip
import json
import random
import signal
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fast_axolotl.cli import main

WORDS = st.sampled_from(["", "a", "b", "it's", "é\n"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {"text": WORDS, "n": st.integers(0, 2), "list": st.lists(WORDS, max_size=2)}
    ),
    max_size=30,
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def kept(rows, on, keep="first"):
    """The rows that a loop keeps."""
    keys = [json.dumps([row.get(name) for name in on]) for row in rows]
    alone = {
        "first": lambda at: keys[at] not in keys[:at],
        "last": lambda at: keys[at] not in keys[at + 1 :],
        "none": lambda at: keys.count(keys[at]) == 1,
    }
    return [row for at, row in enumerate(rows) if alone[keep](at)]


def write(path, rows):
    """Write rows in the format of the file's name."""
    name = path.name
    if ".jsonl" in name:
        text = "".join(json.dumps(row) + "\n" for row in rows)
        data = gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()
        path.write_bytes(pa.compress(data, "zstd", asbytes=True) if ".zst" in name else data)
        return
    if name.endswith(".json"):
        path.write_text(json.dumps(rows), encoding="utf-8")
        return
    table = pa.Table.from_pylist(rows)
    if name.endswith(".parquet"):
        pq.write_table(table, path)
    elif name.endswith(".csv"):
        pyarrow.csv.write_csv(table, path)
    else:
        with pyarrow.ipc.new_file(path, table.schema) as file:
            file.write_table(table)


def read(path):
    name = path.name
    if name.endswith(".parquet"):
        return pq.read_table(path).to_pylist()
    if name.endswith(".arrow"):
        return pyarrow.ipc.open_file(path).read_all().to_pylist()
    text = pa.input_stream(str(path)).read().decode()
    return [json.loads(line) for line in text.splitlines()]


def dedup(*arguments):
    return main(["dedup", "--quiet", *map(str, arguments)])


INPUTS = ["jsonl", "jsonl.gz", "jsonl.zst", "json", "parquet", "arrow"]
OUTPUTS = ["parquet", "arrow", "jsonl", "jsonl.gz", "jsonl.zst"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(INPUTS), ROWS.filter(bool)), min_size=1, max_size=3),
    st.sampled_from(OUTPUTS),
    st.lists(st.sampled_from(["text", "n", "list"]), unique=True),
    st.sampled_from(["first", "last", "none"]),
)
def test_keeps_what_a_loop_keeps(tmp_path_factory, files, output, on, keep):
    folder = tmp_path_factory.mktemp("dedup")
    paths = [folder / f"{at}.{kind}" for at, (kind, _) in enumerate(files)]
    for path, (_, rows) in zip(paths, files):
        write(path, rows)
    chosen = ["--on", *on] if on else []
    out = folder / f"out.{output}"
    assert dedup(*paths, "-o", out, "--keep", keep, "--memory-limit", "1MiB", *chosen) == 0
    everything = [row for _, rows in files for row in rows]
    assert read(out) == kept(everything, on or ["text", "n", "list"], keep)
    assert names(folder) == sorted([*(path.name for path in paths), out.name])


def test_lines_are_copied_as_they_are(tmp_path):
    lines = [
        '{"b": 1.0,   "a": "\\u00e9"}',
        '{"a": "é", "b": 1}',
        ' {"a": "x", "b": 1e3}',
        '{"a": "x", "b": 1000, "c": null}\r',
        '{"a": "y"}',
    ]
    (tmp_path / "in.jsonl").write_text("\n\n".join(lines), encoding="utf-8", newline="")
    assert dedup(tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl") == 0
    copied = (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    assert copied == "".join(f"{lines[at]}\n" for at in (0, 2, 4))


def test_types_that_differ_between_files(tmp_path):
    parts = [
        [{"n": 1, "m": [{"a": "x"}]}],
        [{"n": 1.0, "m": [{"a": "x"}]}, {"n": 1.5, "m": [{"a": "x", "b": None}]}],
        [{"n": None, "m": [{"a": "x", "b": "y"}]}, {"m": []}],
    ]
    paths = [tmp_path / f"{at}.jsonl" for at in range(3)]
    for path, rows in zip(paths, parts):
        write(path, rows)
    pq.write_table(pa.table({"n": pa.array([1.5], pa.float32())}), tmp_path / "3.parquet")
    out = tmp_path / "out.parquet"
    assert dedup(*paths, tmp_path / "3.parquet", "-o", out, "--on", "n") == 0
    assert pq.read_schema(out).field("n").type == pa.float64()
    x = {"a": "x", "b": None}
    assert read(out) == [
        {"n": 1.0, "m": [x]},
        {"n": 1.5, "m": [x]},
        {"n": None, "m": [{"a": "x", "b": "y"}]},
    ]


def test_csv_text_and_folders(tmp_path):
    folder = tmp_path / "data" / "more"
    folder.mkdir(parents=True)
    write(folder / "b.jsonl", [{"text": "x"}, {"text": "y"}, {"text": "x"}])
    write(tmp_path / "data" / "c.jsonl", [{"text": "y"}, {"text": "z"}])
    (tmp_path / "data" / "README").write_text("no data", encoding="utf-8")
    (tmp_path / "data" / ".hidden.csv").write_text("text\nnever\n", encoding="utf-8")
    out = tmp_path / "data" / "out.jsonl"
    for _ in range(2):  # the second time the output lies among the inputs, and is none of them
        assert dedup(tmp_path / "data", "-o", out, "--force", "--keep", "none") == 0
        assert read(out) == [{"text": "z"}]
    (tmp_path / "a.txt").write_text("y\nz\n", encoding="utf-8")
    write(tmp_path / "d.csv", [{"text": "x"}, {"text": "z"}])
    assert dedup(tmp_path / "a.txt", tmp_path / "d.csv", "-o", tmp_path / "out.jsonl") == 0
    assert read(tmp_path / "out.jsonl") == [{"text": "y"}, {"text": "z"}, {"text": "x"}]


def test_folders_of_several_formats_are_not_guessed(tmp_path, capsys):
    (tmp_path / "data").mkdir()
    write(tmp_path / "data" / "rows.parquet", [{"a": 1}])
    write(tmp_path / "data" / "config.json", [{"lr": 1}])
    assert dedup(tmp_path / "data", "-o", tmp_path / "out.jsonl") == 1
    assert "several formats (json, parquet)" in capsys.readouterr().err
    rows = tmp_path / "data" / "rows.parquet"
    again = tmp_path / "data" / ".." / "data" / "rows.parquet"
    assert dedup(rows, again, "-o", tmp_path / "out.jsonl") == 1
    assert "named twice" in capsys.readouterr().err


def test_a_mark_of_the_byte_order_is_not_copied(tmp_path):
    for name in ("a", "b"):
        text = f'\ufeff{{"a": "{name}"}}\n'
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    out = tmp_path / "out.jsonl"
    assert dedup(tmp_path / "a.jsonl", tmp_path / "b.jsonl", "-o", out) == 0
    assert out.read_text(encoding="utf-8") == '{"a": "a"}\n{"a": "b"}\n'


def test_a_file_without_rows_keeps_its_columns(tmp_path):
    pq.write_table(pa.table({"a": pa.array([], pa.int8())}), tmp_path / "in.parquet")
    assert dedup(tmp_path / "in.parquet", "-o", tmp_path / "out.parquet") == 0
    assert pq.read_schema(tmp_path / "out.parquet").field("a").type == pa.int8()


def test_a_state_replaces_nothing_but_a_state(tmp_path, capsys):
    write(tmp_path / "in.jsonl", [{"a": 1}])
    (tmp_path / "notes").write_text("precious", encoding="utf-8")
    before = (tmp_path / "in.jsonl").read_bytes()
    for state in ("in.jsonl", "notes", "out.jsonl", ".", "absent/state"):
        run = ["-o", tmp_path / "out.jsonl", "--save-state", tmp_path / state]
        assert dedup(tmp_path / "in.jsonl", *run) == 1
        assert str((tmp_path / state).parent) in capsys.readouterr().err
    assert (tmp_path / "in.jsonl").read_bytes() == before
    assert names(tmp_path) == ["in.jsonl", "notes"]


def test_against_the_state_of_earlier_runs(tmp_path, capsys):
    write(tmp_path / "a.jsonl", [{"t": "x"}, {"t": "y"}])
    write(tmp_path / "b.jsonl", [{"t": "y"}, {"t": "z"}, {"t": "z"}])
    state, again = tmp_path / "one.state", tmp_path / "two.state"
    assert dedup(tmp_path / "a.jsonl", "-o", tmp_path / "1.jsonl", "--save-state", state) == 0
    run = ["-o", tmp_path / "2.jsonl", "--against", state, "--save-state", again]
    assert dedup(tmp_path / "b.jsonl", *run) == 0
    assert read(tmp_path / "2.jsonl") == [{"t": "z"}]
    for path in (tmp_path / "a.jsonl", tmp_path / "b.jsonl"):
        assert dedup(path, "-o", tmp_path / "3.jsonl", "--against", again, "--force") == 0
        assert read(tmp_path / "3.jsonl") == []
    assert "3 rows in, 0 out, 3 duplicates (100.0%)" in capsys.readouterr().out
    assert dedup(tmp_path / "a.jsonl", "-o", tmp_path / "4.jsonl", "--against", "absent") == 1
    assert (
        dedup(
            *(tmp_path / "a.jsonl", "-o", tmp_path / "4.jsonl"),
            *("--against", state, "--algorithm", "blake3"),
        )
        == 1
    )
    assert "algorithm 'sha256'" in capsys.readouterr().err
    assert not (tmp_path / "4.jsonl").exists()


def test_values_in_json(tmp_path):
    columns = {
        "date": pa.array([0], pa.date32()),
        "moment": pa.array([0], pa.timestamp("s", "UTC")),
        "price": pa.array(["1.50"]).cast(pa.decimal128(5, 2)),
    }
    pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    assert dedup(tmp_path / "in.parquet", "-o", tmp_path / "out.jsonl") == 0
    expected = {"date": "1970-01-01", "moment": "1970-01-01T00:00:00+00:00", "price": "1.50"}
    assert read(tmp_path / "out.jsonl") == [expected]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent", "-o", "out.jsonl"], "absent: no such file or folder"),
        (["in.jsonl", "-o", "out.csv"], "the output must end in one of .parquet"),
        (["in.jsonl", "-o", "in.jsonl"], "in.jsonl exists; --force replaces it"),
        (["in.jsonl", "-o", "absent/out.jsonl"], "absent: no such folder for the output"),
        (["in.jsonl", "-o", "out.jsonl", "--on", "b"], '"b"'),
        (["in.jsonl", "-o", "out.jsonl", "--type", "xml"], "xml"),
        (["bad.jsonl", "-o", "out.jsonl"], "bad.jsonl, line 2"),
        (["raw.parquet", "-o", "out.jsonl"], "type bytes has no form in JSON"),
        (["odd.jsonl", "-o", "out.parquet"], "struct type 'o' with no child field"),
        (["in.jsonl", "-o", "folder.jsonl", "--force"], "folder.jsonl is a folder"),
        (["in.jsonl", "-o", "out.jsonl", "--spill-directory", "absent"], "no such folder to spill"),
        (["empty", "-o", "out.jsonl"], "empty: the folder holds no file of a known format"),
        (["in.jsonl", "-o", "out.jsonl", "--num-threads", "-1"], "num_threads"),
        (["in.jsonl", "-o", "out.jsonl", "--memory-limit", "4"], "memory_limit must be at least"),
    ],
)
def test_errors_leave_nothing(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.jsonl", [{"a": 1}])
    (tmp_path / "bad.jsonl").write_text('{"a": 1}\n{"a": \n', encoding="utf-8")
    (tmp_path / "odd.jsonl").write_text('{"o": {}}\n', encoding="utf-8")
    (tmp_path / "folder.jsonl").mkdir()
    pq.write_table(pa.table({"raw": [b"\xff"]}), tmp_path / "raw.parquet")
    (tmp_path / "empty").mkdir()
    before = names(tmp_path)
    assert dedup(*arguments) == 1
    assert message in capsys.readouterr().err
    assert names(tmp_path) == before


@pytest.mark.parametrize("arguments", [["-o", "x"], ["x"], ["x", "-o", "y", "--keep", "all"]])
def test_usage(arguments):
    with pytest.raises(SystemExit, match="2"):
        dedup(*arguments)


def test_sizes(tmp_path, capsys):
    write(tmp_path / "in.jsonl", [{"a": 1}])
    for size in ("2000000", "5MB", "1024kib", "1.5 GiB", "2g"):
        run = [tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl", "--force"]
        assert dedup(*run, "--memory-limit", size) == 0
    with pytest.raises(SystemExit, match="2"):
        dedup(tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl", "--memory-limit", "much")
    assert "'much' is not a size such as 500MB" in capsys.readouterr().err


def start(folder, *arguments):
    line = [sys.executable, "-m", "fast_axolotl.cli", "dedup", folder / "in.parquet"]
    line += ["-o", folder / "out.parquet", "--memory-limit", "1MiB", *arguments]
    return subprocess.Popen([str(part) for part in line], stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def long_run(tmp_path_factory):
    """A folder with an input that takes a while, and what is to be kept of it."""
    folder = tmp_path_factory.mktemp("long")
    table = pa.table({"n": [at * 7919 % 400_000 for at in range(600_000)]})
    pq.write_table(table, folder / "in.parquet")
    return folder


def wait_for_work(folder, child):
    """Wait until the run has its folder, or has ended."""
    while child.poll() is None and not list(folder.glob(".out.parquet.*.partial")):
        time.sleep(0.002)


def test_killed_at_any_moment_it_leaves_all_or_nothing(long_run):
    chance = random.Random(10)
    expected = [at * 7919 % 400_000 for at in range(400_000)]
    for _ in range(8):
        before = len(list(long_run.glob(".out.parquet.*.partial")))
        with start(long_run, "--save-state", long_run / "state") as child:
            while child.poll() is None:
                if len(list(long_run.glob(".out.parquet.*.partial"))) > before:
                    break
            time.sleep(chance.uniform(0, 0.5))
            child.kill()
        out = long_run / "out.parquet"
        # A state without the rows would make the next run leave them out.
        assert out.exists() or not (long_run / "state").exists()
        if out.exists():
            assert pq.read_table(out).column(0).to_pylist() == expected
            out.unlink()
        (long_run / "state").unlink(missing_ok=True)
        assert all(name.startswith(".") for name in set(names(long_run)) - {"in.parquet"})
    left = list(long_run.glob(".out.parquet.*.partial"))
    with start(long_run, "--quiet") as child:
        errors = child.stderr.read()
    assert child.returncode == 0
    assert pq.read_table(long_run / "out.parquet").column(0).to_pylist() == expected
    assert all(str(path) in errors for path in left)
    (long_run / "out.parquet").unlink()
    for path in left:
        for file in sorted(path.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        path.rmdir()
    for path in long_run.glob(".state.*.partial"):
        path.unlink()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to processes on POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ended_by_a_signal_it_leaves_nothing(long_run, number):
    with start(long_run) as child:
        wait_for_work(long_run, child)
        time.sleep(0.02)  # for the run to know of its folder
        child.send_signal(number)
        child.wait(20)
    assert child.returncode == 128 + number
    assert names(long_run) == ["in.parquet"]
