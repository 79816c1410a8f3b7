//! State as a fold of the ledger: told twice, told too early, restarted, handed back what was in flight; the answers must be the same.
//!
//! Two instances with one history are asked the same questions. What the state holds is not looked at; what it answers is.

use warraq_plugin::Outcome;

use crate::answer::Answer;
use crate::examine::Case;
use crate::harness::Settled;
use crate::instance::{ALL, Instance};
use crate::value::Article;

/// Notes that no plugin wrote: of another version, or damaged.
const STRANGE_NOTES: [&[u8]; 5] =
    [b"", b"\0", b"{}", b"\xFF\xFE\xC7\xE1\x00\x00\x00\x00\x00\x00\x00\x00", &[0xA5; 4096]];

pub(crate) fn examine(case: &Case<'_>) {
    if !case.subject.manifest.stateful {
        return;
    }
    let Some((ledger, articles)) = history(case) else { return };
    let Some(expected) = lived(case, &ledger, &[], &articles) else { return };
    let same = |what: &str, found: Option<Vec<Answer>>| {
        if found.is_some_and(|found| found != expected) {
            case.findings.add(format!("{what}, it answers otherwise than before"));
        }
    };
    let twice: Vec<Settled> = ledger.iter().flat_map(|row| [row.clone(), row.clone()]).collect();
    same("told of each outcome twice", lived(case, &twice, &[], &articles));
    let again: Vec<Settled> = ledger.iter().chain(&ledger).cloned().collect();
    same("told of old outcomes once more", lived(case, &again, &[], &articles));
    let mut late = ledger.clone();
    late.extend(ledger.first().cloned());
    same("told of the first outcome after the last", lived(case, &late, &[], &articles));
    in_flight(case, &ledger);
    checkpoints(case, &ledger);
    strange(case);
}

/// Lets an instance see articles, publishes most of what passes and refuses the rest. Returns the rows and what to ask about.
fn history(case: &Case<'_>) -> Option<(Vec<Settled>, Vec<Article>)> {
    let mut instance = case.started()?;
    let (mut ledger, mut articles) = (Vec::new(), Vec::new());
    for (index, article) in case.plain().into_iter().enumerate() {
        let answer = case.ask(&mut instance, &article);
        let Some(note) = answer.note else { continue };
        let outcome = if index % 3 == 2 { Outcome::Quarantined } else { Outcome::Published };
        let row = Settled { sequence: ledger.len() as u64 + 1, id: article.id.clone(), outcome, note };
        if let Err(why) = instance.settled(&row.settlement()) {
            case.findings.add(format!("settled() failed on its own note: {why}"));
        }
        ledger.push(row);
        articles.push(article.copy());
    }
    articles.extend(case.plain());
    Some((ledger, articles))
}

/// The answers of a new instance that was told these rows, then these as in flight.
fn lived(case: &Case<'_>, rows: &[Settled], flying: &[Settled], articles: &[Article]) -> Option<Vec<Answer>> {
    let mut instance = told(case, rows, flying)?;
    Some(articles.iter().map(|article| case.ask(&mut instance, article)).collect())
}

fn told(case: &Case<'_>, rows: &[Settled], flying: &[Settled]) -> Option<Instance> {
    let made = Instance::create(case.subject, &case.config(), ALL, &case.findings).and_then(|mut instance| {
        for row in rows {
            instance.settled(&row.settlement())?;
        }
        for row in flying {
            instance.settled(&Settled { sequence: 0, outcome: Outcome::InFlight, ..row.clone() }.settlement())?;
        }
        instance.start()?;
        Ok(instance)
    });
    made.map_err(|why| case.findings.add(format!("it does not start from its own notes: {why}"))).ok()
}

/// An instance that was handed its note back answers as the one that had left it.
fn in_flight(case: &Case<'_>, ledger: &[Settled]) {
    for article in case.plain() {
        let Some(mut first) = told(case, ledger, &[]) else { return };
        let Some(note) = case.ask(&mut first, &article).note else { continue };
        let row = Settled { sequence: 0, id: article.id.clone(), outcome: Outcome::InFlight, note };
        let copy = article.copy();
        let before = case.ask(&mut first, &copy);
        if let Some(after) = lived(case, ledger, std::slice::from_ref(&row), std::slice::from_ref(&copy))
            && after != [before]
        {
            case.findings.add("with a note in flight handed back, it answers a copy otherwise than before");
        }
        if let Some(owner) = case.ask(&mut first, &copy).held_for().map(str::to_owned) {
            waits_no_longer(case, &mut first, ledger, &row, &copy, &owner);
        }
    }
}

/// Once the other article has its outcome, nobody waits for it any more.
fn waits_no_longer(
    case: &Case<'_>,
    instance: &mut Instance,
    ledger: &[Settled],
    row: &Settled,
    copy: &Article,
    owner: &str,
) {
    if owner != row.id {
        case.findings.add(format!("it waits for {owner}, which is not in flight"));
    }
    let settled = Settled { sequence: ledger.len() as u64 + 1, outcome: Outcome::Published, ..row.clone() };
    if let Err(why) = instance.settled(&settled.settlement()) {
        case.findings.add(format!("settled() failed on its own note: {why}"));
    }
    if case.ask(instance, copy).held_for() == Some(owner) {
        case.findings.add("it waits for an article that has its outcome");
    }
}

/// A checkpoint never reaches further than what was told: what lies between would never be told again.
fn checkpoints(case: &Case<'_>, ledger: &[Settled]) {
    let Some(mut instance) = told(case, &[], &[]) else { return };
    let mut highest = instance.checkpoint();
    for row in ledger.iter().map(|row| Settled { sequence: row.sequence + highest, ..row.clone() }).collect::<Vec<_>>()
    {
        if let Err(why) = instance.settled(&row.settlement()).and_then(|()| instance.flush()) {
            case.findings.add(format!("settled() or flush() failed: {why}"));
        }
        highest = highest.max(row.sequence);
        let reached = instance.checkpoint();
        if reached > highest {
            case.findings.add(format!("its checkpoint reaches {reached}, but it was told up to {highest}"));
        }
    }
}

/// Notes nobody wrote and an outcome nobody knows may fail, with a reason; they may not panic.
fn strange(case: &Case<'_>) {
    for (index, note) in STRANGE_NOTES.into_iter().enumerate() {
        for outcome in [1, 2, 3, 4, 99] {
            let Some(mut instance) = told(case, &[], &[]) else { return };
            let id = format!("7e57c0de-{:010}", 900_000 + index);
            let _ = instance.settled_raw(1_000 + index as u64, &id, outcome, note);
        }
    }
}
