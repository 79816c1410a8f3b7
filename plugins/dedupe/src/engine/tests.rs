use super::*;
use crate::random::Random;

/// The configuration that the manifest's defaults make.
pub(crate) fn defaults() -> Config {
    let manifest: serde_json::Value = serde_json::from_str(include_str!("../../manifest.json")).unwrap();
    let properties = manifest["config_schema"]["properties"].as_object().unwrap();
    let config = properties.iter().map(|(key, property)| (key.clone(), property["default"].clone())).collect();
    serde_json::from_value(serde_json::Value::Object(config)).unwrap()
}

/// An engine with its ledger.
struct Desk {
    engine: Engine,
    ledger: Vec<(u64, String, Fate, Vec<u8>)>,
}

impl Desk {
    fn new() -> Self {
        let mut engine = Engine::new(defaults());
        engine.ready();
        Desk { engine, ledger: Vec::new() }
    }

    fn judge(&mut self, id: &str, body: &str) -> Judgement {
        self.engine.judge(id, &format!("{id}.txt"), body)
    }

    /// Judges an article that must pass, and answers with its related articles and its note.
    fn pass(&mut self, id: &str, body: &str) -> (Vec<Related>, Vec<u8>) {
        match self.judge(id, body) {
            Judgement::Pass { related, note } => (related, note.unwrap_or_default()),
            other => panic!("{id}: {other:?}"),
        }
    }

    fn settle(&mut self, id: &str, fate: Fate, note: Vec<u8>) {
        let sequence = self.ledger.len() as u64 + 1;
        self.engine.settle(sequence, id, fate, &note).unwrap();
        self.ledger.push((sequence, id.to_owned(), fate, note));
    }

    fn publish(&mut self, id: &str, body: &str) -> Vec<Related> {
        let (related, note) = self.pass(id, body);
        self.settle(id, Fate::Published, note);
        related
    }

    /// A new engine that is told everything that was settled, some of it twice.
    fn restart(&mut self) {
        self.engine = Engine::new(defaults());
        for (sequence, id, fate, note) in &self.ledger {
            self.engine.settle(*sequence, id, *fate, note).unwrap();
            self.engine.settle(*sequence, id, *fate, note).unwrap();
        }
        self.engine.ready();
    }
}

fn is_drop(judgement: &Judgement, expected_code: &str, expected_of: &str) -> bool {
    matches!(judgement, Judgement::Drop { code, of, .. } if *code == expected_code && of == expected_of)
}

fn hold(owner: &str) -> Judgement {
    Judgement::Hold { owner: owner.to_owned() }
}

fn text(seed: u64) -> String {
    Random::new(seed).words(200, 100_000).join(" ")
}

/// The same story with a light edit.
fn edited(body: &str) -> String {
    format!("أمس {body}")
}

#[test]
fn exact_and_near_copies_are_dropped() {
    let mut desk = Desk::new();
    desk.publish("a", &text(1));
    assert!(is_drop(&desk.judge("b", &text(1).replace(' ', "\n")), "exact-duplicate", "a"));
    let near = desk.judge("c", &edited(&text(1)));
    assert!(is_drop(&near, "near-duplicate", "a"), "{near:?}");
    let Judgement::Drop { detail, .. } = near else { unreachable!() };
    assert_eq!(detail, "Jaccard 0.99, containment 1.00 with a (a.txt)");
    assert!(desk.publish("d", &text(2)).is_empty());
}

#[test]
fn of_two_copies_in_flight_the_second_waits_and_is_dropped() {
    for second in [text(1), edited(&text(1))] {
        let mut desk = Desk::new();
        let (_, note) = desk.pass("a", &text(1));
        assert_eq!(desk.judge("b", &second), hold("a"));
        assert_eq!(desk.judge("b", &second), hold("a"), "however often it is asked");
        desk.settle("a", Fate::Published, note);
        assert!(matches!(desk.judge("b", &second), Judgement::Drop { of, .. } if of == "a"));
    }
}

