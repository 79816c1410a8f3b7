//! Which file system a folder is on, and what can be expected of it: does it tell of changes made elsewhere, do its inodes keep
//! their numbers, does a sync reach a disk. Only looks, and decides nothing.

use std::fmt;
use std::os::fd::AsFd;

use rustix::fs::{AtFlags, StatxAttributes, StatxFlags};
use rustix::io::Errno;

/// Where a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The device of its file system. The number holds until the file system is mounted anew, no longer.
    device: (u32, u32),
    /// Which folder of that file system it is.
    pub inode: u64,
    /// The mount it is reached by, of which one file system can have several. `None` where the kernel does not tell (before
    /// Linux 5.8).
    mount: Option<u64>,
    /// Something is mounted at this very folder. `false` where the kernel does not tell.
    pub is_mount: bool,
    /// What is mounted there.
    pub system: System,
}

/// A kind of file system.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct System {
    name: &'static str,
    traits: Traits,
}

/// What sets some file systems apart from a local disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Traits {
    /// As any local disk.
    Local,
    /// On a local disk, with inode numbers that are made up anew at each mount.
    UnsteadyInodes,
    /// Of several machines: others change it, and this kernel is not told.
    Network,
    /// A network file system whose inode numbers may change with every mount or look.
    NetworkUnsteadyInodes,
    /// A program answers for it. What is behind that, and what a sync of it is worth, is anybody's guess.
    Program,
}

/// By the number that `statfs` gives. From `linux/magic.h` and statfs(2), except where said.
///
/// Not here: overlayfs. Whatever goes through the mounted tree, as all of a container does, is told of; changing its layers
/// from outside is undefined by its own documentation.
const SYSTEMS: [(u32, &str, Traits); 20] = [
    (0x0000_6969, "NFS", Traits::Network),
    (0x0000_517b, "SMB", Traits::NetworkUnsteadyInodes),
    (0xff53_4d42, "SMB", Traits::NetworkUnsteadyInodes),
    (0xfe53_4d42, "SMB", Traits::NetworkUnsteadyInodes),
    (0x6573_5546, "FUSE", Traits::Program),
    (0x0102_1997, "9p", Traits::Program),
    (0x5346_414f, "AFS", Traits::Network),
    (0x6b41_4653, "AFS", Traits::Network),
    (0x00c3_6400, "Ceph", Traits::Network),
    (0x7375_7245, "Coda", Traits::Network),
    (0x0000_564c, "NCP", Traits::NetworkUnsteadyInodes),
    // Disks that several machines share: what another machine changes gives no event here.
    (0x7461_636f, "OCFS2", Traits::Network),
    // `fs/gfs2/incore.h` of the kernel.
    (0x0116_1970, "GFS2", Traits::Network),
    // Of their own source trees: Lustre, IBM Storage Scale, VirtualBox and VMware shared folders.
    (0x0bd0_0bd0, "Lustre", Traits::Network),
    (0x4750_4653, "GPFS", Traits::Network),
    (0x786f_4256, "a VirtualBox shared folder", Traits::Program),
    (0xbacb_acbc, "a VMware shared folder", Traits::Program),
    // What lies under it can be changed without it.
    (0x0000_f15f, "eCryptfs", Traits::Program),
    (0x0000_4d44, "FAT", Traits::UnsteadyInodes),
    (0x2011_bab0, "exFAT", Traits::UnsteadyInodes),
];

