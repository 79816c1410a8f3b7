//! The world around the daemon: feeders, a consumer, a person who starts and stops it, and everything that can go wrong.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;

use super::fold::Fold;
use super::life::Life;
use super::model::{Model, Sent, content, folder, names, shown};
use super::story;
use crate::books::Settled;
use crate::config::{self, Config};
use crate::disk::Folder;
use crate::disk::simulated::{Dice, Disk, Fault, Killed, Mode};
use crate::halt::Halt;
use crate::shop::Shop;

/// 2024-05-05, before noon.
const BEGINNING: i64 = 1_714_900_000;
const LOG_LINES: usize = 40;

/// Everything.
pub(super) struct World {
    dice: Dice,
    disk: Disk,
    root: Folder,
    /// Where the ledger really is.
    place: tempfile::TempDir,
    config: Config,
    model: Model,
    life: Option<Life>,
    /// The plugin's own file. A power cut may bring back an older one.
    checkpoints: Vec<Fold>,
    /// Files whose feeder is still writing, and what is to come.
    writing: BTreeMap<Vec<u8>, Vec<u8>>,
    sent: usize,
    /// The next kill is a power cut.
    next_is_cut: bool,
    pub(super) log: VecDeque<String>,
    /// What has happened, and how often.
    events: Events,
}

