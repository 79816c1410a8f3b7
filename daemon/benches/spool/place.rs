//! Where shops are made: a folder on the disk, or an ext4 image under a loop device. Measures nothing.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const IMAGE_BYTES: u64 = 8 << 30;
/// Many small files need many inodes.
const BYTES_PER_INODE: &str = "4096";

/// A folder for the shops of one benchmark. All of it goes when dropped, and nothing before: removing files slows down
/// whatever is measured next, many times over on a disk that is told of every removal.
pub struct Place {
    /// What it is, for people.
    pub name: String,
    root: PathBuf,
    mounted: bool,
    _home: TempDir,
}

impl Place {
    /// In a folder that is there.
    pub fn in_folder(folder: &Path) -> Self {
        let home = tempfile::tempdir_in(folder).unwrap();
        let kind = kind(home.path());
        let root = home.path().to_owned();
        Place { name: format!("folder on {kind}"), root, mounted: false, _home: home }
    }

    /// On an ext4 of its own, in an image that lies in `folder`. `None` where that is not permitted.
    pub fn on_image(folder: &Path) -> Option<Self> {
        let home = tempfile::tempdir_in(folder).unwrap();
        let (image, root) = (home.path().join("image"), home.path().join("mounted"));
        File::create(&image).unwrap().set_len(IMAGE_BYTES).unwrap();
        fs::create_dir(&root).unwrap();
        let done = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
        let made = done(
            Command::new("mkfs.ext4").args(["-q", "-i", BYTES_PER_INODE, "-E", "lazy_journal_init=0"]).arg(&image),
        );
        let mounted = made && done(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&root));
        let under = kind(home.path());
        mounted.then(|| Place { name: format!("loop ext4 on {under}"), root, mounted, _home: home })
    }

    /// A new folder in it.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.root.join(name);
        fs::create_dir(&folder).unwrap();
        folder
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.mounted {
            let _ = Command::new("umount").arg(&self.root).status();
        }
    }
}

/// The kind of the file system, as `stat` names it.
fn kind(path: &Path) -> String {
    let output = Command::new("stat").args(["-f", "-c", "%T"]).arg(path).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
