//! Records on their way out: written to the stage folder, made visible by a rename. Never decides anything.
//!
//! "Row in the ledger and no stage file" is the evidence of publication; the outbox itself is none, since a consumer may have
//! taken the record already.

use rustix::io::Errno;

use crate::article::ArticleId;
use crate::claim::NAME_BYTES_MAX;
use crate::halt::Halt;
use crate::shop::{Folder, Shop};

/// The name of an article's record in the outbox: `<stem>.<id>.json`.
pub fn record_name(source_name: &[u8], id: ArticleId) -> Vec<u8> {
    named(source_name, &format!(".{id}.json"))
}

/// A name made of the stem of a file's name and `ending`, within the length limit. The stem is for people: what is not a plain
/// character becomes `_`, and the id in the ending keeps names apart.
pub fn named(source_name: &[u8], ending: &str) -> Vec<u8> {
    let stem = match source_name.iter().rposition(|&byte| byte == b'.') {
        Some(dot) if dot > 0 => &source_name[..dot],
        _ => source_name,
    };
    let mut name = String::new();
    for character in String::from_utf8_lossy(stem).chars() {
        let plain = if character.is_alphanumeric() || "-_+.,() ".contains(character) { character } else { '_' };
        if name.len() + plain.len_utf8() + ending.len() > NAME_BYTES_MAX {
            break;
        }
        name.push(plain);
    }
    if name.starts_with('.') {
        name.replace_range(..1, "_");
    }
    name.push_str(ending);
    name.into_bytes()
}

/// Writes a record to the stage folder. It is not durable before the caller has synced the file system.
pub fn stage(shop: &Shop, id: ArticleId, record: &[u8]) -> Result<(), Halt> {
    write_new(&shop.stage, id.to_string().as_bytes(), record)
}

/// Makes a staged record visible. Doing it again is harmless.
pub fn publish(shop: &Shop, id: ArticleId, target: &[u8]) -> Result<(), Halt> {
    let staged = id.to_string().into_bytes();
    match shop.stage.rename(&staged, &shop.outbox, target) {
        Ok(()) => Ok(()),
        Err(Errno::NOENT) => {
            shop.stage.has_left(&staged).map_err(|error| shop.outbox.halt("cannot publish", target, error))
        }
        // After a power cut the record may stand under both names. A rename would then do nothing and say it worked.
        Err(Errno::EXIST) if same_content(shop, &staged, target)? => {
            shop.stage.remove(&staged).map_err(|error| shop.stage.halt("cannot remove", &staged, error))
        }
        Err(Errno::EXIST) => Err(Halt::Conflict { path: shop.outbox.join(target) }),
        Err(error) => Err(shop.outbox.halt("cannot publish", target, error)),
    }
}

/// Writes a file that must not exist yet.
pub fn write_new(folder: &Folder, name: &[u8], content: &[u8]) -> Result<(), Halt> {
    let file = folder.create(name).map_err(|error| folder.halt("cannot make", name, error))?;
    file.write(content).map_err(|error| folder.halt("cannot write", name, error))
}

fn same_content(shop: &Shop, staged: &[u8], target: &[u8]) -> Result<bool, Halt> {
    let read = |folder: &Folder, name: &[u8]| {
        let file = folder.open_file(name).map_err(|error| folder.halt("cannot open", name, error))?;
        file.read(0, u64::MAX).map_err(|error| folder.halt("cannot read", name, error))
    };
    Ok(read(&shop.stage, staged)? == read(&shop.outbox, target)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_short_enough() {
        let id: ArticleId = "5e0c91aa-0000000042".parse().unwrap();
        let name = |source: &[u8]| String::from_utf8(record_name(source, id)).unwrap();
        assert_eq!(name(b"story.txt"), "story.5e0c91aa-0000000042.json");
        assert_eq!(name("خبر عاجل.txt".as_bytes()), "خبر عاجل.5e0c91aa-0000000042.json");
        assert_eq!(name(b"\xC7\xE1.txt"), "__.5e0c91aa-0000000042.json");
        assert_eq!(name(b"a\nb/../c"), "a_b_..5e0c91aa-0000000042.json");
        assert_eq!(name(b".hidden"), "_hidden.5e0c91aa-0000000042.json");
        assert!(name("ر".repeat(127).as_bytes()).len() <= NAME_BYTES_MAX);
    }
}
