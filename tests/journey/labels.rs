//! What the chain finds in the five seeds, held against the labels a reader put on them. The bars are those the project set itself;
//! the figures are printed with `cargo test -p warraq --test journey labels -- --nocapture`.

#![allow(clippy::print_stdout, reason = "the figures are asked for")]

use std::ops::Range;
use std::sync::LazyLock;

use serde_json::Value;

use crate::support::{Record, Shop, seeds};

/// Share of the labelled entities that must be found.
const ENTITY_RECALL_MIN: f64 = 0.8;
/// Shared passages of so many words between white space must be found, with this share of each side.
const PASSAGE_WORDS_MIN: usize = 15;
const PASSAGE_COVER_MIN: f64 = 0.8;

/// One seed: its labels, its record, and the way from one to the other.
struct Seed {
    name: String,
    labels: Value,
    record: Record,
    /// For each character of the file, where it stands in the body; `None` for furniture and white space.
    places: Vec<Option<usize>>,
}

static LABELS: LazyLock<Value> = LazyLock::new(|| {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/expected.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
});

static SEEDS: LazyLock<Vec<Seed>> = LazyLock::new(|| {
    let shop = Shop::new();
    for (name, content) in seeds() {
        shop.write(name, content);
    }
    shop.drain();
    seeds().into_iter().map(|(name, content)| Seed::new(&shop, name, &content)).collect()
});

impl Seed {
    fn new(shop: &Shop, name: String, file: &str) -> Self {
        let labels = LABELS["seeds"][&name].clone();
        let record = shop.record_of(&name);
        let furniture: Vec<Range<usize>> = list(&labels, "furniture").map(span).collect();
        // Cleaning moves white space only, so the characters between follow each other in both.
        let mut body = record.body().chars().enumerate().filter(|(_, character)| !character.is_whitespace());
        let places = file
            .chars()
            .enumerate()
            .map(|(at, character)| {
                let kept = !character.is_whitespace() && !furniture.iter().any(|range| range.contains(&at));
                kept.then(|| {
                    let (place, found) = body.next().expect("the body ends before the file");
                    assert_eq!(found, character, "{name}, character {at}");
                    place
                })
            })
            .collect();
        assert_eq!(body.next(), None, "{name}: the body holds more than the file");
        Seed { name, labels, record, places }
    }

    /// Where a label stands in the body; `None` if it was furniture.
    fn place(&self, label: &Range<usize>) -> Option<Range<usize>> {
        let placed: Vec<usize> = self.places[label.clone()].iter().copied().flatten().collect();
        Some(*placed.first()?..placed.last()? + 1)
    }

    fn found(&self, key: &str) -> impl Iterator<Item = &Value> {
        list(&self.record, key)
    }
}

#[test]
fn furniture_is_off_the_body_and_listed() {
    for seed in &*SEEDS {
        let of =
            |found: &Value| (found["text"].as_str().unwrap().to_owned(), found["kind"].as_str().unwrap().to_owned());
        let labelled: Vec<_> = list(&seed.labels, "furniture").map(of).collect();
        let found: Vec<_> = seed.found("furniture").map(of).collect();
        assert_eq!(found, labelled, "{}", seed.name);
        println!("{}: {} furniture lines, all found, nothing else taken", seed.name, labelled.len());
    }
}

#[test]
fn headlines_are_found_and_not_invented() {
    for seed in &*SEEDS {
        assert_eq!(seed.record["headline"], seed.labels["title"]["text"], "{}", seed.name);
        let texts = |value: &Value| value["text"].clone();
        let subheads: Vec<Value> = list(&seed.labels, "subheads").map(texts).collect();
        assert_eq!(seed.found("subheads").map(texts).collect::<Vec<_>>(), subheads, "{}", seed.name);
    }
}

