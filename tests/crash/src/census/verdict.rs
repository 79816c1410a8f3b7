//! What is wrong, in queries: what was dropped, what was seen and what the ledger says must fit together without a
//! rest. Asked only while no daemon runs.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;

use rusqlite::Connection;

use super::Census;
use crate::check::{Finding, Sort};
use crate::site::Site;

/// What came out.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Articles dropped, in how many files.
    pub articles: u64,
    /// Files dropped.
    pub files: u64,
    /// Articles by what they ask for.
    pub asked: BTreeMap<String, u64>,
    /// Articles by outcome, and by fault if refused.
    pub outcomes: BTreeMap<String, u64>,
    /// Articles that are not deadly and were refused for the daemon's deaths, by their word.
    pub blamed: BTreeMap<String, u64>,
    /// Files that are not counted.
    pub void: u64,
    /// How often each promise was broken.
    pub broken: BTreeMap<Sort, u64>,
    /// Some of that.
    pub examples: Vec<Finding>,
}

/// How many findings of one query are shown.
const EXAMPLES_MAX: usize = 10;

/// The ledger beside our own tables. A position of -1 is a file of one, or a file refused as a whole.
const JOIN: &str = "
    CREATE TEMP TABLE outcome AS
        SELECT sequence, id, name, kind, original, fault, target,
               CASE instr(id, '.') WHEN 0 THEN -1 ELSE CAST(substr(id, instr(id, '.') + 1) AS INTEGER) END AS position,
               CASE instr(id, '.') WHEN 0 THEN id ELSE substr(id, 1, instr(id, '.') - 1) END AS submission
        FROM ledger.outcome;
    CREATE INDEX temp.outcome_place ON outcome (name, position);
    CREATE INDEX temp.outcome_id ON outcome (id);
    CREATE INDEX main.record_id ON record (id);
    CREATE INDEX main.refusal_target ON refusal (target);
    CREATE INDEX main.original_name ON original (name);
    CREATE INDEX main.article_place ON article (name, position);
    -- What every article came to.
    CREATE TEMP TABLE fate AS
        SELECT article.*, outcome.id, outcome.sequence, outcome.kind, outcome.original, outcome.fault, outcome.target,
               word.fault AS deserved,
               outcome.fault IS 'stopped-the-daemon' AND word.fault IS NOT 'stopped-the-daemon' AS blamed
        FROM article JOIN file USING (name) JOIN word USING (word) LEFT JOIN outcome USING (name, position)
        WHERE file.state = 'dropped';
    CREATE INDEX temp.fate_id ON fate (id);
";

/// Each finds one way in which a promise is broken; a row is a finding, and its text.
const QUERIES: [(Sort, &str); 16] = [
    (Sort::Lost, "SELECT 'no outcome: ' || hex(name) || ' ' || position || ' ' || word FROM fate WHERE id IS NULL"),
    (Sort::Doubled, "SELECT count(*) || ' outcomes: ' || id FROM outcome GROUP BY name, position HAVING count(*) > 1"),
    (
        Sort::Doubled,
        "SELECT 'an outcome of nothing that was dropped: ' || id FROM outcome LEFT JOIN article USING (name, position)
         LEFT JOIN file USING (name) WHERE token IS NULL AND file.state IS NOT 'void'",
    ),
    (
        Sort::Doubled,
        "SELECT 'in the inbox, and it has an outcome: ' || id FROM outcome JOIN file USING (name)
         WHERE state = 'waits'",
    ),
    (
        Sort::Wrong,
        "SELECT id || ' (' || word || ') is ' || kind || ' ' || coalesce(fault, '') FROM fate
         WHERE id IS NOT NULL AND NOT blamed AND (deserved IS NOT fault OR kind = 'duplicate' AND key IS NULL)",
    ),
    (
        Sort::Lost,
        "SELECT 'of the articles with the key ' || key || ' none is published' FROM fate
         WHERE key IS NOT NULL AND deserved IS NULL GROUP BY key HAVING sum(kind IS 'published') = 0 AND sum(blamed) < count(*)",
    ),
    (
        Sort::Doubled,
        "SELECT 'of the articles with the key ' || key || ' several are published' FROM fate WHERE key IS NOT NULL
         GROUP BY key HAVING sum(kind IS 'published') > 1",
    ),
    (
        Sort::Wrong,
        "SELECT fate.id || ' is a duplicate of ' || fate.original || ', which is none with its key published before'
         FROM fate LEFT JOIN fate AS other ON other.id = fate.original WHERE fate.kind = 'duplicate'
         AND (other.kind IS NOT 'published' OR other.key IS NOT fate.key OR other.sequence >= fate.sequence)",
    ),
    (
        Sort::Lost,
        "SELECT 'published, but its record is nowhere: ' || fate.id FROM fate LEFT JOIN record USING (id)
         WHERE kind = 'published' AND record.id IS NULL",
    ),
    (
        Sort::Doubled,
        "SELECT count(*) || ' records: ' || id FROM record GROUP BY id HAVING count(*) > 1
         UNION ALL SELECT 'a record without a row: ' || record.id FROM record LEFT JOIN outcome USING (id)
         WHERE outcome.kind IS NOT 'published'",
    ),
    (
        Sort::Partial,
        "SELECT 'the record is of another: ' || record.id FROM record JOIN fate USING (id)
         WHERE record.token <> fate.token OR record.target <> fate.target",
    ),
    (
        Sort::Lost,
        "SELECT 'refused, but its folder is nowhere: ' || fate.id FROM fate LEFT JOIN refusal USING (target)
         WHERE kind = 'quarantined' AND refusal.target IS NULL",
    ),
    (
        Sort::Doubled,
        "SELECT count(*) || ' refusals: ' || id FROM refusal GROUP BY target HAVING count(*) > 1
         UNION ALL SELECT 'a refusal without a row: ' || refusal.id FROM refusal LEFT JOIN outcome USING (id)
         WHERE outcome.kind IS NOT 'quarantined'",
    ),
    (
        Sort::Partial,
        "SELECT 'the reason or the original is of another: ' || refusal.id FROM refusal JOIN fate USING (target)
         JOIN file USING (name) WHERE refusal.id <> fate.id OR refusal.fault <> fate.fault
         OR refusal.digest <> CASE position WHEN -1 THEN file.digest ELSE part END",
    ),
    // Of a file that is refused as a whole, the original lies beside the reason.
    (
        Sort::Lost,
        "SELECT 'its original is in the archive ' || count(original.name) || ' times, or altered: ' || submission
         FROM file JOIN (SELECT name, submission, submission || '.' AS head,
                                max(position = -1 AND kind = 'quarantined') AS whole
                         FROM outcome GROUP BY name) USING (name)
         LEFT JOIN original ON original.name = CAST(head || file.name AS BLOB) AND original.digest = file.digest
         WHERE state = 'dropped' GROUP BY file.name HAVING count(original.name) <> NOT whole",
    ),
    (
        Sort::Doubled,
        "SELECT 'an original of nothing that was dropped: ' || hex(name) FROM original
         WHERE name NOT IN (SELECT CAST(submission || '.' || name AS BLOB) FROM outcome)",
    ),
];