impl Place {
    /// Of an open folder.
    pub fn of(folder: impl AsFd) -> Result<Self, Errno> {
        let system = System::of(&folder)?;
        let wanted = StatxFlags::BASIC_STATS | StatxFlags::MNT_ID;
        let place = match rustix::fs::statx(&folder, "", AtFlags::EMPTY_PATH, wanted) {
            Ok(stat) => Place {
                device: (stat.stx_dev_major, stat.stx_dev_minor),
                inode: stat.stx_ino,
                mount: (stat.stx_mask & StatxFlags::MNT_ID.bits() != 0).then_some(stat.stx_mnt_id),
                is_mount: stat.stx_attributes.contains(StatxAttributes::MOUNT_ROOT),
                system,
            },
            // Old kernels, and some sandboxes, have no such call.
            Err(Errno::NOSYS | Errno::PERM) => {
                let stat = rustix::fs::fstat(&folder)?;
                let device = (rustix::fs::major(stat.st_dev), rustix::fs::minor(stat.st_dev));
                Place { device, inode: stat.st_ino, mount: None, is_mount: false, system }
            }
            Err(error) => return Err(error),
        };
        Ok(place)
    }

    /// Is it the very same folder?
    pub fn is_same_folder(&self, other: &Place) -> bool {
        self.device == other.device && self.inode == other.inode
    }

    /// Can a file be renamed from one to the other? The kernel refuses that between two mounts, even of one file system.
    pub fn can_rename_to(&self, other: &Place) -> bool {
        self.device == other.device && (self.mount == other.mount || self.mount.is_none() || other.mount.is_none())
    }
}

impl System {
    /// Of an open folder or file.
    pub fn of(file: impl AsFd) -> Result<Self, Errno> {
        // The field's type differs between machines; the number has 32 bits on all of them.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of 32 bits in a wider field"
        )]
        let magic = rustix::fs::fstatfs(file)?.f_type as u32;
        Ok(System::from_magic(magic))
    }

    fn from_magic(magic: u32) -> Self {
        let known = SYSTEMS.iter().find(|(number, ..)| *number == magic);
        known.map_or(System { name: "a local disk", traits: Traits::Local }, |&(_, name, traits)| System {
            name,
            traits,
        })
    }

    /// Can others change a folder without an event on this machine? And an answer about open writers tells of this machine only.
    pub fn hides_changes(self) -> bool {
        matches!(self.traits, Traits::Network | Traits::NetworkUnsteadyInodes | Traits::Program)
    }

    /// Does a file keep its inode number until it is removed?
    pub fn has_steady_inodes(self) -> bool {
        matches!(self.traits, Traits::Local | Traits::Network)
    }

    /// Is it like any local disk, as far as is known?
    pub fn is_local_disk(self) -> bool {
        self.traits == Traits::Local
    }

    /// Is it of several machines?
    pub fn is_network(self) -> bool {
        matches!(self.traits, Traits::Network | Traits::NetworkUnsteadyInodes)
    }
}

impl fmt::Display for System {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl fmt::Debug for System {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn what_can_be_expected() {
        let check = |magic, hides_changes, has_steady_inodes, is_network| {
            let system = System::from_magic(magic);
            let found = (system.hides_changes(), system.has_steady_inodes(), system.is_network());
            assert_eq!(found, (hides_changes, has_steady_inodes, is_network), "{system}");
        };
        check(0xef53, false, true, false); // ext4
        check(0x794c_7630, false, true, false); // overlayfs
        check(0x6969, true, true, true); // NFS
        check(0xff53_4d42, true, false, true); // SMB
        check(0x6573_5546, true, false, false); // FUSE
        check(0x4d44, false, false, false); // FAT
    }

    #[test]
    fn no_number_is_there_twice() {
        let mut numbers = SYSTEMS.map(|(number, ..)| number);
        numbers.sort_unstable();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn folders_are_told_apart() {
        let root = tempfile::tempdir().unwrap();
        let place = |name: &str| Place::of(File::open(root.path().join(name)).unwrap()).unwrap();
        fs::create_dir(root.path().join("a")).unwrap();
        fs::create_dir(root.path().join("b")).unwrap();
        let (a, b) = (place("a"), place("b"));
        assert!(a.is_same_folder(&place("a")) && !a.is_same_folder(&b));
        assert!(a.can_rename_to(&b) && !a.is_mount);
        assert!(!a.can_rename_to(&Place::of(File::open("/proc").unwrap()).unwrap()));
        assert!(Place::of(File::open("/proc").unwrap()).unwrap().is_mount);
    }
}
