"""The face of the package."""

from __future__ import annotations

import importlib.metadata

import pytest

import fast_axolotl
from fast_axolotl.pieces import PIECES

CONTRACT = (
    "__version__",
    "RUST_AVAILABLE",
    "is_available",
    "get_version",
    "install",
    "uninstall",
    "status",
    "streaming_dataset_reader",
    "detect_format",
    "list_supported_formats",
    "RustStreamingDataset",
    "create_rust_streaming_dataset",
    "should_use_rust_streaming",
    "parallel_hash_rows",
    "deduplicate_indices",
    "pack_sequences",
    "concatenate_and_pack",
    "pad_sequences",
    "create_padding_mask",
)


@pytest.mark.parametrize("name", CONTRACT)
def test_the_contract_is_exported(name):
    assert hasattr(fast_axolotl, name)
    assert name in fast_axolotl.__all__


def test_star_import_gives_all():
    names = {}
    exec("from fast_axolotl import *", names)
    assert set(fast_axolotl.__all__) <= set(names)


def test_versions_agree():
    assert fast_axolotl.__version__ == importlib.metadata.version("fast-axolotl")
    for piece in PIECES:
        assert importlib.metadata.version(piece.distribution) == fast_axolotl.__version__
        assert f"{piece.name} {fast_axolotl.__version__}" in fast_axolotl.get_version()
    assert fast_axolotl.is_available() is fast_axolotl.RUST_AVAILABLE is True


def test_pieces_are_pinned():
    requirements = importlib.metadata.requires("fast-axolotl")
    requirements = [text for text in requirements if "extra ==" not in text]
    assert sorted(requirements) == sorted(
        f"{piece.distribution}=={fast_axolotl.__version__}" for piece in PIECES
    )


def test_install_and_uninstall_say_whether_they_did():
    assert fast_axolotl.install() is False
    assert fast_axolotl.uninstall() is True
    assert fast_axolotl.uninstall() is False
    assert fast_axolotl.install() is True


def test_every_target_has_a_row():
    text = str(fast_axolotl.status())
    for target in fast_axolotl.status().targets:
        assert target.target in text
        assert target.state in text


def test_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'axolotl'"):
        fast_axolotl.axolotl  # noqa: B018
