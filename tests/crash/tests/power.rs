//! The share of the power cuts that every test run can afford. Says so aloud where there is no root, no FUSE, no loop device or no
//! such file system.
#![expect(clippy::print_stderr, reason = "a test that does nothing must say so")]
#![expect(clippy::unwrap_used, reason = "the allowance for tests does not reach their helpers")]

use std::path::PathBuf;
use std::process::Command;

use crash_harness::power::{FileSystem, is_possible, try_images};
use crash_harness::stand::{Means, default_folder};

/// Disks of each file system, of two runs: one that drains the inbox, one in which the daemon is killed.
const IMAGES: usize = 30;
/// Torn disks that their file system may refuse.
const UNMOUNTABLE_MAX: usize = 5;
const SEED: u64 = 7;

#[test]
fn the_power_fails_on_ext4() {
    cut(FileSystem::Ext4);
}

#[test]
fn the_power_fails_on_xfs() {
    cut(FileSystem::Xfs);
}

#[test]
fn the_power_fails_on_btrfs() {
    cut(FileSystem::Btrfs);
}

fn cut(file_system: FileSystem) {
    if let Err(why) = is_possible(file_system) {
        eprintln!("SKIPPED: no power was cut on {}; {why}", file_system.name());
        return;
    }
    let means = Means::new(&daemon(), None, &default_folder()).unwrap();
    let recordings = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let tally = try_images(&means, file_system, SEED, IMAGES, &recordings).unwrap();
    let told = tally.told.join("\n");
    assert_eq!(tally.bad, 0, "recordings are in {}\n{tally}\n{told}", recordings.display());
    assert_eq!(tally.images, IMAGES);
    assert!(tally.unmountable <= UNMOUNTABLE_MAX, "{told}");
}

/// `WARRAQ_DAEMON`, or the binary that cargo has built for this run beside this test, or builds now.
fn daemon() -> PathBuf {
    if let Some(given) = std::env::var_os("WARRAQ_DAEMON") {
        return given.into();
    }
    let built = std::env::current_exe().unwrap().parent().unwrap().with_file_name("warraq");
    if !built.exists() {
        let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
        let status =
            Command::new(env!("CARGO")).args(["build", "-p", "warraq", "--profile", profile]).status().unwrap();
        assert!(status.success(), "the daemon does not build");
    }
    built
}
