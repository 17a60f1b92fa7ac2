"""What a wheel is made of, so that it is built again when that has changed and only then."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nox

from sessions.project import ROOT
from tools.pieces import META

# Settings of Cargo that apply to every crate; a file may be absent.
CARGO_FILES = (".cargo/config.toml", "rust-toolchain.toml")
# What no wheel contains: tests, caches and build outputs.
FOLDERS = {"tests", "benches", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis"}
SUFFIXES = {".so", ".pyd", ".pyc"}


def inputs_digest(package: str, maturin: list[str]) -> str:
    """Digest all that decides what a wheel contains.

    For a piece that is the binding's own folder and the crates that Cargo says it is built from:
    the files of those in this repository, the versions and features of the others. Crates that
    only the tests need are left out.

    Args:
        package: The name of a package.
        maturin: The requirements of the tool that builds the wheels of pieces.

    Returns:
        A digest in hexadecimal digits.
    """
    directory = ROOT / "packages" / package
    manifest = nox.project.load_toml(ROOT / "Cargo.toml")
    facts = [json.dumps(manifest["workspace"]["package"])]
    folders = {directory}
    if package != META:
        rustc = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True)
        facts += [rustc.stdout, os.environ.get("RUSTFLAGS", ""), *maturin]
        facts += [json.dumps(manifest.get(table)) for table in ("profile", "patch")]
        facts += [(ROOT / name).read_text() for name in CARGO_FILES if (ROOT / name).is_file()]
        for crate, features in built_from(directory / "Cargo.toml"):
            if crate["source"] is None:
                folders.add(Path(crate["manifest_path"]).parent)
            else:
                facts.append(f"{crate['name']} {crate['version']} {crate['source']}")
            facts.append(" ".join(features))
    digest = hashlib.sha256("\0".join(facts).encode())
    for path in sorted({path for folder in folders for path in sources(folder)}):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def built_from(manifest: Path) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Walk from a crate to all that it is built from, itself the first.

    Args:
        manifest: The ``Cargo.toml`` of the crate.

    Yields:
        What ``cargo metadata`` says of a crate, and the features it is built with.
    """
    metadata = cargo_metadata()
    crates = {crate["id"]: crate for crate in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    (start,) = (i for i, crate in crates.items() if Path(crate["manifest_path"]) == manifest)
    waiting, seen = [start], {start}
    while waiting:
        node = nodes[waiting.pop(0)]
        yield crates[node["id"]], node["features"]
        needed = {
            dependency["pkg"]
            for dependency in node["deps"]
            if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"])
        }
        waiting += sorted(needed - seen)
        seen |= needed


@functools.cache
def cargo_metadata() -> Any:
    """Ask Cargo for the workspace's crates and the graph of what they depend on."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def sources(folder: Path) -> Iterator[Path]:
    """Find the files of a folder that decide what is in a wheel."""
    for path in folder.rglob("*"):
        generated = path.suffix in SUFFIXES or path.name == "_version.py"
        if path.is_file() and not generated and not FOLDERS & {*path.relative_to(folder).parts}:
            yield path