#[test]
fn of_two_copies_in_flight_the_second_is_taken_when_the_first_fails() {
    for second in [text(1), edited(&text(1))] {
        let mut desk = Desk::new();
        desk.pass("a", &text(1));
        assert_eq!(desk.judge("b", &second), hold("a"));
        desk.settle("a", Fate::Gone, Vec::new());
        desk.publish("b", &second);
        assert!(matches!(desk.judge("c", &text(1)), Judgement::Drop { of, .. } if of == "b"));
    }
}

#[test]
fn a_restart_keeps_what_is_in_flight() {
    let mut desk = Desk::new();
    desk.publish("a", &text(1));
    let (_, note) = desk.pass("b", &text(2));
    desk.restart();
    desk.engine.settle(0, "b", Fate::InFlight, &note).unwrap();
    assert_eq!(desk.judge("c", &edited(&text(2))), hold("b"));
    assert!(matches!(desk.judge("d", &text(1)), Judgement::Drop { of, .. } if of == "a"));
    desk.settle("b", Fate::Published, note);
    assert!(matches!(desk.judge("c", &edited(&text(2))), Judgement::Drop { of, .. } if of == "b"));
}

#[test]
fn what_is_published_after_a_restart_needs_no_tentative_entry() {
    let mut desk = Desk::new();
    let (_, note) = desk.pass("a", &text(1));
    desk.restart();
    desk.settle("a", Fate::Published, note);
    assert!(matches!(desk.judge("b", &text(1)), Judgement::Drop { of, .. } if of == "a"));
}

#[test]
fn an_article_judged_twice_is_no_copy_of_itself() {
    let mut desk = Desk::new();
    let first = desk.pass("a", &text(1));
    assert_eq!(desk.pass("a", &text(1)), first);
    // Judged again with another body, it is known by that one only.
    desk.pass("a", &text(2));
    desk.pass("b", &text(1));
}

#[test]
fn any_restart_gives_the_same_answers() {
    let mut random = Random::new(41);
    let mut bodies: Vec<String> = (0..40).map(|seed| text(100 + seed)).collect();
    for copy in 0..40 {
        let words: Vec<&str> = bodies[copy].split(' ').collect();
        let from = random.below(60);
        bodies.push(words[from..].join(" "));
    }
    let run = |restarts: &[usize]| {
        let mut desk = Desk::new();
        let answers: Vec<Judgement> = (0..bodies.len())
            .map(|number| {
                if restarts.contains(&number) {
                    desk.restart();
                }
                let id = number.to_string();
                let answer = desk.judge(&id, &bodies[number]);
                match &answer {
                    Judgement::Pass { note, .. } if number % 7 != 3 => {
                        desk.settle(&id, Fate::Published, note.clone().unwrap_or_default());
                    }
                    _ => desk.settle(&id, Fate::Gone, Vec::new()),
                }
                answer
            })
            .collect();
        answers
    };
    let expected = run(&[]);
    assert!(expected.iter().any(|answer| matches!(answer, Judgement::Drop { .. })));
    assert!(expected.iter().any(|answer| matches!(answer, Judgement::Pass { related, .. } if !related.is_empty())));
    for _ in 0..5 {
        let restarts: Vec<usize> = (0..4).map(|_| random.below(80)).collect();
        assert_eq!(run(&restarts), expected, "{restarts:?}");
    }
    assert_eq!(run(&(0..80).collect::<Vec<_>>()), expected);
}

#[test]
fn tentative_articles_come_and_go_in_any_order() {
    let mut random = Random::new(42);
    let bodies: Vec<String> = (0..30).map(|seed| text(200 + seed)).collect();
    let mut desk = Desk::new();
    let mut flying: Vec<(usize, Vec<u8>)> =
        (0..bodies.len()).map(|number| (number, desk.pass(&number.to_string(), &bodies[number]).1)).collect();
    let mut published = Vec::new();
    while !flying.is_empty() {
        let (number, note) = flying.swap_remove(random.below(flying.len()));
        let fate = if random.below(3) == 0 { Fate::Gone } else { Fate::Published };
        published.extend((fate == Fate::Published).then_some(number));
        desk.settle(&number.to_string(), fate, note);
    }
    for _ in 0..2 {
        for (number, body) in bodies.iter().enumerate() {
            let answer = desk.judge("asker", &edited(body));
            assert_eq!(matches!(answer, Judgement::Drop { .. }), published.contains(&number), "{number}");
            desk.engine.settle(u64::MAX, "asker", Fate::InFlight, &[]).unwrap();
        }
        desk.restart();
    }
}

