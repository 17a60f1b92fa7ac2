//! Dates, times and durations as Python's `datetime` objects.

use arrow_schema::TimeUnit;
use fast_axolotl_boundary::errors::value_error;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

/// What `datetime` provides, looked up once.
pub struct Clock<'py> {
    timedelta: Bound<'py, PyAny>,
    epoch: Bound<'py, PyAny>,
    day: Bound<'py, PyAny>,
    /// The zone of a column of instants.
    zone: Option<Bound<'py, PyAny>>,
    column: String,
}

impl<'py> Clock<'py> {
    /// For a column of instants in `zone`, or of anything else.
    pub fn new(py: Python<'py>, column: &str, zone: Option<&str>) -> PyResult<Self> {
        static PARTS: PyOnceLock<[Py<PyAny>; 3]> = PyOnceLock::new();
        let [timedelta, epoch, day] = PARTS.get_or_try_init(py, || {
            let module = py.import("datetime")?;
            let part = |name: &str| module.getattr(name);
            PyResult::Ok([
                part("timedelta")?.unbind(),
                part("datetime")?.call1((1970, 1, 1))?.unbind(),
                part("date")?.call1((1970, 1, 1))?.unbind(),
            ])
        })?;
        let mut epoch = epoch.bind(py).clone();
        let zone = zone.map(|name| time_zone(py, column, name)).transpose()?;
        if zone.is_some() {
            let utc = PyDict::new(py);
            utc.set_item("tzinfo", py.import("datetime")?.getattr("timezone")?.getattr("utc")?)?;
            epoch = epoch.call_method("replace", (), Some(&utc))?;
        }
        Ok(Self {
            timedelta: timedelta.bind(py).clone(),
            epoch,
            day: day.bind(py).clone(),
            zone,
            column: column.to_owned(),
        })
    }

    fn out_of_range(&self, value: i64, error: &PyErr) -> PyErr {
        PyOverflowError::new_err(format!(
            "column {:?} holds {value}, which Python's datetime cannot represent: {error}",
            self.column
        ))
    }

    /// A `timedelta`.
    pub fn duration(&self, value: i64, unit: TimeUnit) -> PyResult<Bound<'py, PyAny>> {
        let (per_second, micros) = match unit {
            TimeUnit::Second => (1, 0),
            TimeUnit::Millisecond => (1_000, 1_000),
            TimeUnit::Microsecond => (1_000_000, 1),
            TimeUnit::Nanosecond if value % 1000 != 0 => {
                return Err(value_error(format!(
                    "column {:?} holds {value} nanoseconds, and Python's datetime ends at \
                     microseconds; cast the column to microseconds",
                    self.column
                )));
            }
            TimeUnit::Nanosecond => return self.duration(value / 1000, TimeUnit::Microsecond),
        };
        let seconds = value.div_euclid(per_second);
        let rest = value.rem_euclid(per_second) * micros;
        self.timedelta.call1((0, seconds, rest)).map_err(|error| self.out_of_range(value, &error))
    }

    /// A `datetime`, in the column's zone if it has one.
    pub fn instant(&self, value: i64, unit: TimeUnit) -> PyResult<Bound<'py, PyAny>> {
        let sum = self
            .epoch
            .add(self.duration(value, unit)?)
            .map_err(|error| self.out_of_range(value, &error))?;
        match &self.zone {
            None => Ok(sum),
            Some(zone) => sum
                .call_method1("astimezone", (zone,))
                .map_err(|error| self.out_of_range(value, &error)),
        }
    }

    /// A `date` from days since 1970.
    pub fn date(&self, days: i64) -> PyResult<Bound<'py, PyAny>> {
        self.timedelta
            .call1((days,))
            .and_then(|delta| self.day.add(delta))
            .map_err(|error| self.out_of_range(days, &error))
    }

    /// A `time` of the day.
    pub fn time(&self, value: i64, unit: TimeUnit) -> PyResult<Bound<'py, PyAny>> {
        self.epoch
            .add(self.duration(value, unit)?)
            .and_then(|moment| moment.call_method0("time"))
            .map_err(|error| self.out_of_range(value, &error))
    }
}

fn time_zone<'py>(py: Python<'py>, column: &str, name: &str) -> PyResult<Bound<'py, PyAny>> {
    if let Some(minutes) = fixed_offset(name) {
        let module = py.import("datetime")?;
        let minutes = module.getattr("timedelta")?.call1((0, minutes * 60))?;
        return module.getattr("timezone")?.call1((minutes,));
    }
    py.import("zoneinfo")?.getattr("ZoneInfo")?.call1((name,)).map_err(|error| {
        value_error(format!(
            "column {column:?} is in the time zone {name:?}, which this Python does not know \
             ({error}); pip install tzdata"
        ))
    })
}

/// The minutes of `+HH:MM`.
fn fixed_offset(name: &str) -> Option<i32> {
    let (sign, rest) = match name.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    Some(sign * (hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?))
}
