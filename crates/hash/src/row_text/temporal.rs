//! Python's `repr` of dates, durations and times without a zone.

use super::number::write;

const SECONDS_PER_DAY: i64 = 86_400;

/// Appends `repr` of the `datetime.date` that is `days` after 1970-01-01; `false` outside the years
/// 1 to 9999, which Python does not have.
pub(super) fn write_date(days: i64, out: &mut Vec<u8>) -> bool {
    let Some((year, month, day)) = civil(days) else { return false };
    write(out, format_args!("datetime.date({year}, {month}, {day})"));
    true
}

/// Appends `repr` of the naive `datetime.datetime` that is `count` units after 1970-01-01, of
/// `per_second` units to the second (at most a million); `false` outside the years 1 to 9999.
pub(super) fn write_datetime(count: i64, per_second: i64, out: &mut Vec<u8>) -> bool {
    let seconds = count.div_euclid(per_second);
    let microsecond = count.rem_euclid(per_second) * (1_000_000 / per_second);
    let Some((year, month, day)) = civil(seconds.div_euclid(SECONDS_PER_DAY)) else {
        return false;
    };
    write(out, format_args!("datetime.datetime({year}, {month}, {day}, "));
    write_clock(seconds.rem_euclid(SECONDS_PER_DAY), microsecond, out);
    true
}

/// Appends `repr` of the `datetime.time` that is `count` units after midnight, of `per_second`
/// units to the second (at most a million); `false` outside the day.
pub(super) fn write_time(count: i64, per_second: i64, out: &mut Vec<u8>) -> bool {
    if !(0..SECONDS_PER_DAY * per_second).contains(&count) {
        return false;
    }
    out.extend_from_slice(b"datetime.time(");
    write_clock(count / per_second, count % per_second * (1_000_000 / per_second), out);
    true
}

/// Appends the hour, the minute and what is not zero of the rest, and the closing bracket.
fn write_clock(second_of_day: i64, microsecond: i64, out: &mut Vec<u8>) {
    let (hour, minute) = (second_of_day / 3600, second_of_day / 60 % 60);
    let second = second_of_day % 60;
    write(out, format_args!("{hour}, {minute}"));
    if second != 0 || microsecond != 0 {
        write(out, format_args!(", {second}"));
    }
    if microsecond != 0 {
        write(out, format_args!(", {microsecond}"));
    }
    out.push(b')');
}

/// Appends `repr` of the `datetime.timedelta` of `count` units, of `per_second` units to the second
/// (at most a million); `false` if it has more days than Python allows.
pub(super) fn write_timedelta(count: i64, per_second: i64, out: &mut Vec<u8>) -> bool {
    const MOST_DAYS: i64 = 999_999_999;
    let seconds = count.div_euclid(per_second);
    let days = seconds.div_euclid(SECONDS_PER_DAY);
    if !(-MOST_DAYS..=MOST_DAYS).contains(&days) {
        return false;
    }
    let parts = [
        ("days", days),
        ("seconds", seconds.rem_euclid(SECONDS_PER_DAY)),
        ("microseconds", count.rem_euclid(per_second) * (1_000_000 / per_second)),
    ];
    out.extend_from_slice(b"datetime.timedelta(");
    let mut parts = parts.iter().filter(|(_, value)| *value != 0);
    match parts.next() {
        None => out.push(b'0'),
        Some((name, value)) => write(out, format_args!("{name}={value}")),
    }
    for (name, value) in parts {
        write(out, format_args!(", {name}={value}"));
    }
    out.push(b')');
    true
}

/// The proleptic Gregorian date `days` after 1970-01-01, for the years 1 to 9999.
///
/// Counts 400-year cycles from 1 March of year 0, so that leap days end a year: see Howard
/// Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn civil(days: i64) -> Option<(i64, i64, i64)> {
    const FIRST: i64 = -719_162; // 0001-01-01
    const LAST: i64 = 2_932_896; // 9999-12-31
    if !(FIRST..=LAST).contains(&days) {
        return None;
    }
    let since_march = days + 719_468;
    let cycle = since_march.div_euclid(146_097);
    let day_of_cycle = since_march.rem_euclid(146_097);
    let leap_days = day_of_cycle / 1_460 - day_of_cycle / 36_524 + day_of_cycle / 146_096;
    let year_of_cycle = (day_of_cycle - leap_days) / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = 400 * cycle + year_of_cycle + i64::from(month <= 2);
    Some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(days: i64) -> Option<String> {
        let mut out = Vec::new();
        write_date(days, &mut out).then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn dates() {
        assert_eq!(date(0).unwrap(), "datetime.date(1970, 1, 1)");
        assert_eq!(date(11_016).unwrap(), "datetime.date(2000, 2, 29)");
        assert_eq!(date(-719_162).unwrap(), "datetime.date(1, 1, 1)");
        assert_eq!(date(2_932_896).unwrap(), "datetime.date(9999, 12, 31)");
        assert_eq!(date(-719_163), None);
        assert_eq!(date(2_932_897), None);
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = civil(-719_162).unwrap();
        for days in -719_161..=2_932_896 {
            let now = civil(days).unwrap();
            let next_day = (last.0, last.1, last.2 + 1);
            let next_month = (last.0, last.1 + 1, 1);
            let next_year = (last.0 + 1, 1, 1);
            assert!(now == next_day || now == next_month || now == next_year, "{last:?} {now:?}");
            last = now;
        }
        assert_eq!(last, (9999, 12, 31));
    }

    #[test]
    fn zero_seconds_are_left_out() {
        for (count, per_second, expected) in [
            (0, 1, "datetime.datetime(1970, 1, 1, 0, 0)"),
            (61, 1, "datetime.datetime(1970, 1, 1, 0, 1, 1)"),
            (1, 1000, "datetime.datetime(1970, 1, 1, 0, 0, 0, 1000)"),
            (-1, 1_000_000, "datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)"),
        ] {
            let mut out = Vec::new();
            assert!(write_datetime(count, per_second, &mut out));
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn times() {
        for (count, per_second, expected) in [
            (0, 1, Some("0, 0")),
            (86_399, 1, Some("23, 59, 59")),
            (86_399_999, 1_000, Some("23, 59, 59, 999000")),
            (1, 1_000_000, Some("0, 0, 0, 1")),
            (-1, 1, None),
            (86_400, 1, None),
        ] {
            let mut out = Vec::new();
            let written = write_time(count, per_second, &mut out);
            let expected = expected.map(|text| format!("datetime.time({text})"));
            assert_eq!(written.then(|| String::from_utf8(out).unwrap()), expected);
        }
    }

    #[test]
    fn durations() {
        for (count, per_second, expected) in [
            (0, 1, Some("0")),
            (-1, 1, Some("days=-1, seconds=86399")),
            (1, 1_000, Some("microseconds=1000")),
            (86_400, 1, Some("days=1")),
            (86_399_999_999_999, 1, Some("days=999999999, seconds=86399")),
            (86_400_000_000_000, 1, None),
            (-86_399_999_913_600, 1, Some("days=-999999999")),
            (-86_399_999_913_601, 1, None),
        ] {
            let mut out = Vec::new();
            let written = write_timedelta(count, per_second, &mut out);
            let expected = expected.map(|text| format!("datetime.timedelta({text})"));
            assert_eq!(written.then(|| String::from_utf8(out).unwrap()), expected);
        }
    }
}