#[test]
fn a_malformed_note_is_an_error() {
    let mut desk = Desk::new();
    assert!(desk.engine.settle(1, "a", Fate::Published, &[1, 2, 3]).is_err());
    assert!(desk.engine.settle(2, "a", Fate::Published, &[9]).is_err());
    assert!(desk.engine.settle(3, "a", Fate::Published, &[]).is_ok(), "no note is no error");
}

#[test]
fn short_bodies_are_matched_by_exact_copies_only() {
    let mut desk = Desk::new();
    let short = text(1).split(' ').take(24).collect::<Vec<_>>().join(" ");
    desk.publish("a", &short);
    assert!(desk.publish("b", &format!("{short} أيضا وهنا")).is_empty());
    assert!(is_drop(&desk.judge("c", &short), "exact-duplicate", "a"));
}

#[test]
fn articles_longer_than_a_sketch_are_dropped_as_exact_copies_only() {
    let mut desk = Desk::new();
    let long = Random::new(7).words(SKETCH_WORDS_MAX, 100_000).join(" ");
    desk.publish("a", &format!("{long} خاتمة"));
    assert_eq!(desk.publish("b", &format!("{long} نهاية أخرى"))[0].relation, Relation::Near);
    assert!(is_drop(&desk.judge("c", &format!("{long} خاتمة")), "exact-duplicate", "a"));
}

#[test]
fn any_text_passes() {
    let mut desk = Desk::new();
    for (number, body) in ["", " ", "😀😀", "\u{64b}\u{650}", "؟!"].iter().enumerate() {
        assert_eq!(desk.pass(&number.to_string(), body), (Vec::new(), Vec::new()), "nothing to compare");
    }
    let long = "سطر واحد طويل جدا 12 😀 ".repeat(30_000);
    desk.publish("long", &long);
    assert!(matches!(desk.judge("again", &edited(&long)), Judgement::Drop { .. } | Judgement::Pass { .. }));
    let persian = "این متن فارسی برای آزمایش است و باید بدون خطا از همه مراحل بگذرد تا معلوم شود ".repeat(4);
    desk.publish("fa", &persian);
    let english = "The quick brown fox jumps over the lazy dog while the band plays on and nobody seems to mind it much at all \
        since the evening is long and warm";
    desk.publish("en", english);
    assert!(matches!(desk.judge("en2", &english.to_uppercase()), Judgement::Drop { .. }));
}

#[test]
fn a_part_is_related_to_the_whole() {
    let mut desk = Desk::new();
    let words: Vec<String> = Random::new(5).words(300, 100_000);
    desk.publish("whole", &words.join(" "));
    let related = desk.publish("part", &words[50..150].join(" "));
    assert_eq!(related.len(), 1);
    assert_eq!((related[0].relation, related[0].containment), (Relation::ContainedIn, 1.0));
    assert_eq!(related[0].source_name, "whole.txt");
    assert_eq!(related[0].passages.len(), 1);
    let json = serde_json::to_value(&related[0]).unwrap();
    assert_eq!(json["relation"], "contained_in");
    assert_eq!(json["passages"][0]["start"], 0);
    assert_eq!(json["passages"][0]["similarity"], 1.0);
}

#[test]
fn a_vetoed_copy_is_listed_as_near() {
    let mut desk = Desk::new();
    let words: Vec<String> = Random::new(6).words(120, 100_000);
    let body = |number: &str| [&words[..60].join(" "), number, &words[60..].join(" ")].join(" ");
    desk.publish("a", &body("17"));
    let related = desk.publish("b", &body("71"));
    assert_eq!((related[0].relation, &*related[0].id), (Relation::Near, "a"));
    assert!(related[0].jaccard >= 0.8);
}

