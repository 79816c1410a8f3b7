//! A large backlog, a large ledger, many notes: how soon the daemon begins, how much memory it takes, and whether it
//! works on at the same pace. Says figures; whoever asks decides which of them must hold.
#![expect(clippy::print_stdout, reason = "it is a command")]

pub mod files;
pub mod notes;
pub mod rows;

use std::io;

use clap::Args;

use crate::site::Room;
use crate::stand::Means;

/// What may be asked of it.
#[derive(Clone, Debug, Args)]
pub struct Arguments {
    /// Files in the inbox before the start; 0 leaves that out
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    files: usize,
    /// How long it works on them
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    work_seconds: u64,
    /// The shop lies on a fresh ext4 in a file, instead of in the folder (root)
    #[arg(long)]
    ext4: bool,
    /// Rows of the ledger; 0 leaves that out
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    rows: usize,
    /// Files worked off beside the large ledger and an empty one, to compare
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    compared: usize,
    /// Notes in the ledger, made by the plugins that ship (--plugins); 0 leaves that out
    #[arg(long, value_name = "N", default_value_t = 0)]
    notes: usize,
}

/// How much more memory than with nothing to do, or with an empty ledger.
pub const GROWTH_KIBIBYTES_MAX: u64 = 20 * 1024;
/// From the start of the process to the first claim.
const FIRST_CLAIM_SECONDS_MAX: f64 = 5.0;
/// From the start of the process until it is ready.
const READY_SECONDS_MAX: f64 = 1.0;
/// With a large ledger, an article takes no more than so much of the processor time with an empty one. The pace is only
/// said: on a machine that has other work, it varies by more than what is looked for.
const CPU_MAX: f64 = 1.25;
/// The least a file takes on ext4, in KiB, with its inode; and the record, for those that are worked off.
const FILE_KIBIBYTES: u64 = 12;

/// Says whether all was well.
pub fn run(means: &Means, own: &Arguments) -> io::Result<bool> {
    let mut good = true;
    if own.files > 0 {
        let room = if own.ext4 { disk_for(own.files as u64) } else { Room::Folder };
        let report = files::attack(means, own.files, own.work_seconds, room)?;
        println!("{report}");
        good &= report.is_good() && report.first_claim.as_secs_f64() < FIRST_CLAIM_SECONDS_MAX;
    }
    if own.rows > 0 {
        let report = rows::attack(means, own.rows, own.compared)?;
        println!("{report}");
        good &= report.is_good() && report.ready.as_secs_f64() < READY_SECONDS_MAX && report.cpu() < CPU_MAX;
    }
    if own.notes > 0 {
        println!("{}", notes::attack(means, own.notes)?);
    }
    Ok(good)
}

fn disk_for(files: u64) -> Room {
    Room::Ext4 { mebibytes: files * FILE_KIBIBYTES / 1024 + 1024, inodes: files * 3 + 100_000 }
}
