//! The table `attempt`: which articles were in hand when the daemon died, and how often. Decides nothing; `poison` does.

use rusqlite::{Connection, params};

use super::{Ledger, LedgerError};
use crate::article::ArticleId;
use crate::fault::Stage;
use crate::poison::{Death, Suspects, Suspicion};

impl Ledger {
    /// Counts deaths, each against what was in hand. The same run of the daemon counts once for each article.
    pub fn count_deaths(&mut self, deaths: &[Death]) -> Result<(), LedgerError> {
        count(&mut self.connection, deaths).map_err(|error| self.named(error))
    }

    /// Everything that was in hand at a death and has no outcome.
    pub fn suspicions(&self) -> Result<Suspects, LedgerError> {
        let rows = self.connection.prepare("SELECT id, count, stage FROM attempt").and_then(|mut query| {
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<Result<Vec<_>, _>>()
        });
        let rows: Vec<(String, u32, String)> = rows.map_err(|error| self.named(error))?;
        rows.into_iter()
            .map(|(id, deaths, stage)| match (id.parse(), Stage::from_word(&stage)) {
                (Ok(id), Some(stage)) => Ok((id, Suspicion { deaths, stage })),
                _ => Err(LedgerError::Damaged {
                    path: self.path.clone(),
                    problem: format!("the attempts at {id} make no sense"),
                }),
            })
            .collect()
    }

    /// Forgets what was counted against these.
    pub fn forget_suspicions(&mut self, ids: &[ArticleId]) -> Result<(), LedgerError> {
        if ids.is_empty() {
            return Ok(());
        }
        forget(&mut self.connection, ids).map_err(|error| self.named(error))
    }
}

fn count(connection: &mut Connection, deaths: &[Death]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for Death { id, stage, run } in deaths {
        transaction.execute(
            "INSERT INTO attempt (id, count, stage, run) VALUES (?1, 1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET count = count + 1, stage = excluded.stage, run = excluded.run, last = excluded.last
             WHERE run <> excluded.run",
            params![id.to_string(), stage.word(), run.to_string()],
        )?;
    }
    transaction.commit()
}

fn forget(connection: &mut Connection, ids: &[ArticleId]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for id in ids {
        transaction.execute("DELETE FROM attempt WHERE id = ?1", [id.to_string()])?;
    }
    transaction.commit()
}