impl Census {
    /// Everything that is wrong with a shop that is at rest, after all of it has been seen.
    pub fn verdict(&mut self, site: &Site) -> io::Result<Verdict> {
        self.take_all(site)?;
        let mut verdict = Verdict::default();
        for folder in ["spool/claim", "spool/stage", "outbox", "quarantine"] {
            let left = fs::read_dir(site.shop().join(folder)).map_or(0, Iterator::count);
            verdict.add(Sort::LeftOver, left as u64, (left > 0).then(|| format!("{left} files in {folder}")));
        }
        self.look_over(site, &mut verdict).map_err(io::Error::other)?;
        Ok(verdict)
    }

    fn look_over(&self, site: &Site, verdict: &mut Verdict) -> rusqlite::Result<()> {
        let books = &self.connection;
        books.execute("ATTACH ?1 AS ledger", [site.ledger().to_string_lossy()])?;
        let sound: String = books.query_row("PRAGMA ledger.integrity_check(1)", [], |row| row.get(0))?;
        verdict.add(Sort::Lost, u64::from(sound != "ok"), (sound != "ok").then_some(sound));
        books.execute_batch(JOIN)?;
        for (sort, query) in QUERIES {
            let mut query = books.prepare(query)?;
            let mut texts = query.query_map([], |row| row.get::<_, String>(0))?;
            let shown = texts.by_ref().take(EXAMPLES_MAX).collect::<rusqlite::Result<Vec<_>>>()?;
            verdict.add(sort, (shown.len() + texts.count()) as u64, shown);
        }
        for sort in Sort::ALL {
            let mut defects = books.prepare("SELECT text FROM defect WHERE sort = ?1")?;
            let texts =
                defects.query_map([sort as i64], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
            verdict.add(sort, texts.len() as u64, texts.into_iter().take(EXAMPLES_MAX));
        }
        let count = |sql: &str| books.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned);
        verdict.articles = count("SELECT count(*) FROM fate")?;
        verdict.files = count("SELECT count(*) FROM file WHERE state = 'dropped'")?;
        verdict.void = count("SELECT count(*) FROM file WHERE state = 'void'")?;
        verdict.asked = counts(books, "SELECT word, count(*) FROM fate GROUP BY 1")?;
        let by = "SELECT kind || coalesce(' ' || fault, ''), count(*) FROM fate WHERE id IS NOT NULL GROUP BY 1";
        verdict.outcomes = counts(books, by)?;
        verdict.blamed = counts(books, "SELECT word, count(*) FROM fate WHERE blamed GROUP BY 1")?;
        Ok(())
    }
}

fn counts(books: &Connection, sql: &str) -> rusqlite::Result<BTreeMap<String, u64>> {
    books.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?.collect()
}

impl Verdict {
    /// Nothing is wrong, and there was something that could have been.
    pub fn is_good(&self) -> bool {
        self.broken.is_empty() && self.articles > 0
    }

    fn add(&mut self, sort: Sort, count: u64, texts: impl IntoIterator<Item = String>) {
        if count > 0 {
            *self.broken.entry(sort).or_insert(0) += count;
        }
        self.examples.extend(texts.into_iter().map(|text| Finding { sort, text }));
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { articles, files, void, .. } = self;
        write!(formatter, "{articles} articles in {files} files")?;
        if *void > 0 {
            write!(formatter, " ({void} more files do not count: we were too slow to write them as we wanted)")?;
        }
        self.outcomes.iter().try_for_each(|(outcome, count)| write!(formatter, "\n  {count:>9} {outcome}"))?;
        for (word, count) in &self.blamed {
            write!(formatter, "\n  {count:>9} of the last are innocent: {word}")?;
        }
        writeln!(formatter)?;
        for sort in Sort::ALL {
            write!(formatter, "{} {}  ", sort.heading(), self.broken.get(&sort).unwrap_or(&0))?;
        }
        self.examples.iter().try_for_each(|finding| write!(formatter, "\n    {finding}"))
    }
}
