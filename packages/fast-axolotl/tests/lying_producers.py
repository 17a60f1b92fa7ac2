"""Producers of Arrow data that lie about it, in ways that their consumer can see.

An array of the C data interface does not say how long its buffers are, so no consumer can see a
buffer that is too short. What is here contradicts itself: in its schema, in its own fields, or in
those of its children. Printed is a line for each producer and function: what became of it.
"""

from __future__ import annotations

import ctypes
import itertools
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from fast_axolotl_hash import deduplicate_indices, hash_rows, parallel_hash_rows
from fast_axolotl_pack import concatenate_and_pack, gather, pack_lengths, pack_sequences


class ArrowArray(ctypes.Structure):
    """The C struct."""


ArrowArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(ArrowArray))),
    ("dictionary", ctypes.POINTER(ArrowArray)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


class ArrowSchema(ctypes.Structure):
    """The C struct."""


ArrowSchema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(ArrowSchema))),
    ("dictionary", ctypes.POINTER(ArrowSchema)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]

Pointer = ctypes.c_void_p
GetSchema = ctypes.CFUNCTYPE(ctypes.c_int, Pointer, ctypes.POINTER(ArrowSchema))
GetNext = ctypes.CFUNCTYPE(ctypes.c_int, Pointer, ctypes.POINTER(ArrowArray))
GetError = ctypes.CFUNCTYPE(Pointer, Pointer)
Release = ctypes.CFUNCTYPE(None, Pointer)


class ArrowArrayStream(ctypes.Structure):
    """The C struct."""

    _fields_ = (
        ("get_schema", GetSchema),
        ("get_next", GetNext),
        ("get_last_error", GetError),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


capsule = ctypes.pythonapi.PyCapsule_New
capsule.restype = ctypes.py_object
capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]

# What foreign code points to has to stay.
KEPT: list[Any] = []

Lie = Callable[[ArrowArray, ArrowSchema], None]


class Producer:
    """Data that was exported, and then lied about."""

    def __init__(self, data: pa.Array, lie: Lie) -> None:
        """Keep what is to be produced."""
        self.data = data
        self.lie = lie

    def export(self) -> tuple[ArrowArray, ArrowSchema]:
        """Export the data, and lie."""
        array, schema = ArrowArray(), ArrowSchema()
        self.data._export_to_c(ctypes.addressof(array), ctypes.addressof(schema))
        self.lie(array, schema)
        KEPT.append((array, schema, self.data))
        return array, schema


class AsArray(Producer):
    """Hands over one array."""

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """The schema and the array."""
        array, schema = self.export()
        return (
            capsule(ctypes.addressof(schema), b"arrow_schema", None),
            capsule(ctypes.addressof(array), b"arrow_array", None),
        )


class AsStream(Producer):
    """Hands over a stream of one array."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The stream."""
        array, schema = self.export()
        left = [array]

        def get_schema(_: int, out: Any) -> int:
            ctypes.memmove(out, ctypes.addressof(schema), ctypes.sizeof(schema))
            return 0

        def get_next(_: int, out: Any) -> int:
            ctypes.memset(out, 0, ctypes.sizeof(ArrowArray))
            if left:
                ctypes.memmove(out, ctypes.addressof(left.pop()), ctypes.sizeof(ArrowArray))
            return 0

        def release(stream: int) -> None:
            ArrowArrayStream.from_address(stream).release = None

        done = Release(release)
        stream = ArrowArrayStream(
            GetSchema(get_schema),
            GetNext(get_next),
            GetError(lambda _: None),
            ctypes.cast(done, ctypes.c_void_p).value,
            None,
        )
        KEPT.append((stream, done, array, schema))
        return capsule(ctypes.addressof(stream), b"arrow_array_stream", None)


def of_field(field: str, value: int) -> Lie:
    """Set a field of the array."""
    return lambda array, _: setattr(array, field, value)


def of_child(field: str, value: int) -> Lie:
    """Set a field of the first child."""

    def lie(array: ArrowArray, _: ArrowSchema) -> None:
        if array.n_children:
            setattr(array.children[0].contents, field, value)

    return lie


def of_schema(field: str, value: object) -> Lie:
    """Set a field of the schema."""
    return lambda _, schema: setattr(schema, field, value)


def lies() -> Iterator[tuple[str, Lie]]:
    """Every lie, with its name."""
    for field, values in {
        "length": (-1, -(2**63)),
        "offset": (-1, 2**62, 2**63 - 1),
        "null_count": (-2, 2**40),
        "n_buffers": (0, 1, 7, -1),
        # More children than there are crash the producer's own release.
        "n_children": (0, -1),
    }.items():
        for value in values:
            yield f"{field}={value}", of_field(field, value)
    for field in ("length", "offset", "n_buffers"):
        for value in (0, -1, 2**62):
            yield f"child's {field}={value}", of_child(field, value)
    for name in (b"", b"z", b"w:", b"w:-1", b"+w:x", b"+w:3", b"vu", b"+l", b"+s", b"d:1", b"\xff"):
        yield f"format={name!r}", of_schema("format", name)
    yield "schema without children", of_schema("n_children", 0)
    yield "schema of negative children", of_schema("n_children", -1)


DATA = {
    "strings": pa.array(["a", "bc", None]),
    "integers": pa.array([1, 2, 3]),
    "lists": pa.array([[1, 2], [3], []]),
    "fixed lists": pa.array([[1, 2], [3, 4]], pa.list_(pa.int32(), 2)),
    "structs": pa.array([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
    "tables of lists": pa.array([{"a": [1], "b": [2]}, {"a": [3], "b": [4]}]),
    "keys": pa.array(["a", "b", "a"]).dictionary_encode(),
}
BINS = pack_lengths([1, 1], 4, strategy="sequential")
FUNCTIONS: dict[str, Callable[[Any], object]] = {
    "hash_rows": hash_rows,
    "parallel_hash_rows": parallel_hash_rows,
    "deduplicate_indices": deduplicate_indices,
    "pack_sequences": lambda data: pack_sequences(data, 8, 0, 1, output="numpy"),
    "concatenate_and_pack": lambda data: concatenate_and_pack(data, data, data, 8, 0),
    "pack_lengths": lambda data: pack_lengths(data, 8, strategy="sequential"),
    "gather": lambda data: gather(data, BINS),
}


def main() -> None:
    """Try everything."""
    for kind, (name, lie), make in itertools.product(DATA, lies(), (AsArray, AsStream)):
        for function, call in FUNCTIONS.items():
            what = f"{make.__name__} of {kind}, {name}, {function}"
            print(what, end=": ", flush=True)
            try:
                call(make(DATA[kind], lie))
            except BaseException as error:  # noqa: BLE001 - a panic is no Exception
                print(type(error).__name__, str(error)[:80].replace("\n", " "), flush=True)
            else:
                print("an answer", flush=True)


if __name__ == "__main__":
    sys.exit(main())
