//! One disk that a power cut left behind: mounted, given to the daemon, and looked at. It changes nothing but what a feeder would
//! tidy up after itself.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use super::image::Image;
use super::pages::Pages;
use super::recording::Recording;
use super::rig::{Mounted, Rig, forget};
use crate::check::{self, Finding, Sort};
use crate::stand::{Means, Stand};
use crate::workload::{Article, Delivery, Fate, Holds, Workload};

/// What became of an image.
pub(super) enum Verdict {
    /// The file system could not be mounted: that is between it and the disk.
    Unmountable(String),
    /// The daemon has run on it.
    Tried { findings: Vec<Finding>, log: String },
}

/// A panic of the daemon says this.
const PANIC: &str = "panicked at";

/// Lets the file system recover, then the daemon, and says what is wrong then.
pub(super) fn run(
    rig: &Rig,
    means: &Means,
    workload: &Workload,
    recording: &Recording,
    image: &Image,
    content: &Pages,
) -> io::Result<Verdict> {
    let stand = Stand::empty(means, workload)?;
    forget(recording.file_system);
    let mounted = match Mounted::new(recording.file_system, &rig.image(content)?, &stand.shop()) {
        Ok(mounted) => mounted,
        // A file system may take it that a disk writes its superblock as a whole. It may not take anything else.
        Err(error) if image.is_torn() => return Ok(Verdict::Unmountable(error.to_string())),
        Err(error) => return Err(io::Error::other(format!("{image} cannot be mounted: {error}"))),
    };
    // Other than when it was recorded, and other than for the image before.
    rig.boot(image.flush as u64 + 1)?;
    let length = image.length(recording);
    put_taken(&stand, recording, length)?;
    let delivered = |name: &[u8]| recording.had_delivered(name, length);
    let Found { torn, mut names, mut findings } = tidy(&stand.shop(), workload, delivered)?;
    findings.extend(check::at_kill(&stand));
    let end = stand.run()?;
    let log = stand.log();
    if end.hung || !end.status.success() || log.contains(PANIC) {
        let how = if end.hung { "not by itself".to_owned() } else { end.status.to_string() };
        findings.push(Finding { sort: Sort::Stuck, text: format!("the start after the cut ended: {how}") });
    }
    names.extend(check::names_in_ledger(&stand));
    let mut workload = workload.clone();
    workload.deliveries.retain(|delivery| delivered(&delivery.name) || names.contains(&delivery.name));
    for torn in torn {
        workload.deliveries.retain(|delivery| delivery.name != torn.name);
        workload.deliveries.push(torn);
    }
    findings.extend(check::after_power_cut(&stand, &workload));
    drop(mounted);
    Ok(Verdict::Tried { findings, log })
}

/// What the consumer had taken when the power went. If it took a name twice, each has a folder of its own.
fn put_taken(stand: &Stand, recording: &Recording, length: usize) -> io::Result<()> {
    for (number, taken) in recording.taken.iter().enumerate().filter(|(_, taken)| taken.position <= length) {
        let folder = stand.taken().join(number.to_string());
        fs::create_dir(&folder)?;
        fs::write(folder.join(std::ffi::OsStr::from_bytes(&taken.name)), &taken.content)?;
    }
    Ok(())
}

/// What the cut left of what was delivered.
pub(super) struct Found {
    /// What is claimed and not whole, as it is now.
    pub(super) torn: Vec<Delivery>,
    /// What is in the inbox or claimed.
    pub(super) names: BTreeSet<Vec<u8>>,
    findings: Vec<Finding>,
}

/// The feeder tidies up what it had begun to deliver and had not made durable: in the inbox it removes what is not whole. What the
/// daemon has claimed already is beyond its reach; the file is then expected as the cut left it.
pub(super) fn tidy(shop: &Path, workload: &Workload, delivered: impl Fn(&[u8]) -> bool) -> io::Result<Found> {
    let mut found = Found { torn: Vec::new(), names: BTreeSet::new(), findings: Vec::new() };
    for entry in fs::read_dir(shop.join("inbox"))? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.as_bytes().to_vec()).unwrap_or_default();
        let whole = workload.deliveries.iter().find(|delivery| delivery.name == name).map(|delivery| &delivery.content);
        if whole == Some(&fs::read(&path)?) {
            found.names.insert(name);
        } else if delivered(&name) {
            let text = format!("{} was delivered, and is not whole in the inbox", path.display());
            found.findings.push(Finding { sort: Sort::Partial, text });
        } else {
            fs::remove_file(&path)?;
        }
    }
    for (name, path) in claims(shop)? {
        let content = fs::read(path)?;
        let mut deliveries = workload.deliveries.iter();
        let Some(delivery) = deliveries.find(|delivery| delivery.name == name) else { continue };
        if !delivered(&name) && content != delivery.content {
            found.torn.push(torn(name.clone(), content));
        }
        found.names.insert(name);
    }
    Ok(found)
}

/// A file that the feeder had not made durable when the power went. What it holds is less than a block, so the file system has none of
/// it: ext4 may have its length already, and reads zeros then.
fn torn(name: Vec<u8>, content: Vec<u8>) -> Delivery {
    let fault = match content.as_slice() {
        [] => "empty",
        zeros if zeros.iter().all(|&byte| byte == 0) => "encoding",
        _ => "nothing that was thought of",
    };
    let article = Article { body: String::new(), part: Vec::new(), fate: Fate::Refused(fault) };
    Delivery { name, content, holds: Holds::One(article) }
}

/// The claimed files, by the name they had.
fn claims(shop: &Path) -> io::Result<Vec<(Vec<u8>, PathBuf)>> {
    let mut claims = Vec::new();
    for entry in fs::read_dir(shop.join("spool/claim")).into_iter().flatten() {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            for inner in fs::read_dir(entry.path())? {
                let inner = inner?;
                claims.push((inner.file_name().into_vec(), inner.path()));
            }
        } else {
            let name = entry.file_name().into_vec();
            let dot = name.iter().position(|&byte| byte == b'.').map_or(name.len(), |dot| dot + 1);
            claims.push((name[dot..].to_vec(), entry.path()));
        }
    }
    Ok(claims)
}
