//! What is wrong with a shop that is at rest: reads the ledger's table `outcome`, the folders and what the consumer took, and
//! compares them with the workload. It changes nothing and believes nothing the daemon says of itself.

mod folders;
mod ledger;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::stand::Stand;
use crate::workload::{Article, Delivery, Fate, Holds, Workload};
use folders::{Originals, Records};
use ledger::{Kind, Ledger, Row};

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which of the promises is broken.
    pub sort: Sort,
    /// What was found.
    pub text: String,
}

/// The ways in which a promise can be broken; the columns of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// An accepted article has no outcome, or its record, refusal or original is nowhere.
    Lost,
    /// An article has two outcomes, or is visible twice.
    Doubled,
    /// Something visible is not whole, or not what was dropped.
    Partial,
    /// Something lies in the inbox, the claim or the stage folder, or where nothing belongs.
    LeftOver,
    /// An outcome that the article does not deserve.
    Wrong,
    /// The daemon did not end as it should.
    Stuck,
    /// A failed sync was tried again, or had no consequence.
    Unsynced,
}

impl Sort {
    /// Every sort, in the order of the columns.
    pub const ALL: [Sort; 7] =
        [Sort::Lost, Sort::Doubled, Sort::Partial, Sort::LeftOver, Sort::Wrong, Sort::Stuck, Sort::Unsynced];

    /// The column's heading.
    pub fn heading(self) -> &'static str {
        match self {
            Sort::Lost => "lost",
            Sort::Doubled => "doubled",
            Sort::Partial => "partial",
            Sort::LeftOver => "left over",
            Sort::Wrong => "wrong",
            Sort::Stuck => "stuck",
            Sort::Unsynced => "unsynced",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.sort.heading(), self.text)
    }
}

/// Gathers findings.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, sort: Sort, text: impl Into<String>) {
        self.0.push(Finding { sort, text: text.into() });
    }
}

/// Everything that is wrong with a shop whose daemon has drained its inbox and ended. `may_be_unreadable`: the system failed to
/// read a file, so a refusal for that reason is deserved.
pub fn at_rest(stand: &Stand, workload: &Workload, may_be_unreadable: bool) -> Vec<Finding> {
    let mut findings = Findings::default();
    let records = Records::read(stand, false, &mut findings);
    look(stand, workload, may_be_unreadable, records, findings)
}

/// The same of a shop that has gone through a power cut. What the consumer took before it may stand in the outbox again, if it is the
/// very same.
pub fn after_power_cut(stand: &Stand, workload: &Workload) -> Vec<Finding> {
    let mut findings = Findings::default();
    let records = Records::read(stand, true, &mut findings);
    look(stand, workload, false, records, findings)
}

/// The names of the files of which some article has an outcome.
pub fn names_in_ledger(stand: &Stand) -> BTreeSet<Vec<u8>> {
    Ledger::read(stand).map(|ledger| ledger.rows.into_iter().map(|row| row.name).collect()).unwrap_or_default()
}

fn look(
    stand: &Stand,
    workload: &Workload,
    may_be_unreadable: bool,
    mut records: Records,
    mut findings: Findings,
) -> Vec<Finding> {
    folders::check_working_folders(stand, &mut findings);
    let ledger = match Ledger::read(stand) {
        Ok(ledger) => ledger,
        Err(error) => {
            findings.add(Sort::Lost, format!("the ledger cannot be read: {error}"));
            return findings.0;
        }
    };
    let mut originals = Originals::read(stand, &mut findings);
    let mut published: BTreeMap<&str, usize> = BTreeMap::new();
    let mut refused_whole = Vec::new();
    for (delivery, position, article) in workload.each() {
        let place = Place { delivery, position };
        if position.is_some()
            && let Some(row) = ledger.rows.iter().find(|row| is_of_the_whole(row, delivery))
        {
            if position == Some(0) {
                check_refused_whole(row, delivery, article, may_be_unreadable, &mut originals, &mut findings);
            }
            refused_whole.extend(key_of(article));
            continue;
        }
        let rows: Vec<&Row> = ledger.rows.iter().filter(|row| place.is_of(row)).collect();
        let row = match rows.as_slice() {
            [] => {
                findings.add(Sort::Lost, format!("{place} has no row"));
                continue;
            }
            [row] => *row,
            _ => {
                findings.add(Sort::Doubled, format!("{place} has {} rows", rows.len()));
                continue;
            }
        };
        check_fate(&place, article, row, &ledger, may_be_unreadable, &mut published, &mut findings);
        match &row.kind {
            Kind::Published => records.take(&place, row, article, &mut findings),
            Kind::Duplicate { .. } => {}
            Kind::Quarantined { fault } => originals.take_refusal(&place, row, article, fault, &mut findings),
        }
    }
    for (key, _) in workload.keys() {
        match published.get(key).copied().unwrap_or(0) {
            1 => {}
            0 if may_be_unreadable || refused_whole.contains(&key) => {}
            0 => findings.add(Sort::Lost, format!("of the articles with the key {key} none is published")),
            count => findings.add(Sort::Doubled, format!("of the articles with the key {key} {count} are published")),
        }
    }
    check_rows_belong(&ledger, workload, &mut findings);
    for delivery in &workload.deliveries {
        originals.take_archived(delivery, &ledger, &mut findings);
    }
    records.check_nothing_left(&mut findings);
    originals.check_nothing_left(&mut findings);
    findings.0
}

