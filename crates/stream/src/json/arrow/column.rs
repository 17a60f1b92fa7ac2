//! Columns being filled, of types that widen with the values.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, GenericListArray, NullArray, OffsetSizeTrait, StructArray,
};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer, NullBufferBuilder, OffsetBuffer};
use arrow_schema::{ArrowError, Field, Fields};

use crate::json::arrow::integers::{Integers, as_float, digits_as_float, floats};
use crate::json::arrow::texts::{Ends, Offsets, Texts};
use crate::json::arrow::{Outcome, Walk, within};
use crate::json::tape::{Array, Encoding, Object, Text, Value};

/// How deep lists and structs may nest: Arrow's C++ library takes no deeper types.
const DEEPEST: usize = 60;

/// A key that an object lacks.
const MISSING: usize = usize::MAX;

/// The values of one column so far.
pub(super) struct Column {
    /// 1 for a column of the batch, and one more for each list or struct around.
    depth: usize,
    nulls: NullBufferBuilder,
    kind: ColumnValues,
    /// The record whose value was the first that is not null.
    first: usize,
}

enum ColumnValues {
    Null,
    Bool(BooleanBufferBuilder),
    Int(Integers),
    Float(Vec<f64>),
    Text(Texts),
    List { ends: Ends, items: Box<Column> },
    Struct(Members),
}

impl Column {
    pub(super) fn new(depth: usize) -> Self {
        Self { depth, nulls: NullBufferBuilder::new(64), kind: ColumnValues::Null, first: 0 }
    }

    fn with_nulls(depth: usize, count: usize) -> Self {
        let mut column = Self::new(depth);
        column.nulls.append_n_nulls(count);
        column
    }

    fn len(&self) -> usize {
        self.nulls.len()
    }

    pub(super) fn push_null(&mut self) {
        match &mut self.kind {
            ColumnValues::Null => {}
            ColumnValues::Bool(values) => values.append(false),
            ColumnValues::Int(values) => values.push_null(),
            ColumnValues::Float(values) => values.push(0.0),
            ColumnValues::Text(values) => values.push_null(),
            ColumnValues::List { ends, .. } => ends.push_empty(),
            ColumnValues::Struct(members) => members.push_null(),
        }
        self.nulls.append_null();
    }

    pub(super) fn push(&mut self, value: Value<'_>, walk: &mut Walk<'_>) -> Outcome<()> {
        match (&mut self.kind, value) {
            (_, Value::Null) => {
                self.push_null();
                return Ok(());
            }
            (ColumnValues::Text(values), Value::Text(text)) => values.push(text, walk)?,
            (ColumnValues::Struct(members), Value::Object(object)) => members.push(object, walk)?,
            (ColumnValues::List { ends, items }, Value::Array(array)) => {
                within(push_items(items, array, walk), || "[]".to_owned())?;
                ends.push(items.len());
            }
            (ColumnValues::Int(values), Value::Int(value)) => values.push(value, walk),
            (ColumnValues::Int(values), Value::BigInt(digits)) => {
                values.push_digits(digits, walk)?
            }
            (ColumnValues::Int(values), Value::Float(value)) => {
                let mut floats = values.to_floats(walk)?;
                floats.push(value);
                self.kind = ColumnValues::Float(floats);
            }
            (ColumnValues::Float(values), Value::Float(value)) => values.push(value),
            (ColumnValues::Float(values), Value::Int(value)) => values.push(as_float(value, walk)?),
            (ColumnValues::Float(values), Value::BigInt(digits)) => {
                values.push(digits_as_float(digits, walk)?);
            }
            (ColumnValues::Bool(values), Value::Bool(value)) => values.append(value),
            (ColumnValues::Null, value) => {
                self.begin(value, walk)?;
                return self.push(value, walk);
            }
            (kind, value) => {
                return walk.fault(format!(
                    "holds {}, and in row {} {}, and an Arrow column has one type",
                    name(value),
                    walk.row(self.first),
                    kind.name()
                ));
            }
        }
        self.nulls.append_non_null();
        Ok(())
    }

    /// Takes the type of the first value that is not null.
    fn begin(&mut self, value: Value<'_>, walk: &Walk<'_>) -> Outcome<()> {
        let count = self.len();
        self.first = walk.record;
        self.kind = match value {
            Value::Null => ColumnValues::Null,
            Value::Bool(_) => {
                let mut values = BooleanBufferBuilder::new(count);
                values.append_n(count, false);
                ColumnValues::Bool(values)
            }
            Value::Int(_) | Value::BigInt(_) => ColumnValues::Int(Integers::with_nulls(count)),
            Value::Float(_) => ColumnValues::Float(vec![0.0; count]),
            Value::Text(_) => ColumnValues::Text(Texts::with_nulls(count)),
            Value::Array(_) | Value::Object(_) if self.depth == DEEPEST => {
                return walk.fault(format!(
                    "nests deeper than the {DEEPEST} levels that Arrow libraries take"
                ));
            }
            Value::Array(_) => ColumnValues::List {
                ends: Ends::with_empty(count),
                items: Box::new(Self::new(self.depth + 1)),
            },
            Value::Object(_) => ColumnValues::Struct(Members::new(self.depth + 1, count)),
        };
        Ok(())
    }

