//! At the start: can files be taken out of an inbox in the way that is configured? Makes a folder that is missing, but only where it
//! can be the right one.

use std::path::Path;

use rustix::fs::{Access, AtFlags};
use rustix::io::Errno;

use crate::config::{self, Claiming};
use crate::disk::Folder;
use crate::mount::Place;
use crate::shop::{Shop, ShopError};

/// What to do about an inbox that cannot be renamed from.
const ADVICE: &str = "or set claim = \"copy\" for this inbox";

/// Checks an inbox. One that is copied from may be anything, may come later, and is never made: it is somebody else's.
pub fn admit(config: &config::Inbox, shop: &Shop) -> Result<(), ShopError> {
    if config.claim == Claiming::Copy {
        return Ok(());
    }
    let path = &config.path;
    let refuse = |problem: String| Err(ShopError::Inbox { path: path.clone(), problem });
    let spool = shop.spool.path().display();
    let ours = place_of(shop.spool.path())?;
    if !path.exists() {
        // A folder made while the disk it belongs on is not mounted would take files that nobody finds again.
        let above = path.ancestors().skip(1).find(|above| above.exists()).unwrap_or(Path::new("/"));
        if !place_of(above)?.can_rename_to(&ours) {
            let above = above.display();
            return refuse(format!(
                "is not there, and {above} is on another mount than {spool}; mount it, put it beside the spool, {ADVICE}"
            ));
        }
    }
    let folder = Folder::make(path, 0o770)?;
    if !place_of(path)?.can_rename_to(&ours) {
        return refuse(format!(
            "is on another file system or mount than {spool}, so files cannot be renamed out of it; put both on one, {ADVICE}"
        ));
    }
    let writable = rustix::fs::accessat(&folder, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS);
    if let Err(error @ (Errno::ACCESS | Errno::PERM | Errno::ROFS)) = writable {
        return Err(ShopError::Rights { path: path.clone(), error: error.into() });
    }
    if is_sticky_and_not_ours(&folder) {
        let (inbox, advice) = (path.display(), "take the sticky bit away (chmod -t), or set claim = \"copy\" for it");
        tracing::warn!(%inbox, advice, "the inbox is sticky: files of other users than the daemon's cannot be taken out of it");
    }
    Ok(())
}

fn place_of(path: &Path) -> Result<Place, ShopError> {
    Folder::open(path).and_then(Place::of).map_err(|error| ShopError::Folder {
        doing: "look at",
        path: path.to_owned(),
        error: error.into(),
    })
}

/// In a sticky folder only the owner of the folder, the owner of a file and root may rename the file.
fn is_sticky_and_not_ours(folder: &Folder) -> bool {
    const STICKY: u32 = 0o1000;
    let user = rustix::process::geteuid();
    rustix::fs::fstat(folder)
        .is_ok_and(|stat| stat.st_mode & STICKY != 0 && stat.st_uid != user.as_raw() && !user.is_root())
}