mod seeds {
    use super::*;

    const NAMES: [&str; 5] = ["000", "001", "002", "003", "004"];
    const BODIES: [&str; 5] = [
        include_str!("../../../../seeds/000_c4d8671c4ea1abfb.txt"),
        include_str!("../../../../seeds/001_a335f797678e9dab.txt"),
        include_str!("../../../../seeds/002_19e06f0813bb1063.txt"),
        include_str!("../../../../seeds/003_1982cb51cae4d052.txt"),
        include_str!("../../../../seeds/004_bb766219cf665926.txt"),
    ];

    /// Least share of a labelled span that a reported one must cover, on either side.
    const COVERAGE_MIN: f64 = 0.8;

    /// Passages are labelled from a few words on; these are to be found.
    const LABELLED_WORDS_MIN: usize = 15;

    type Span = (usize, usize);

    fn labelled() -> Vec<(usize, Span, usize, Span)> {
        let labels: serde_json::Value = serde_json::from_str(include_str!("../../../../seeds/expected.json")).unwrap();
        let number = |name: &serde_json::Value| NAMES.iter().position(|known| name == known).unwrap();
        let at = |span: &serde_json::Value, key: &str| usize::try_from(span[key].as_u64().unwrap()).unwrap();
        let span = |span: &serde_json::Value| (at(span, "start"), at(span, "end"));
        let passages = labels["shared_passages"].as_array().unwrap();
        passages
            .iter()
            .filter(|passage| {
                let words = |side: &str| warraq_text::words(passage[side]["text"].as_str().unwrap()).count();
                words("a_span").max(words("b_span")) >= LABELLED_WORDS_MIN
            })
            .map(|passage| {
                (number(&passage["a"]), span(&passage["a_span"]), number(&passage["b"]), span(&passage["b_span"]))
            })
            .collect()
    }

    fn covers(found: Span, labelled: Span) -> bool {
        let common = found.1.min(labelled.1).saturating_sub(found.0.max(labelled.0));
        common as f64 >= COVERAGE_MIN * (labelled.1 - labelled.0) as f64
    }

    fn orders() -> Vec<Vec<usize>> {
        let mut orders = vec![vec![]];
        for number in 0..NAMES.len() {
            orders = orders
                .iter()
                .flat_map(|order: &Vec<usize>| {
                    (0..=order.len()).map(move |place| {
                        let mut order = order.clone();
                        order.insert(place, number);
                        order
                    })
                })
                .collect();
        }
        orders
    }

    #[test]
    fn shared_passages_are_found_in_any_order() {
        let labelled = labelled();
        assert_eq!(labelled.len(), 6);
        let orders = orders();
        assert_eq!(orders.len(), 120);
        for order in orders {
            let mut desk = Desk::new();
            let mut found: Vec<(usize, Span, usize, Span)> = Vec::new();
            for &number in &order {
                for related in desk.publish(NAMES[number], BODIES[number]) {
                    assert_eq!(related.relation, Relation::Passages);
                    let other = NAMES.iter().position(|name| related.id == *name).unwrap();
                    assert!(![1, 2].contains(&number) && ![1, 2].contains(&other), "{number} {other}");
                    for passage in related.passages {
                        let (own, theirs) = ((passage.start, passage.end), (passage.other_start, passage.other_end));
                        found.push((number, own, other, theirs));
                        found.push((other, theirs, number, own));
                    }
                }
            }
            for label in &labelled {
                let is_found = |passage: &(usize, Span, usize, Span)| {
                    (passage.0, passage.2) == (label.0, label.2)
                        && covers(passage.1, label.1)
                        && covers(passage.3, label.3)
                };
                assert!(found.iter().any(is_found), "{order:?} misses {label:?}");
            }
        }
    }
}
