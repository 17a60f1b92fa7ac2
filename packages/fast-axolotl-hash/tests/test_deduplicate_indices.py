"""deduplicate_indices against a set of hashes."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fast_axolotl_hash import deduplicate_indices, parallel_hash_rows

FEW = st.text("abc", max_size=2)


def with_a_set(rows, existing):
    seen = set(existing)
    indices, hashes = [], []
    for index, row in enumerate(rows):
        digest = hashlib.sha256(row.encode()).hexdigest()
        if digest not in seen:
            seen.add(digest)
            indices.append(index)
            hashes.append(digest)
    return indices, hashes


@given(st.lists(FEW, max_size=300), st.lists(FEW), st.sampled_from([list, set, iter]))
def test_equals_a_set(rows, earlier, make):
    existing = parallel_hash_rows(earlier)
    assert deduplicate_indices(rows, make(existing)) == with_a_set(rows, existing)
    assert deduplicate_indices(pa.array(rows, pa.string()), existing) == with_a_set(rows, existing)


def test_defaults():
    assert deduplicate_indices(["a", "b", "a"]) == with_a_set("aba", [])
    assert deduplicate_indices([]) == ([], [])


@pytest.mark.parametrize("existing", ["", "zz", "A" * 64, "é" * 32])
def test_foreign_hash(existing):
    with pytest.raises(ValueError, match=r"existing_hashes\[0\]"):
        deduplicate_indices(["a"], [existing])


def test_hash_of_another_type():
    with pytest.raises(TypeError, match=r"existing_hashes\[0\] is bytes"):
        deduplicate_indices(["a"], [b"a"])


def test_bad_row_names_itself():
    with pytest.raises(TypeError, match=r"rows\[2\] is int"):
        deduplicate_indices(["a", "b", 3])
