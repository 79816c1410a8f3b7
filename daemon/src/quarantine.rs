//! The same door for refusals: a folder per article with a `reason.json` that a person can act on, and the original.

use rustix::io::Errno;
use serde::Serialize;

use crate::article::{ArticleId, shown};
use crate::fault::Fault;
use crate::halt::Halt;
use crate::outbox::{named, write_new};
use crate::shop::{Folder, Shop};

/// Name of the reason file in a quarantine folder.
pub const REASON: &[u8] = b"reason.json";

/// What `reason.json` says.
#[derive(Debug, Serialize)]
pub struct Reason<'a> {
    schema: &'static str,
    id: String,
    name: String,
    stage: &'static str,
    fault: &'static str,
    reason: String,
    advice: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin: Option<&'a str>,
    received: &'a str,
    bytes: u64,
    original: String,
}

impl<'a> Reason<'a> {
    /// The reason for refusing an article of the file `name`; `original` is the name of the original beside it.
    pub fn new(id: ArticleId, fault: &'a Fault, name: &[u8], received: &'a str, bytes: u64, original: &[u8]) -> Self {
        Reason {
            schema: "warraq.reason/1",
            id: id.to_string(),
            name: shown(name),
            stage: fault.stage(),
            fault: fault.code(),
            reason: fault.to_string(),
            advice: fault.advice(),
            plugin: fault.plugin(),
            received,
            bytes,
            original: shown(original),
        }
    }
}

/// The name of an article's folder in the quarantine: `<stem>.<id>`.
pub fn folder_name(source_name: &[u8], id: ArticleId) -> Vec<u8> {
    named(source_name, &format!(".{id}"))
}

/// Writes a refusal to the stage folder: the reason and, for one article of several in a file, its own part of the original.
/// It is not durable before the caller has synced the file system.
pub fn stage(shop: &Shop, id: ArticleId, reason: &Reason<'_>, part: Option<(&[u8], &[u8])>) -> Result<(), Halt> {
    let name = id.to_string().into_bytes();
    let folder = shop.stage.subfolder(&name, 0o770).map_err(|error| shop.stage.halt("cannot make", &name, error))?;
    let mut text = serde_json::to_vec_pretty(reason).expect("a struct of strings and numbers serialises");
    text.push(b'\n');
    write_new(&folder, REASON, &text)?;
    if let Some((name, content)) = part {
        write_new(&folder, name, content)?;
    }
    Ok(())
}

/// Makes a staged refusal visible. Doing it again is harmless.
pub fn publish(shop: &Shop, id: ArticleId, target: &[u8]) -> Result<(), Halt> {
    let staged = id.to_string().into_bytes();
    match shop.stage.rename(&staged, &shop.quarantine, target) {
        Ok(()) => Ok(()),
        Err(Errno::NOENT) => {
            shop.stage.has_left(&staged).map_err(|error| shop.quarantine.halt("cannot quarantine as", target, error))
        }
        Err(Errno::EXIST) => Err(Halt::Conflict { path: shop.quarantine.join(target) }),
        Err(error) => Err(shop.quarantine.halt("cannot quarantine as", target, error)),
    }
}

/// The folder of a published refusal; `None` if somebody has taken it away.
pub fn open(shop: &Shop, target: &[u8]) -> Result<Option<Folder>, Halt> {
    shop.quarantine.found_subfolder(target).map_err(|error| shop.quarantine.halt("cannot open", target, error))
}

/// Removes whatever is staged for an article that has no outcome: it will be made again.
pub fn discard_staged(shop: &Shop, name: &[u8]) -> Result<(), Halt> {
    let failed = |error| shop.stage.halt("cannot remove", name, error);
    match shop.stage.remove(name) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(Errno::ISDIR) => {
            let folder = shop.stage.subfolder(name, 0o770).map_err(failed)?;
            for entry in folder.names().map_err(failed)? {
                folder.remove(&entry.map_err(failed)?).map_err(failed)?;
            }
            shop.stage.remove_folder(name).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}
