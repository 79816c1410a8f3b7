//! The system calls at which something is done to the daemon: their numbers, which file they are about, and whether they change
//! it. It never looks at a process.

/// One kind of system call.
#[derive(Debug)]
pub struct Kind {
    /// Its name, as strace prints it.
    pub name: &'static str,
    /// Its number on this machine.
    pub number: u64,
    /// Which file it is about.
    pub subject: Subject,
    /// Whether it alters a file or makes it durable.
    pub effect: Effect,
}

/// Where the arguments name the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A path, in this argument.
    Path(usize),
    /// A directory's descriptor in this argument, and a path in the next.
    At(usize),
    /// A descriptor in this argument.
    Descriptor(usize),
}

/// What a call does to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes it. Killed before one of these, the daemon leaves a state on the disk that no other moment leaves.
    Change,
    /// Changes it if the flags in this argument say create or truncate; otherwise it only looks.
    ChangeByFlags(usize),
    /// Makes it durable. A failure here may never be tried again.
    Sync,
    /// Only looks.
    Look,
}

/// The flags of `open` that change the folder or the file.
const CHANGING_FLAGS: u64 = (libc::O_CREAT | libc::O_TRUNC | libc::O_TMPFILE & !libc::O_DIRECTORY) as u64;

macro_rules! kinds {
    ($($name:ident $number:ident $subject:expr, $effect:expr;)*) => {
        /// Every kind that is known here.
        pub const KINDS: &[Kind] = &[$(Kind {
            name: stringify!($name),
            number: libc::$number as u64,
            subject: $subject,
            effect: $effect,
        }),*];
    };
}

use Effect::{Change, ChangeByFlags, Look, Sync};
use Subject::{At, Descriptor, Path};

kinds! {
    rename SYS_rename Path(0), Change;
    renameat SYS_renameat At(0), Change;
    renameat2 SYS_renameat2 At(0), Change;
    open SYS_open Path(0), ChangeByFlags(1);
    creat SYS_creat Path(0), Change;
    openat SYS_openat At(0), ChangeByFlags(2);
    mkdir SYS_mkdir Path(0), Change;
    mkdirat SYS_mkdirat At(0), Change;
    rmdir SYS_rmdir Path(0), Change;
    unlink SYS_unlink Path(0), Change;
    unlinkat SYS_unlinkat At(0), Change;
    link SYS_link Path(0), Change;
    linkat SYS_linkat At(0), Change;
    symlinkat SYS_symlinkat Path(0), Change;
    write SYS_write Descriptor(0), Change;
    writev SYS_writev Descriptor(0), Change;
    pwrite64 SYS_pwrite64 Descriptor(0), Change;
    pwritev SYS_pwritev Descriptor(0), Change;
    pwritev2 SYS_pwritev2 Descriptor(0), Change;
    copy_file_range SYS_copy_file_range Descriptor(2), Change;
    sendfile SYS_sendfile Descriptor(0), Change;
    truncate SYS_truncate Path(0), Change;
    ftruncate SYS_ftruncate Descriptor(0), Change;
    fallocate SYS_fallocate Descriptor(0), Change;
    fchmod SYS_fchmod Descriptor(0), Change;
    fchmodat SYS_fchmodat At(0), Change;
    fchown SYS_fchown Descriptor(0), Change;
    utimensat SYS_utimensat At(0), Change;
    fsync SYS_fsync Descriptor(0), Sync;
    fdatasync SYS_fdatasync Descriptor(0), Sync;
    syncfs SYS_syncfs Descriptor(0), Sync;
    sync_file_range SYS_sync_file_range Descriptor(0), Sync;
    read SYS_read Descriptor(0), Look;
    pread64 SYS_pread64 Descriptor(0), Look;
    getdents64 SYS_getdents64 Descriptor(0), Look;
    fstat SYS_fstat Descriptor(0), Look;
    stat SYS_stat Path(0), Look;
    lstat SYS_lstat Path(0), Look;
    newfstatat SYS_newfstatat At(0), Look;
    statx SYS_statx At(0), Look;
    access SYS_access Path(0), Look;
    faccessat SYS_faccessat At(0), Look;
    faccessat2 SYS_faccessat2 At(0), Look;
    flock SYS_flock Descriptor(0), Look;
    close SYS_close Descriptor(0), Look;
}

/// Ways to files that make no call we could stop at. A daemon that takes one is not tested by this harness.
pub const BLIND: &[(&str, u64)] = &[
    ("io_uring_setup", libc::SYS_io_uring_setup as u64),
    ("openat2", libc::SYS_openat2 as u64),
    ("open_by_handle_at", libc::SYS_open_by_handle_at as u64),
];

/// The kind with this number.
pub fn by_number(number: u64) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.number == number)
}

/// The kind with this name.
pub fn by_name(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

impl Kind {
    /// Does a call of this kind with these arguments change its file, or make it durable?
    pub fn matters(&self, arguments: &[u64; 6]) -> bool {
        match self.effect {
            Change | Sync => true,
            ChangeByFlags(flags) => arguments[flags] & CHANGING_FLAGS != 0,
            Look => false,
        }
    }

    /// Is it one that never matters?
    pub fn only_looks(&self) -> bool {
        self.effect == Look
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_unique() {
        for (index, kind) in KINDS.iter().enumerate() {
            assert!(KINDS[..index].iter().all(|other| other.number != kind.number && other.name != kind.name));
        }
    }

    #[test]
    fn opening_matters_only_if_it_makes_something() {
        let open = by_name("openat").unwrap();
        assert!(!open.matters(&[0, 0, libc::O_DIRECTORY as u64, 0, 0, 0]));
        assert!(open.matters(&[0, 0, (libc::O_CREAT | libc::O_RDWR) as u64, 0, 0, 0]));
        assert!(open.matters(&[0, 0, libc::O_TMPFILE as u64, 0, 0, 0]));
    }
}