    /// The column as an array.
    pub(super) fn finish(mut self, walk: &mut Walk<'_>) -> Outcome<ArrayRef> {
        let length = self.len();
        let nulls = self.nulls.finish();
        let made = match self.kind {
            ColumnValues::Null => Ok(Arc::new(NullArray::new(length)) as ArrayRef),
            ColumnValues::Bool(mut values) => {
                Ok(Arc::new(BooleanArray::new(values.finish(), nulls)) as _)
            }
            ColumnValues::Int(values) => return values.finish(nulls, walk),
            ColumnValues::Float(values) => Ok(floats(values, nulls)),
            ColumnValues::Text(values) => values.finish(nulls),
            ColumnValues::List { ends, items } => {
                let items = within(items.finish(walk), || "[]".to_owned())?;
                match ends.finish() {
                    Offsets::Narrow(offsets) => list(offsets, items, nulls),
                    Offsets::Wide(offsets) => list(offsets, items, nulls),
                }
            }
            ColumnValues::Struct(members) => members.finish(length, nulls, walk)?,
        };
        made.or_else(|error| walk.fault(error.to_string()))
    }
}

impl ColumnValues {
    fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Text(_) => "a string",
            Self::List { .. } => "an array",
            Self::Struct(_) => "an object",
        }
    }
}

fn name(value: Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) => "a number",
        Value::Text(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn push_items(items: &mut Column, array: Array<'_>, walk: &mut Walk<'_>) -> Outcome<()> {
    array.iter().try_for_each(|item| items.push(item, walk))
}

fn list<O: OffsetSizeTrait>(
    offsets: OffsetBuffer<O>,
    items: ArrayRef,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let field = Arc::new(Field::new("item", items.data_type().clone(), true));
    Ok(Arc::new(GenericListArray::<O>::try_new(field, offsets, items, nulls)?))
}

/// The columns of a struct, in the order in which their keys first came.
struct Members {
    depth: usize,
    length: usize,
    names: Vec<Box<str>>,
    index: HashMap<Box<[u8]>, usize>,
    columns: Vec<Column>,
    /// Where on the tape the values of the object at hand are, by column.
    found: Vec<usize>,
}

impl Members {
    /// Without columns, but with `count` rows.
    fn new(depth: usize, count: usize) -> Self {
        Self {
            depth,
            length: count,
            names: Vec::new(),
            index: HashMap::new(),
            columns: Vec::new(),
            found: Vec::new(),
        }
    }

    fn push_null(&mut self) {
        self.columns.iter_mut().for_each(Column::push_null);
        self.length += 1;
    }

    fn push(&mut self, object: Object<'_>, walk: &mut Walk<'_>) -> Outcome<()> {
        let mut expected = 0;
        for (key, at) in object.positions() {
            let column = match self.position(key.as_bytes(), expected) {
                Some(column) => column,
                None => self.add(key, walk)?,
            };
            // A repeated key overwrites its earlier value.
            self.found[column] = at;
            expected = column + 1;
        }
        for ((column, found), name) in self.columns.iter_mut().zip(&mut self.found).zip(&self.names)
        {
            match std::mem::replace(found, MISSING) {
                MISSING => column.push_null(),
                at => within(column.push(walk.tape.value(at), walk), || format!(".{name}"))?,
            }
        }
        self.length += 1;
        Ok(())
    }

    #[inline]
    fn position(&self, key: &[u8], expected: usize) -> Option<usize> {
        match self.names.get(expected) {
            Some(name) if name.as_bytes() == key => Some(expected),
            _ => self.index.get(key).copied(),
        }
    }

    /// Makes a column of a key seen for the first time.
    fn add(&mut self, key: Text<'_>, walk: &mut Walk<'_>) -> Outcome<usize> {
        let Some(name) = key.as_str().filter(|_| key.encoding() != Encoding::Surrogates) else {
            return walk.fault(
                "holds a key with half of a surrogate pair (\\ud800 to \\udfff), which UTF-8 \
                 cannot spell; mend the file",
            );
        };
        let Some(left) = walk.columns_left.checked_sub(1) else {
            return walk.fault(format!(
                "and others before hold objects with more than {} different keys in one batch, \
                 too many for columns",
                super::MOST_COLUMNS
            ));
        };
        walk.columns_left = left;
        let at = self.names.len();
        self.names.push(name.into());
        self.index.insert(name.as_bytes().into(), at);
        self.columns.push(Column::with_nulls(self.depth, self.length));
        self.found.push(MISSING);
        Ok(at)
    }

    fn finish(
        self,
        length: usize,
        nulls: Option<NullBuffer>,
        walk: &mut Walk<'_>,
    ) -> Outcome<Result<ArrayRef, ArrowError>> {
        let mut fields = Vec::with_capacity(self.names.len());
        let mut arrays = Vec::with_capacity(self.names.len());
        for (name, column) in self.names.into_iter().zip(self.columns) {
            let array = within(column.finish(walk), || format!(".{name}"))?;
            fields.push(Field::new(name, array.data_type().clone(), true));
            arrays.push(array);
        }
        let fields = Fields::from(fields);
        Ok(StructArray::try_new_with_length(fields, arrays, nulls, length)
            .map(|array| Arc::new(array) as ArrayRef))
    }
}