pub(super) type Events = BTreeMap<&'static str, u64>;

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mode = if seed.is_multiple_of(2) { Mode::Strict } else { Mode::Journal };
        let disk = Disk::new(mode, BEGINNING, dice.roll());
        let root = Folder::simulated(Path::new("/shop"), disk.root());
        disk.by_others(|| {
            Shop::simulated(&root).unwrap();
            root.subfolder(b"inbox", 0).unwrap();
            root.sync_file_system().unwrap();
        });
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let shop = Some(place.path().to_owned());
        let mut config = config::load(&config::Options { shop, ..config::Options::default() }).unwrap();
        config.plugins.clear();
        config.shop.ballast_bytes = 0;
        World {
            dice,
            disk,
            root,
            place,
            config,
            model: Model::default(),
            life: None,
            checkpoints: vec![Fold::default()],
            writing: BTreeMap::new(),
            sent: 0,
            next_is_cut: false,
            log: VecDeque::new(),
            events: Events::new(),
        }
    }

    /// One step of anything.
    pub(super) fn step(&mut self) {
        match self.dice.below(200) {
            0..35 => self.send(),
            35..50 => self.write_on(),
            50..62 => self.consume(),
            62..66 => self.arm(),
            66..67 => self.die("killed", false),
            67..69 => self.die("power cut", true),
            69..70 => self.stop(),
            70..74 => self.fill_disk(),
            74..78 => self.break_sync(),
            78..80 => self.break_anything(),
            80..83 => self.disk.pass(self.dice.below(100_000) as i64),
            83..86 => self.save_checkpoint(),
            86..87 => self.rest(),
            _ => self.run(),
        }
    }

    /// Nothing goes wrong any more, and the daemon finishes what there is.
    pub(super) fn rest(&mut self) {
        self.say("rest");
        self.be_kind();
        while !self.writing.is_empty() {
            self.write_on();
        }
        loop {
            if self.life.is_none() {
                self.begin();
                assert!(self.life.is_some(), "it does not start");
            }
            let mut idle = true;
            let went_well = self.daemon("finishes", |life, dice| {
                life.wake();
                idle &= life.claim(5, dice)? == 0;
                while life.work(false, dice)? {
                    idle = false;
                }
                idle &= !life.is_decided();
                life.settle(100, &mut |_| panic!("there is room"))
            });
            // A sync that failed before may be told of only now, by a halt.
            if went_well && idle {
                break;
            }
        }
        self.read_ledger();
        self.model.check(&self.root, true);
    }

    /// What has happened in all.
    pub(super) fn events(mut self) -> Events {
        self.model.count(&mut self.events);
        self.events
    }

    fn say(&mut self, what: impl Into<String>) {
        if self.log.len() == LOG_LINES {
            self.log.pop_front();
        }
        self.log.push_back(what.into());
    }

    fn count(&mut self, event: &'static str) {
        *self.events.entry(event).or_default() += 1;
    }

    /// The daemon does something; if it is not running, it starts, and may be killed on the way.
    fn run(&mut self) {
        if self.life.is_none() {
            if self.dice.percent(25) {
                let after = self.dice.below(25) as u32;
                self.plan(after);
            }
            return self.begin();
        }
        match self.dice.below(10) {
            0..3 => {
                let count = self.dice.below(6) + 1;
                self.daemon("claims", |life, dice| life.claim(count, dice).map(|_| Settled::Done));
            }
            3..8 => {
                let count = self.dice.below(8) + 1;
                self.daemon("works", |life, dice| {
                    for _ in 0..count {
                        life.work(true, dice)?;
                    }
                    Ok(Settled::Done)
                });
            }
            _ => self.settle(),
        }
    }

    fn settle(&mut self) {
        let before = self.disk.strikes();
        let disk = self.disk.clone();
        let mut waits = 0;
        let went_well = self.daemon("settles", |life, dice| {
            let count = dice.below(12) + 1;
            let mut answers = dice.clone();
            life.settle(count, &mut |_: Duration| {
                waits += 1;
                if waits > 3 || answers.percent(40) {
                    disk.set_room(None);
                }
                waits < 3 || answers.percent(70)
            })
        });
        let failed = self.disk.strikes().syncs > before.syncs;
        assert!(!(went_well && failed), "a sync failed and the daemon went on");
    }

    /// Starts the daemon.
    fn begin(&mut self) {
        self.say("start");
        let checkpoint = self.checkpoints.last().cloned().unwrap_or_default();
        let (root, ledger, config) = (&self.root, self.place.path().join("ledger.db"), &self.config);
        let before = self.disk.strikes();
        let began = catch_unwind(AssertUnwindSafe(|| Life::begin(root, &ledger, config, &checkpoint)));
        match began {
            Ok(Ok(life)) => {
                self.count("recovery");
                self.life = Some(life);
                self.model.recovered = self.model.cuts;
                self.read_ledger();
                self.model.check(&self.root, false);
            }
            Ok(Err(halt)) => self.halted(&halt, before.all),
            Err(end) => self.ended(end),
        }
    }

    /// Lets the running daemon do something. `false` if it is over with it.
    fn daemon(&mut self, what: &str, act: impl FnOnce(&mut Life, &mut Dice) -> Result<Settled, Halt>) -> bool {
        self.say(what);
        let Some(life) = &mut self.life else { return false };
        let before = self.disk.strikes();
        let dice = &mut self.dice;
        match catch_unwind(AssertUnwindSafe(|| act(life, dice))) {
            Ok(Ok(Settled::Done)) => return true,
            Ok(Ok(Settled::GivenUp)) => {
                self.say("  gave up waiting for room");
                self.count("gave up waiting");
                self.close();
            }
            Ok(Err(halt)) => self.halted(&halt, before.all),
            Err(end) => self.ended(end),
        }
        false
    }

    /// A halt must have a reason, and a lack of room alone is none once the daemon runs.
    fn halted(&mut self, halt: &Halt, strikes_before: u64) {
        self.say(format!("  halt: {halt}"));
        assert!(self.disk.strikes().all > strikes_before, "the daemon halted, and nothing was wrong: {halt}");
        if halt.is_lack_of_room() {
            // A claim that found no room; a start tries again.
            self.count("no room");
            if self.dice.percent(50) {
                self.disk.set_room(None);
            }
            return;
        }
        self.count("halt");
        self.model_sees();
        self.close();
    }

    /// The run ends in order, unless it is killed at that.
    fn close(&mut self) {
        let Some(life) = &self.life else { return };
        match catch_unwind(AssertUnwindSafe(|| life.close())) {
            Ok(()) => self.life = None,
            Err(end) => self.ended(end),
        }
    }

    fn ended(&mut self, end: Box<dyn std::any::Any + Send>) {
        if !end.is::<Killed>() {
            resume_unwind(end);
        }
        let cut = std::mem::take(&mut self.next_is_cut);
        self.die("  killed there", cut);
    }

    /// The process is gone; and with a cut, what was not synced.
    fn die(&mut self, how: &str, cut: bool) {
        self.say(format!("{how}{}", if cut { ", power cut" } else { "" }));
        self.disk.plan(None);
        self.next_is_cut = false;
        self.model_sees();
        let life = self.life.take();
        let event = match (&life, cut) {
            (Some(_), false) => "kill",
            (None, false) => "kill in a recovery",
            (Some(_), true) => "power cut",
            (None, true) => "power cut in a recovery, or while down",
        };
        self.count(event);
        if !cut {
            for id in life.iter().flat_map(Life::in_hand) {
                *self.model.deaths.entry(id).or_default() += 1;
            }
            return;
        }
        drop(life);
        self.model.cuts += 1;
        let before = self.model.originals(&self.root);
        let given_up = Model::given_up(&before, &self.disk);
        self.disk.cut_power();
        self.writing.clear();
        if self.dice.percent(50) && self.checkpoints.len() > 1 {
            let left = self.dice.below(self.checkpoints.len()) + 1;
            self.checkpoints.truncate(left);
        }
        self.model_sees();
        let undone = self.model.adopt(&self.root, &before, &given_up);
        *self.events.entry("claim undone by a cut").or_default() += undone;
    }

    fn model_sees(&mut self) {
        self.read_ledger();
        self.model.check_visible(&self.root);
    }

    fn read_ledger(&mut self) {
        self.model.read_ledger(&self.place.path().join("ledger.db"));
    }

    fn stop(&mut self) {
        self.say("stop");
        self.daemon("finishes what it can", |life, dice| {
            while life.work(false, dice)? {}
            life.settle(100, &mut |_| false)
        });
        self.close();
    }

    /// The daemon will be killed somewhere in what it does next.
    fn arm(&mut self) {
        let after = *self.dice.pick(&[0, 1, 2, 3, 5, 8, 13, 21, 34]);
        self.plan(after);
    }

    fn plan(&mut self, after: u32) {
        let fault = if self.dice.percent(50) { Fault::KillBefore } else { Fault::KillAfter };
        self.next_is_cut = self.dice.percent(40);
        self.say(format!("to be killed: {fault:?} {after}, cut: {}", self.next_is_cut));
        self.disk.plan(Some((after, fault)));
    }

    fn fill_disk(&mut self) {
        let room = self.dice.percent(60).then(|| self.dice.below(12) as u32);
        self.say(format!("room: {room:?}"));
        self.disk.set_room(room);
    }

    fn break_sync(&mut self) {
        let error = *self.dice.pick(&[Errno::IO, Errno::IO, Errno::NOSPC]);
        self.say(format!("the next sync says {error}"));
        self.disk.fail_next_sync(Some(error));
    }

    fn break_anything(&mut self) {
        let after = self.dice.below(20) as u32;
        self.say(format!("an input/output error after {after}"));
        self.disk.plan(Some((after, Fault::Fail(Errno::IO))));
        self.next_is_cut = false;
    }

    fn be_kind(&mut self) {
        self.disk.plan(None);
        self.disk.set_room(None);
        self.disk.fail_next_sync(None);
        self.next_is_cut = false;
    }

    fn save_checkpoint(&mut self) {
        if let Some(life) = &self.life {
            self.checkpoints.push(life.checkpoint());
            self.say("the plugin saves");
        }
    }

    /// A feeder sends a file: all at once and with care, all at once without, or slowly.
    fn send(&mut self) {
        self.sent += 1;
        let (name, content) = story::make(self.sent, &mut self.dice);
        let (careful, slow) = (self.dice.percent(50), self.dice.percent(25));
        self.say(format!(
            "send {}{}",
            shown(&name),
            if slow {
                ", slowly"
            } else if careful {
                ", with care"
            } else {
                ""
            }
        ));
        let inbox = folder(&self.root, b"inbox");
        let (now, later) =
            if slow { (&content[..content.len() / 3], &content[content.len() / 3..]) } else { (&content[..], &[][..]) };
        self.disk.by_others(|| {
            let file = inbox.create(&name).unwrap();
            file.write(now).unwrap();
            if slow {
                file.hold(true);
            } else if careful {
                file.sync().unwrap();
                inbox.sync().unwrap();
            }
        });
        let sent = Sent::new(now.to_vec(), careful && !slow, slow);
        self.model.sent.insert(name.clone(), sent);
        if slow {
            self.writing.insert(name, later.to_vec());
        }
    }

    /// A slow feeder writes on, and in the end closes the file.
    fn write_on(&mut self) {
        let Some((name, later)) = self.writing.iter_mut().next() else { return };
        let (name, piece) = (name.clone(), later.drain(..later.len().min(100)).collect::<Vec<u8>>());
        let over = later.is_empty();
        let inbox = folder(&self.root, b"inbox");
        let file =
            inbox.edit_file(&name, false).unwrap_or_else(|_| panic!("{} was taken from its writer", shown(&name)));
        let sent = self.model.sent.get_mut(&name).unwrap();
        self.disk.by_others(|| file.write(&piece).unwrap());
        sent.set([sent.content(), &piece].concat());
        if over {
            file.hold(false);
            sent.open = false;
            self.writing.remove(&name);
        }
    }

    /// The consumer takes some of the records, or all.
    fn consume(&mut self) {
        self.say("consume");
        self.read_ledger();
        let outbox = folder(&self.root, b"outbox");
        let odds = *self.dice.pick(&[30, 100]);
        for name in names(&outbox) {
            if self.dice.percent(odds) {
                if self.model.take(name.clone(), content(&outbox, &name)) {
                    self.count("record seen again after a cut");
                }
                self.disk.by_others(|| outbox.remove(&name).unwrap());
            }
        }
    }
}