/// What must hold at the very moment of a kill, before anybody has put anything right: whatever is visible is whole.
pub fn at_kill(stand: &Stand) -> Vec<Finding> {
    let mut findings = Findings::default();
    Records::read(stand, true, &mut findings);
    findings.0
}

/// An article's place: its file and its position there.
struct Place<'a> {
    delivery: &'a Delivery,
    position: Option<usize>,
}

impl Place<'_> {
    fn is_of(&self, row: &Row) -> bool {
        row.name == self.delivery.name && row.position() == self.position
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name: String = self.delivery.name.escape_ascii().to_string().chars().take(24).collect();
        match self.position {
            Some(position) => write!(formatter, "{name} article {position}"),
            None => formatter.write_str(&name),
        }
    }
}

fn check_fate<'a>(
    place: &Place<'_>,
    article: &'a Article,
    row: &Row,
    ledger: &Ledger,
    may_be_unreadable: bool,
    published: &mut BTreeMap<&'a str, usize>,
    findings: &mut Findings,
) {
    match (&article.fate, &row.kind) {
        (Fate::OneOf(key), Kind::Published) => *published.entry(key).or_insert(0) += 1,
        (Fate::OneOf(_), Kind::Duplicate { original }) => match ledger.row(original) {
            Some(first) if first.kind == Kind::Published && first.sequence < row.sequence => {}
            other => findings.add(Sort::Wrong, format!("{place} is a duplicate of {original}, which is {other:?}")),
        },
        (Fate::Refused(wanted), Kind::Quarantined { fault }) if wanted == fault => {}
        (_, Kind::Quarantined { fault }) if may_be_unreadable && fault == "unreadable" => {}
        (wanted, found) => findings.add(Sort::Wrong, format!("{place} is {found:?}, wanted {wanted:?}")),
    }
}

/// A file of several that cannot be read has one row, without a position.
fn is_of_the_whole(row: &Row, delivery: &Delivery) -> bool {
    row.name == delivery.name && row.position().is_none()
}

fn check_refused_whole(
    row: &Row,
    delivery: &Delivery,
    article: &Article,
    may_be_unreadable: bool,
    originals: &mut Originals,
    findings: &mut Findings,
) {
    let place = Place { delivery, position: None };
    match &row.kind {
        Kind::Quarantined { fault } => {
            if !may_be_unreadable || fault != "unreadable" {
                findings.add(Sort::Wrong, format!("{place} is refused as a whole: {fault}"));
            }
            originals.take_refusal(&place, row, article, fault, findings);
        }
        other => findings.add(Sort::Wrong, format!("{place}, a file of several, is {other:?} as a whole")),
    }
}

fn key_of(article: &Article) -> Option<&str> {
    match &article.fate {
        Fate::OneOf(key) => Some(key),
        Fate::Refused(_) => None,
    }
}

/// No row may be of something that was never dropped.
fn check_rows_belong(ledger: &Ledger, workload: &Workload, findings: &mut Findings) {
    for row in &ledger.rows {
        let delivery = workload.deliveries.iter().find(|delivery| delivery.name == row.name);
        let fits = delivery.is_some_and(|delivery| match (&delivery.holds, row.position()) {
            (_, None) => true,
            (Holds::Several(articles), Some(position)) => position < articles.len(),
            _ => false,
        });
        if !fits {
            findings.add(Sort::Doubled, format!("a row of nothing that was dropped: {row:?}"));
        }
    }
}