#[test]
fn datelines_agencies_and_dates() {
    for seed in &*SEEDS {
        assert_eq!(seed.record["dateline"]["text"], seed.labels["dateline"]["text"], "{}", seed.name);
        let names = |value: &Value| value["name"].clone();
        let agencies: Vec<Value> = list(&seed.labels, "agencies").map(names).collect();
        assert_eq!(seed.found("agencies").map(names).collect::<Vec<_>>(), agencies, "{}", seed.name);
        let iso = |value: &Value| value["iso"].as_str().map(str::to_owned);
        let wanted: Vec<_> = list(&seed.labels, "dates").filter(|date| date["role"] != "page-date").map(iso).collect();
        let found: Vec<_> = seed.found("dates").map(iso).filter(Option::is_some).collect();
        assert_eq!(found, wanted, "{}", seed.name);
        assert!(seed.record["published"].is_null(), "{}: nothing says when it was published", seed.name);
    }
}

#[test]
fn entities() {
    let (mut entities, mut entities_found, mut mentions, mut mentions_found) = (0, 0, 0, 0);
    for seed in &*SEEDS {
        let found: Vec<(&str, Range<usize>)> = seed
            .found("entities")
            .flat_map(|entity| {
                let kind = entity["type"].as_str().unwrap();
                list(entity, "mentions").map(move |mention| (kind, pair(mention)))
            })
            .collect();
        let mut labelled = Vec::new();
        for entity in list(&seed.labels, "entities") {
            let kind = match entity["type"].as_str().unwrap() {
                "PER" => "person",
                "LOC" => "place",
                _ => "organisation",
            };
            let places: Vec<_> = list(entity, "mentions").filter_map(|mention| seed.place(&pair(mention))).collect();
            if places.is_empty() {
                continue;
            }
            let hit = |place: &&Range<usize>| {
                found.iter().any(|(as_kind, range)| *as_kind == kind && overlap(range, place) > 0)
            };
            let hits = places.iter().filter(hit).count();
            entities += 1;
            entities_found += usize::from(hits > 0);
            mentions += places.len();
            mentions_found += hits;
            if hits == 0 {
                println!("{}: missed {kind} {}", seed.name, entity["id"]);
            }
            labelled.extend(places);
        }
        let extra: Vec<String> = seed
            .found("entities")
            .filter(|entity| {
                !list(entity, "mentions").any(|mention| labelled.iter().any(|place| overlap(place, &pair(mention)) > 0))
            })
            .map(|entity| format!("{} {}", entity["type"].as_str().unwrap(), entity["name"].as_str().unwrap()))
            .collect();
        println!("{}: found beside the labels: {}", seed.name, extra.join(", "));
    }
    let recall = entities_found as f64 / entities as f64;
    println!("entities {entities_found}/{entities} = {recall:.2}, mentions {mentions_found}/{mentions}");
    assert!(recall >= ENTITY_RECALL_MIN);
}

#[test]
fn quotes_and_their_speakers() {
    let (mut wanted, mut hit, mut speakers, mut extra) = (0, 0, 0, 0);
    for seed in &*SEEDS {
        let labels: Vec<(Range<usize>, &Value)> =
            list(&seed.labels, "quotes").filter_map(|label| Some((seed.place(&span(label))?, label))).collect();
        let same = |place: &Range<usize>, quote: &Value| overlap(place, &span(quote)) * 10 >= place.len() * 9;
        for (place, label) in &labels {
            let quote = seed.found("quotes").find(|quote| same(place, quote));
            wanted += 1;
            hit += usize::from(quote.is_some());
            // Either may be the longer form: the family name, or the role with the full name.
            let said_by = quote.and_then(|quote| quote["speaker"].as_str()).unwrap_or("");
            let label_says = label["speaker_as_written"].as_str().unwrap_or("");
            let right = !said_by.is_empty() && (label_says.contains(said_by) || said_by.contains(label_says));
            speakers += usize::from(right);
            if !right {
                println!("{}: speaker {said_by:?}, the label says {label_says:?}", seed.name);
            }
        }
        extra += seed.found("quotes").filter(|quote| !labels.iter().any(|(place, _)| same(place, quote))).count();
    }
    println!("quotes {hit}/{wanted}, extra {extra}, speakers right {speakers}/{wanted}");
    assert!(hit * 10 >= wanted * 9 && extra * 10 <= wanted);
}

