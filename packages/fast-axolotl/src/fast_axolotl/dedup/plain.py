"""Arrow types that every output can hold, and data of those types.

Views, run-end encoding and dictionaries are ways to lay the same values out. Not all that writes a
file, or takes rows out of a batch, knows all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow

# What the `datasets` library says of columns whose types are then others.
DESCRIPTION = b"huggingface"


def plain_schema(schema: pyarrow.Schema) -> pyarrow.Schema:
    """Return a schema with plain types in the place of others.

    Raises:
        ValueError: a column has run-end encoding inside of another type; it is named.
    """
    import pyarrow

    fields = []
    for field in schema:
        try:
            fields.append(field.with_type(_plain_type(field.type)))
        except TypeError as error:
            raise ValueError(
                f"column {field.name!r} of type {field.type} cannot be written: {error}"
            ) from None
    plain = pyarrow.schema(fields, schema.metadata)
    metadata = plain.metadata or {}
    if not plain.equals(schema) and DESCRIPTION in metadata:
        rest = {key: value for key, value in metadata.items() if key != DESCRIPTION}
        plain = plain.with_metadata(rest or None)
    return plain


def plain_batch(batch: pyarrow.RecordBatch) -> pyarrow.RecordBatch:
    """Return a batch with columns of the types that :func:`plain_schema` gives."""
    import pyarrow
    import pyarrow.compute

    schema = plain_schema(batch.schema)
    if schema.equals(batch.schema):
        return batch
    decoded = [
        pyarrow.compute.run_end_decode(column)
        if pyarrow.types.is_run_end_encoded(column.type)
        else column
        for column in batch.columns
    ]
    columns = [column.cast(field.type) for column, field in zip(decoded, schema, strict=True)]
    return pyarrow.record_batch(columns, schema=schema)


def _plain_type(of: pyarrow.DataType) -> pyarrow.DataType:
    import pyarrow
    from pyarrow import types

    def plain(inner: pyarrow.DataType) -> pyarrow.DataType:
        if types.is_run_end_encoded(inner):
            raise TypeError("run-end encoding inside of another type; decode it first")
        return _plain_type(inner)

    def plain_field(field: pyarrow.Field) -> pyarrow.Field:
        return field.with_type(plain(field.type))

    if types.is_string_view(of):
        return pyarrow.large_string()
    if types.is_binary_view(of):
        return pyarrow.large_binary()
    if types.is_run_end_encoded(of) or types.is_dictionary(of):
        return plain(of.value_type)
    if types.is_list_view(of) or types.is_large_list_view(of):
        return pyarrow.large_list(plain_field(of.value_field))
    if types.is_list(of):
        return pyarrow.list_(plain_field(of.value_field))
    if types.is_large_list(of):
        return pyarrow.large_list(plain_field(of.value_field))
    if types.is_fixed_size_list(of):
        return pyarrow.list_(plain_field(of.value_field), of.list_size)
    if types.is_struct(of):
        return pyarrow.struct([plain_field(field) for field in of])
    if types.is_map(of):
        return pyarrow.map_(plain(of.key_type), plain_field(of.item_field), of.keys_sorted)
    return of
