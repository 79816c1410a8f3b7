use super::*;
use crate::random::Random;
use crate::sketch::Reading;

const WINDOW: usize = 12;

fn note(body: &str) -> Note {
    Note { source_name: "file.txt".into(), sketch: Reading::of(body).unwrap().sketch }
}

/// The exact copy; id, firm, shared keys and rarest key of each candidate.
type Answers = (Option<String>, Vec<(String, bool, u32, u32)>);

/// What the index says about a body, in an order that does not depend on places.
fn answers(index: &Index, body: &str) -> Answers {
    let sketch = note(body).sketch;
    let keys = index.keys(&sketch.codes);
    let mut candidates: Vec<_> = index
        .candidates("", &keys)
        .into_iter()
        .map(|candidate| (candidate.entry.id.to_string(), candidate.firm, candidate.shared, candidate.rarest))
        .collect();
    candidates.sort();
    (index.exact("", &sketch.digest).map(|exact| format!("{exact:?}")), candidates)
}

/// Bodies of made-up words; some share a long run with the one before.
fn bodies(random: &mut Random, count: usize) -> Vec<String> {
    let mut bodies: Vec<String> = Vec::new();
    for _ in 0..count {
        let length = 20 + random.below(120);
        let mut words = random.words(length, 2_000);
        if let Some(before) = bodies.last().filter(|_| random.below(3) > 0) {
            let before: Vec<&str> = before.split(' ').collect();
            let from = random.below(before.len());
            words.extend(before[from..].iter().map(|word| (*word).to_owned()));
        }
        bodies.push(words.join(" "));
    }
    bodies
}

#[test]
fn the_firm_side_is_the_fold_of_what_was_published() {
    let mut random = Random::new(21);
    for _ in 0..20 {
        let bodies = bodies(&mut random, 60);
        let published: Vec<usize> = (0..bodies.len()).filter(|_| random.below(4) > 0).collect();
        let articles_max = 10 + random.below(60);

        // Everything passes through the tentative side, some twice, some never to be published.
        let mut live = Index::new(WINDOW, articles_max);
        live.ready();
        let mut waiting = Vec::new();
        for (number, body) in bodies.iter().enumerate() {
            for _ in 0..=random.below(2) {
                live.propose(&number.to_string(), note(body));
            }
            waiting.push(number);
            if random.below(3) == 0 {
                settle_all(&mut live, &mut waiting, &published, &bodies);
            }
        }
        settle_all(&mut live, &mut waiting, &published, &bodies);

        let mut replayed = Index::new(WINDOW, articles_max);
        for &number in &published {
            replayed.publish(&number.to_string(), note(&bodies[number]));
        }
        replayed.ready();

        assert_eq!(live.sizes(), replayed.sizes());
        assert_eq!(live.sizes().1, 0);
        for body in &bodies {
            assert_eq!(answers(&live, body), answers(&replayed, body));
        }
    }
}

fn settle_all(index: &mut Index, waiting: &mut Vec<usize>, published: &[usize], bodies: &[String]) {
    for number in waiting.drain(..) {
        let id = number.to_string();
        if published.contains(&number) {
            index.publish(&id, note(&bodies[number]));
        } else {
            index.forget(&id);
        }
    }
}

#[test]
fn the_oldest_leave_and_their_digests_stay() {
    let mut random = Random::new(22);
    let bodies: Vec<String> = (0..30).map(|_| random.words(60, 50_000).join(" ")).collect();
    let mut index = Index::new(WINDOW, 10);
    index.ready();
    for (number, body) in bodies.iter().enumerate() {
        index.publish(&number.to_string(), note(body));
    }
    assert_eq!(index.sizes(), (10, 0, 30));
    for (number, body) in bodies.iter().enumerate() {
        let (exact, candidates) = answers(&index, body);
        assert_eq!(exact, Some(format!("Firm(\"{number}\")")));
        assert_eq!(candidates.iter().any(|candidate| candidate.0 == number.to_string()), number >= 20);
    }
    assert!(index.firm.places.len() <= 11, "places are used again");
}

#[test]
fn nobody_is_a_copy_of_himself() {
    let mut index = Index::new(WINDOW, 10);
    index.ready();
    let body = Random::new(23).words(60, 1_000).join(" ");
    let sketch = note(&body).sketch;
    let keys = index.keys(&sketch.codes);
    index.propose("a", note(&body));
    assert_eq!(index.exact("a", &sketch.digest), None);
    assert_eq!(index.exact("b", &sketch.digest), Some(Exact::Tentative("a")));
    index.publish("a", note(&body));
    assert_eq!(index.exact("a", &sketch.digest), None);
    assert!(index.candidates("a", &keys).is_empty());
    assert_eq!(index.candidates("b", &keys).len(), 1);
    assert_eq!(index.exact("b", &sketch.digest), Some(Exact::Firm("a")));
}