#[test]
fn casualties() {
    for seed in &*SEEDS {
        let numbers = |value: &Value| value["number"].as_i64();
        let wanted: Vec<_> = list(&seed.labels, "casualties").map(numbers).collect();
        let found: Vec<_> = seed.found("figures").map(numbers).collect();
        assert_eq!(found, wanted, "{}", seed.name);
    }
}

#[test]
fn shared_passages_with_spans_on_both_sides() {
    let mut found = 0;
    for label in list(&LABELS, "shared_passages") {
        let words = label["a_span"]["text"].as_str().unwrap().split_whitespace().count();
        let covered = covered(label);
        println!("{} {}: {words} words, covered {covered:.2}", label["a"], label["b"]);
        if words >= PASSAGE_WORDS_MIN {
            assert!(covered >= PASSAGE_COVER_MIN, "{label}");
            found += 1;
        }
    }
    assert_eq!(found, 6);
    for seed in SEEDS.iter().filter(|seed| seed.name.starts_with("001") || seed.name.starts_with("002")) {
        assert_eq!(seed.found("related").count(), 0, "{}", seed.name);
    }
}

/// The smaller share of the two labelled spans that some reported passage covers.
fn covered(label: &Value) -> f64 {
    let side = |key: &str| SEEDS.iter().find(|seed| seed.name.starts_with(label[key].as_str().unwrap())).unwrap();
    let (a, b) = (side("a"), side("b"));
    let (at_a, at_b) = (a.place(&span(&label["a_span"])).unwrap(), b.place(&span(&label["b_span"])).unwrap());
    // Whichever came second names the other.
    let reports = passages(a, b).chain(passages(b, a).map(|(own, other)| (other, own)));
    let share = |place: &Range<usize>, range: &Range<usize>| overlap(place, range) as f64 / place.len() as f64;
    reports.map(|(in_a, in_b)| share(&at_a, &in_a).min(share(&at_b, &in_b))).fold(0.0, f64::max)
}

fn passages(own: &Seed, other: &Seed) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let of_other = own.found("related").filter(|related| related["source_name"] == *other.name);
    of_other.flat_map(|related| list(related, "passages")).map(|passage| {
        let at = |key: &str| passage[key].as_u64().unwrap() as usize;
        (at("start")..at("end"), at("other_start")..at("other_end"))
    })
}

#[test]
fn summaries_are_three_sentences_of_the_text() {
    for seed in &*SEEDS {
        let sentences: Vec<&Value> = list(&seed.record["summary"], "sentences").collect();
        assert_eq!(sentences.len(), 3, "{}", seed.name);
        for sentence in sentences {
            let text = sentence["text"].as_str().unwrap();
            let slice: String = seed.record.body().chars().collect::<Vec<_>>()[span(sentence)].iter().collect();
            assert_eq!(slice, text, "{}", seed.name);
            assert_ne!(Some(text), seed.record["headline"].as_str(), "{}", seed.name);
        }
    }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().map(|items| items.iter()).unwrap_or_default()
}

fn span(value: &Value) -> Range<usize> {
    value["start"].as_u64().unwrap() as usize..value["end"].as_u64().unwrap() as usize
}

fn pair(value: &Value) -> Range<usize> {
    value[0].as_u64().unwrap() as usize..value[1].as_u64().unwrap() as usize
}

fn overlap(left: &Range<usize>, right: &Range<usize>) -> usize {
    left.end.min(right.end).saturating_sub(left.start.max(right.start))
}
