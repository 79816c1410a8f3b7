//! The five seed articles against their hand labels, with the labelled furniture cut off as the step before does.

#![allow(clippy::unwrap_used, reason = "a label that is not as described must fail the test")]

use serde_json::Value;

/// A seed whose furniture is gone, and a way from label offsets (of the raw file) to offsets of the body.
struct Seed {
    name: String,
    labels: Value,
    body: String,
    /// Code points of the raw file that are no longer in the body.
    cut: Vec<(usize, usize)>,
}

impl Seed {
    fn all() -> Vec<Seed> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../seeds");
        let expected: Value =
            serde_json::from_str(&std::fs::read_to_string(format!("{folder}/expected.json")).unwrap()).unwrap();
        let seeds = expected["seeds"].as_object().unwrap();
        seeds
            .iter()
            .map(|(name, labels)| {
                let raw = std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
                Seed::cut(name, labels, &raw)
            })
            .collect()
    }

    /// Removes the furniture and the line ends around it that nothing is left between.
    fn cut(name: &str, labels: &Value, raw: &str) -> Seed {
        let characters: Vec<char> = raw.chars().collect();
        let mut cut: Vec<(usize, usize)> = labels["furniture"].as_array().unwrap().iter().map(span).collect();
        cut.sort_unstable();
        let furniture = |at: usize| cut.iter().any(|&(start, end)| (start..end).contains(&at));
        let first = (0..characters.len()).find(|&at| !furniture(at) && !characters[at].is_whitespace()).unwrap();
        let last = (0..characters.len()).rfind(|&at| !furniture(at) && !characters[at].is_whitespace()).unwrap();
        cut.insert(0, (0, first));
        cut.push((last + 1, characters.len()));
        let gone = |at: usize| cut.iter().any(|&(start, end)| (start..end).contains(&at));
        let body = (0..characters.len()).filter(|&at| !gone(at)).map(|at| characters[at]).collect();
        Seed { name: name.to_owned(), labels: labels.clone(), body, cut }
    }

    /// Where a label stands in the body; `None` if it was furniture.
    fn place(&self, label: &Value) -> Option<(usize, usize)> {
        let (start, end) = span(label);
        let gone = |at: usize| self.cut.iter().any(|&(from, to)| (from..to).contains(&at));
        let before = (0..start).filter(|&at| gone(at)).count();
        (!gone(start)).then_some((start - before, end - before))
    }

    fn labels(&self, field: &str) -> Vec<&Value> {
        self.labels[field].as_array().unwrap().iter().filter(|label| self.place(label).is_some()).collect()
    }

    fn found(&self) -> Value {
        serde_json::to_value(extract::extract(&self.body, None)).unwrap()
    }

    fn named(part: &str) -> Seed {
        Seed::all().into_iter().find(|seed| seed.name.starts_with(part)).unwrap()
    }
}

fn span(label: &Value) -> (usize, usize) {
    (label["start"].as_u64().unwrap() as usize, label["end"].as_u64().unwrap() as usize)
}

#[test]
fn headlines() {
    for seed in Seed::all() {
        assert_eq!(seed.found()["headline"], seed.labels["title"]["text"], "{}", seed.name);
    }
}

#[test]
fn subheads() {
    for seed in Seed::all() {
        let wanted: Vec<_> = seed.labels("subheads").iter().map(|label| seed.place(label).unwrap()).collect();
        let found: Vec<_> = seed.found()["subheads"].as_array().unwrap().iter().map(span).collect();
        assert_eq!(found, wanted, "{}", seed.name);
    }
}

#[test]
fn datelines_and_agencies() {
    for seed in Seed::all() {
        let found = seed.found();
        assert_eq!(found["dateline"]["text"], seed.labels["dateline"]["text"], "{}", seed.name);
        let agencies: Vec<_> =
            found["agencies"].as_array().unwrap().iter().map(|agency| (span(agency), &agency["name"])).collect();
        let wanted: Vec<_> =
            seed.labels("agencies").iter().map(|label| (seed.place(label).unwrap(), &label["name"])).collect();
        assert_eq!(agencies, wanted, "{}", seed.name);
        assert_eq!((&found["byline"], &found["published"]), (&Value::Null, &Value::Null), "{}", seed.name);
    }
    assert_eq!(Seed::named("000").found()["dateline"]["place"], Value::Null);
    assert_eq!(Seed::named("003").found()["dateline"]["place"], "دمشق");
}

#[test]
fn dates() {
    for seed in Seed::all() {
        let wanted: Vec<_> = seed
            .labels("dates")
            .iter()
            .map(|label| (seed.place(label).unwrap(), &label["iso"], &label["calendar"]))
            .collect();
        let found = seed.found();
        let dates = found["dates"].as_array().unwrap().iter().filter(|date| date.get("relative").is_none());
        let dates: Vec<_> = dates.map(|date| (span(date), &date["iso"], &date["calendar"])).collect();
        assert_eq!(dates, wanted, "{}", seed.name);
    }
}

/// The page date of the fifth seed, which the step before takes off, would be read right if it were left in.
#[test]
fn page_date() {
    let found = serde_json::to_value(extract::extract("السبت 25 مارس 2017 م - ٢٦ جمادي الثاني ١٤٣٨ هـ", None)).unwrap();
    let seed = Seed::all().into_iter().find(|seed| seed.name.starts_with("003")).unwrap();
    for (date, label) in found["dates"].as_array().unwrap().iter().zip(seed.labels["dates"].as_array().unwrap()) {
        assert_eq!(
            (&date["text"], &date["iso"], &date["calendar"]),
            (&label["text"], &label["iso"], &label["calendar"])
        );
    }
    assert_eq!((found["dates"].as_array().unwrap().len(), &found["published"]), (2, &Value::Null));
}

#[test]
fn casualties() {
    for seed in Seed::all() {
        let found = seed.found();
        let figures = found["figures"].as_array().unwrap();
        let numbers: Vec<_> = figures.iter().map(|figure| (&figure["number"], &figure["kind"])).collect();
        let wanted: Vec<_> = seed.labels("casualties").iter().map(|label| (&label["number"], &label["kind"])).collect();
        assert_eq!(numbers, wanted, "{}", seed.name);
        for (figure, label) in figures.iter().zip(seed.labels("casualties")) {
            let at_least = matches!(label["comparator"].as_str(), Some(">=" | ">"));
            assert_eq!(figure.get("at_least").is_some_and(|at_least| at_least == true), at_least, "{figure}");
            let (start, end) = seed.place(label).unwrap();
            let (from, to) = span(figure);
            assert!(from < end && start < to, "{figure}");
        }
    }
}

#[test]
fn spans_say_what_they_span() {
    for seed in Seed::all() {
        let characters: Vec<char> = seed.body.chars().collect();
        let found = seed.found();
        for field in ["subheads", "agencies", "dates", "figures"] {
            for item in found[field].as_array().unwrap() {
                let (start, end) = span(item);
                assert_eq!(characters[start..end].iter().collect::<String>(), item["text"].as_str().unwrap());
            }
        }
    }
}
