"""The columns of an output whose inputs differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .plain import plain_schema

if TYPE_CHECKING:
    import pyarrow


class Schemas:
    """The schemas of batches, of which most are the same, in plain types."""

    def __init__(self) -> None:
        """Nothing is known so far."""
        self._schemas: list[pyarrow.Schema] = []

    def add(self, schema: pyarrow.Schema, path: Path) -> None:
        """Take note of a schema.

        Raises:
            ValueError: it has a type that cannot be written; the file and the column are named.
        """
        try:
            plain = plain_schema(schema)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        if not any(plain.equals(other) for other in self._schemas):
            self._schemas = [*self._schemas, plain]

    def union(self) -> pyarrow.Schema | None:
        """The schema of all rows; `None` if there is none.

        Raises:
            ValueError: no type holds the values of a column in all of them.
        """
        import pyarrow

        if not self._schemas:
            return None
        return pyarrow.unify_schemas(self._schemas, promote_options="permissive")
