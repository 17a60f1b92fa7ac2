//! The data whose lengths were packed: columns of integer lists.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Fields};
use fast_axolotl_boundary::arguments::type_name;
use fast_axolotl_boundary::arrow::{Chunks, is_arrow};
use fast_axolotl_boundary::dataset::{self, Dataset};
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::ragged::{BeyondInt64, Ragged};
use pyo3::prelude::*;

/// Columns of sequences, read in place.
pub struct Data {
    pub columns: Vec<(String, Ragged)>,
    /// The row of each sequence, if they are in another order than the rows.
    order: Option<Vec<usize>>,
}

impl Data {
    /// Opens the columns of a table, or of a Dataset in the order of its indices mapping: those
    /// that are named, or all of integer lists but for those to be `made`.
    pub fn read(
        data: &Bound<'_, PyAny>,
        columns: Option<&[String]>,
        made: &[&str],
    ) -> PyResult<Self> {
        let dataset = Dataset::read(data)?;
        let table = dataset.as_ref().map_or(data, |dataset| &dataset.table);
        if !is_arrow(table)? {
            let found = type_name(data);
            return Err(type_error(format!(
                "data is {found}, expected an Arrow table or a Dataset"
            )));
        }
        let chunks = Chunks::open("data", table)?;
        let fields = fields(chunks.data_type())?.clone();
        let chunks = chunks.collect::<PyResult<Vec<_>>>()?;
        let num_rows = chunks.iter().map(|chunk| chunk.len()).sum();
        let indices = dataset.as_ref().and_then(|dataset| dataset.indices.as_ref());
        let order = indices.map(|indices| dataset::order(indices, num_rows)).transpose()?;
        let shown = dataset.as_ref().and_then(|dataset| dataset.columns.as_deref());
        let places = chosen(&fields, columns, shown, made)?;
        let twice = |place: &&usize| {
            let name = fields[**place].name();
            fields.iter().filter(|field| field.name() == name).count() > 1
                || places.iter().filter(|other| other == place).count() > 1
        };
        if let Some(place) = places.iter().find(twice) {
            let name = fields[*place].name();
            return Err(value_error(format!("the column {name:?} is there twice")));
        }
        if let Some(format) = dataset.as_ref().and_then(|dataset| dataset.format.as_deref())
            && format == "custom"
        {
            return Err(value_error(
                "data has a transform, which reading its columns in place would leave out; pass \
                 .with_format(None) if that is meant",
            ));
        }
        let columns = places
            .iter()
            .map(|&place| column(&chunks, fields[place].name(), place))
            .collect::<PyResult<_>>()?;
        Ok(Self { columns, order })
    }

    /// The number of sequences.
    pub fn len(&self) -> usize {
        match (&self.order, self.columns.first()) {
            (Some(order), _) => order.len(),
            (None, Some((_, column))) => column.len(),
            (None, None) => 0,
        }
    }

    /// Writes the first values of a sequence in a column.
    pub fn copy(
        &self,
        name: &str,
        column: &Ragged,
        sequence: usize,
        out: &mut [i64],
    ) -> Result<(), Misfit> {
        let row = self.row(sequence);
        let (found, expected) = (column.length(row), self.length(sequence));
        if found != expected {
            let first = self.columns[0].0.clone();
            let column = name.to_owned();
            return Err(Misfit::Length { column, row, found, first, expected });
        }
        column.widen(row, 0..out.len(), out).map_err(Misfit::Beyond)
    }

    /// The row of a sequence.
    fn row(&self, sequence: usize) -> usize {
        self.order.as_ref().map_or(sequence, |order| order[sequence])
    }

    /// The number of tokens of a sequence, by the first column.
    pub fn length(&self, sequence: usize) -> usize {
        self.columns.first().map_or(0, |(_, column)| column.length(self.row(sequence)))
    }
}

/// Why the values of a sequence have no place in a column.
pub enum Misfit {
    /// One of them does not fit.
    Beyond(BeyondInt64),
    /// There are more or fewer than in the first column.
    Length { column: String, row: usize, found: usize, first: String, expected: usize },
}

impl From<Misfit> for PyErr {
    fn from(misfit: Misfit) -> Self {
        match misfit {
            Misfit::Beyond(beyond) => beyond.into(),
            Misfit::Length { column, row, found, first, expected } => value_error(format!(
                "{column} has {found} values in row {row}, but {first} has {expected}"
            )),
        }
    }
}

fn fields(data_type: Option<&DataType>) -> PyResult<&Fields> {
    match data_type {
        Some(DataType::Struct(fields)) => Ok(fields),
        other => {
            let found = other.unwrap_or(&DataType::Null);
            Err(type_error(format!(
                "data is an array of {found}, expected a table with columns of integer lists"
            )))
        }
    }
}

/// The places of the columns to gather.
fn chosen(
    fields: &Fields,
    columns: Option<&[String]>,
    shown: Option<&[String]>,
    made: &[&str],
) -> PyResult<Vec<usize>> {
    let missing = |what: String| {
        let names: Vec<_> = fields.iter().map(|field| format!("{:?}", field.name())).collect();
        value_error(format!("{what}; there are {}", names.join(", ")))
    };
    let Some(columns) = columns else {
        let is_wanted = |name: &String| {
            shown.is_none_or(|shown| shown.contains(name)) && !made.contains(&name.as_str())
        };
        let all: Vec<usize> = fields
            .iter()
            .enumerate()
            .filter(|(_, field)| is_integer_list(field.data_type()) && is_wanted(field.name()))
            .map(|(place, _)| place)
            .collect();
        if all.is_empty() {
            return Err(missing("data has no column of integer lists to gather".to_owned()));
        }
        return Ok(all);
    };
    let place = |name: &String| match fields.find(name) {
        Some(_) if made.contains(&name.as_str()) => Err(value_error(format!(
            "the column {name:?} cannot be both gathered and made; turn the option that makes it \
             off, or leave it out of columns"
        ))),
        Some((place, _)) => Ok(place),
        None => Err(missing(format!("data has no column {name:?}"))),
    };
    if columns.is_empty() {
        return Err(value_error("columns is empty; name at least one, or pass None for all"));
    }
    columns.iter().map(place).collect()
}

fn is_integer_list(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item) => item.data_type().is_integer(),
        _ => false,
    }
}

fn column(chunks: &[ArrayRef], name: &str, place: usize) -> PyResult<(String, Ragged)> {
    let mut parts = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let table = chunk.as_struct();
        if table.null_count() > 0 {
            return Err(value_error("data has a row that is null as a whole; drop it first"));
        }
        parts.push(table.column(place).clone());
    }
    let ragged = Ragged::from_chunks(name.to_owned().into(), &parts)?;
    Ok((name.to_owned(), ragged))
}
