//! Which days exist, and what a Hijri day is in the Gregorian calendar. Reads no text.
//!
//! Hijri days are those of Umm al-Qura, the civil calendar of Saudi Arabia (month lengths of KACST, by `icu_calendar`). A country
//! that watches for the crescent may be a day off; where a text gives both calendars, the Gregorian one is believed.

use icu_calendar::Date;
use icu_calendar::cal::Hijri;

/// The years for which Umm al-Qura is tabulated; outside of them a conversion would be an estimate.
const UMM_AL_QURA_YEARS: std::ops::RangeInclusive<i32> = 1300..=1600;

/// Does this Gregorian day exist? Without a year, the 29th of February does.
pub(crate) fn gregorian_day_exists(year: Option<i32>, month: u32, day: u32) -> bool {
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_none_or(is_leap) => 29,
        2 => 28,
        _ => return false,
    };
    (1..=last).contains(&day)
}

/// Can this Hijri day exist? A month has 29 or 30 days; which, is known for the tabulated years.
pub(crate) fn hijri_day_exists(year: Option<i32>, month: u32, day: u32) -> bool {
    let within = (1..=12).contains(&month) && (1..=30).contains(&day);
    within && year.filter(|year| UMM_AL_QURA_YEARS.contains(year)).is_none_or(|year| hijri(year, month, day).is_some())
}

/// The Gregorian year, month and day of a Hijri day; `None` outside of 1300 to 1600.
pub(crate) fn hijri_to_gregorian(year: i32, month: u32, day: u32) -> Option<(i32, u32, u32)> {
    let date = hijri(year, month, day)?.to_calendar(icu_calendar::Gregorian);
    Some((date.era_year().year, u32::from(date.month().ordinal), u32::from(date.day_of_month().0)))
}

/// Days from one Gregorian day to another; `None` if one of them does not exist.
pub(crate) fn days_between(from: (i32, u32, u32), to: (i32, u32, u32)) -> Option<i64> {
    let number = |(year, month, day): (i32, u32, u32)| {
        let date = Date::try_new_gregorian(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?).ok()?;
        Some(date.to_rata_die().to_i64_date())
    };
    Some(number(to)? - number(from)?)
}

fn hijri(year: i32, month: u32, day: u32) -> Option<Date<Hijri<icu_calendar::cal::hijri::UmmAlQura>>> {
    if !UMM_AL_QURA_YEARS.contains(&year) {
        return None;
    }
    let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    Date::try_new_hijri_with_calendar(year, month, day, Hijri::new_umm_al_qura()).ok()
}

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_exist() {
        assert!(gregorian_day_exists(None, 2, 29) && gregorian_day_exists(Some(2016), 2, 29));
        assert!(!gregorian_day_exists(Some(2015), 2, 29) && !gregorian_day_exists(Some(1900), 2, 29));
        assert!(
            !gregorian_day_exists(None, 2, 31)
                && !gregorian_day_exists(None, 13, 1)
                && !gregorian_day_exists(None, 1, 0)
        );
        assert!(hijri_day_exists(None, 9, 30) && !hijri_day_exists(None, 9, 31) && !hijri_day_exists(None, 13, 1));
        assert!(!hijri_day_exists(Some(1436), 9, 30), "Ramadan 1436 had 29 days");
    }

    /// Dates that Saudi state media printed in both calendars, and the first day of the table.
    #[test]
    fn umm_al_qura() {
        assert_eq!(hijri_to_gregorian(1436, 10, 26), Some((2015, 8, 11)));
        assert_eq!(hijri_to_gregorian(1438, 6, 26), Some((2017, 3, 25)));
        assert_eq!(hijri_to_gregorian(1445, 9, 1), Some((2024, 3, 11)));
        assert_eq!(hijri_to_gregorian(1300, 1, 1), Some((1882, 11, 12)));
        assert_eq!(hijri_to_gregorian(1601, 1, 1), None);
        assert_eq!(hijri_to_gregorian(2, 9, 17), None);
    }

    #[test]
    fn distances() {
        assert_eq!(days_between((2015, 2, 28), (2015, 3, 1)), Some(1));
        assert_eq!(days_between((2015, 2, 30), (2015, 3, 1)), None);
    }
}
