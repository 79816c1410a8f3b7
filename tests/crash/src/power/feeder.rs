//! Those at the other side of the shop while it is recorded: a feeder that makes durable what it delivers, a consumer that takes
//! records when it likes, and somebody who syncs for reasons of his own. Each notes how long the disk's tape was when it knew.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::disk::Tape;
use crate::random::Random;
use crate::workload::{Delivery, Workload};

/// A file was delivered and durable when the tape had this length.
#[derive(Clone, Debug)]
pub(super) struct Delivered {
    pub(super) name: Vec<u8>,
    pub(super) position: usize,
}

/// A consumer had taken a record when the tape had this length.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) name: Vec<u8>,
    pub(super) content: Vec<u8>,
    pub(super) position: usize,
}

/// Delivers the files of a workload in an order of its own.
pub(super) struct Feeder<'a> {
    inbox: PathBuf,
    waiting: Vec<&'a Delivery>,
    tape: Tape,
    random: Random,
    pub(super) delivered: Vec<Delivered>,
}

/// Begins the name of a file that is not delivered yet; the daemon ignores it.
const UNFINISHED: &str = ".feeder-";
/// What the file systems write at least.
const BLOCK_BYTES: usize = 4096;
/// Longest pauses, in milliseconds.
const FEEDER_PAUSE: usize = 30;
const CONSUMER_PAUSE: usize = 12;

impl<'a> Feeder<'a> {
    pub(super) fn new(inbox: &Path, workload: &'a Workload, tape: Tape, seed: u64) -> Self {
        let mut random = Random::of(seed, &[1]);
        let mut waiting: Vec<&Delivery> = workload.deliveries.iter().collect();
        random.shuffle(&mut waiting);
        Feeder { inbox: inbox.to_owned(), waiting, tape, random, delivered: Vec::new() }
    }

    /// Delivers until so many are left.
    pub(super) fn deliver_until(&mut self, left: usize) -> io::Result<()> {
        while self.waiting.len() > left
            && let Some(delivery) = self.waiting.pop()
        {
            self.deliver(delivery)?;
            let position = self.tape.length();
            self.delivered.push(Delivered { name: delivery.name.clone(), position });
        }
        Ok(())
    }

    /// Delivers what is left, now and then.
    pub(super) fn deliver_rest(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            thread::sleep(self.random.pause(FEEDER_PAUSE));
            self.deliver_until(self.waiting.len() - 1)?;
        }
        Ok(())
    }

    fn deliver(&mut self, delivery: &Delivery) -> io::Result<()> {
        let name = self.inbox.join(std::ffi::OsStr::from_bytes(&delivery.name));
        let unfinished = self.inbox.join(format!("{UNFINISHED}{}", self.waiting.len()));
        // A file of several blocks that is not durable when the power goes may keep any of them; nobody could say what is due to it.
        let styles = if delivery.content.len() < BLOCK_BYTES { 3 } else { 2 };
        match self.random.below(styles) {
            // As one should.
            0 => {
                write(&unfinished, &delivery.content)?.sync_all()?;
                fs::rename(&unfinished, &name)?;
            }
            // As a copy over the network does: nobody may take the file before it is closed.
            1 => write(&name, &delivery.content)?.sync_all()?,
            // As `mv` and `sync` do: the daemon may have the file before it is durable.
            _ => {
                drop(write(&unfinished, &delivery.content)?);
                let file = File::open(&unfinished)?;
                fs::rename(&unfinished, &name)?;
                file.sync_all()?;
            }
        }
        File::open(&self.inbox)?.sync_all()
    }
}

/// Takes records from the outbox until told that it is over.
pub(super) fn consume(shop: &Path, tape: &Tape, seed: u64, over: &AtomicBool) -> io::Result<Vec<Taken>> {
    let mut random = Random::of(seed, &[2]);
    let outbox = shop.join("outbox");
    let mut taken = Vec::new();
    while !over.load(Ordering::Acquire) {
        thread::sleep(random.pause(CONSUMER_PAUSE));
        for entry in fs::read_dir(&outbox).into_iter().flatten() {
            let entry = entry?;
            if random.percent(50) {
                let content = fs::read(entry.path())?;
                taken.push(Taken { name: entry.file_name().into_vec(), content, position: tape.length() });
                fs::remove_file(entry.path())?;
            }
        }
        match random.below(8) {
            0 if outbox.is_dir() => File::open(&outbox)?.sync_all()?,
            1 => rustix::fs::syncfs(File::open(shop)?)?,
            _ => {}
        }
    }
    Ok(taken)
}

fn write(path: &Path, content: &[u8]) -> io::Result<File> {
    let mut file = File::create_new(path)?;
    file.write_all(content)?;
    Ok(file)
}
