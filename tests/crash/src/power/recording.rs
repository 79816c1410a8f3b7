//! One run of the daemon on a disk that remembers, with what the feeder and the consumer knew at each moment. It can be kept in a
//! file, since no run is like another. It never looks whether anything is right.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::ValueEnum as _;
use serde_json::{Value, json};

use super::disk::{Disk, Event, Tape};
use super::feeder::{Delivered, Feeder, Taken, consume};
use super::image::Image;
use super::pages::{PAGE_BYTES, Pages};
use super::rig::{FileSystem, Mounted, Rig, forget};
use super::trial::tidy;
use crate::random::Random;
use crate::stand::{Means, Mode, PATIENCE, Stand};
use crate::workload::Workload;

/// A run.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) file_system: FileSystem,
    /// Even: the daemon is killed, and killed again. Odd: it drains the inbox.
    pub(super) seed: u64,
    /// The disk before the first event.
    pub(super) base: Pages,
    pub(super) events: Vec<Event>,
    /// How many events there were before the daemon was started.
    pub(super) begin: usize,
    pub(super) delivered: Vec<Delivered>,
    pub(super) taken: Vec<Taken>,
    /// How the daemon ended, if it did not end as it should, and what it said.
    pub(super) stuck: Option<(String, String)>,
}

/// How often the daemon is killed, and within how many events of its start. Once more, and an article that was in hand each time
/// would be refused for it.
const KILLS: usize = 2;
const KILL_EVENTS: usize = 250;
/// A daemon that changes nothing for so long has nothing to do.
const IDLE: Duration = Duration::from_millis(250);
const POLL: Duration = Duration::from_millis(2);

/// A shop on a disk that remembers. The fields are dropped in this order.
struct Scene {
    mounted: Mounted,
    stand: Stand,
    disk: Disk,
    /// What the disk held at first.
    base: Pages,
}

impl Recording {
    /// Runs the daemon on a new file system.
    pub(super) fn new(
        rig: &Rig,
        means: &Means,
        workload: &Workload,
        file_system: FileSystem,
        seed: u64,
    ) -> io::Result<Self> {
        let scene = Scene::new(rig, means, workload, file_system, rig.format(file_system)?)?;
        let (shop, tape) = (scene.stand.shop(), scene.disk.tape());
        let inbox = shop.join("inbox");
        fs::create_dir(&inbox)?;
        File::open(&shop)?.sync_all()?;
        let mut feeder = Feeder::new(&inbox, workload, tape, seed);
        feeder.deliver_until(workload.deliveries.len() / 2)?;
        scene.record(feeder, file_system, seed)
    }

    /// Runs the daemon on what a power cut left of an earlier run. `None`: some file was torn by the cut, or there was nothing to do.
    pub(super) fn after(
        rig: &Rig,
        means: &Means,
        workload: &Workload,
        (earlier, image): (&Recording, &Image),
        seed: u64,
    ) -> io::Result<Option<Self>> {
        let content = image.content(earlier, &mut (0, earlier.base.clone()));
        let length = image.length(earlier);
        rig.boot(seed)?;
        forget(earlier.file_system);
        let scene = Scene::new(rig, means, workload, earlier.file_system, content)?;
        let shop = scene.stand.shop();
        let found = tidy(&shop, workload, |name| earlier.had_delivered(name, length))?;
        if !found.torn.is_empty() {
            return Ok(None);
        }
        // What the file system has given back is on the disk, whoever had synced it.
        let names = workload.deliveries.iter().map(|delivery| &delivery.name);
        let kept = names.filter(|name| earlier.had_delivered(name, length) || found.names.contains(*name));
        let known: Vec<Delivered> = kept.map(|name| Delivered { name: name.clone(), position: 0 }).collect();
        let nothing = Workload { deliveries: Vec::new(), ..*workload };
        let feeder = Feeder::new(&shop.join("inbox"), &nothing, scene.disk.tape(), seed);
        let mut recording = scene.record(feeder, earlier.file_system, seed)?;
        recording.delivered = known;
        let before = earlier.taken.iter().filter(|taken| taken.position <= length).cloned();
        let before: Vec<Taken> = before.map(|taken| Taken { position: 0, ..taken }).collect();
        // A cut may show the consumer once more what it had, the very same.
        let is_new = |taken: &Taken| !before.iter().any(|had| had.name == taken.name && had.content == taken.content);
        recording.taken.retain(is_new);
        recording.taken.extend(before);
        Ok((recording.flushes().last() > Some(&recording.begin)).then_some(recording))
    }

    /// Was this file delivered and durable when the tape had this length?
    pub(super) fn had_delivered(&self, name: &[u8], length: usize) -> bool {
        self.delivered.iter().any(|known| known.name == name && known.position <= length)
    }

    /// The places of all flushes among the events.
    pub(super) fn flushes(&self) -> Vec<usize> {
        let flushes = self.events.iter().enumerate().filter(|(_, event)| matches!(event, Event::Flush));
        flushes.map(|(place, _)| place).collect()
    }

    /// Keeps it: a line of JSON, then the pages of the base and the data of all writes, end to end.
    pub(super) fn save(&self, path: &Path) -> io::Result<()> {
        let events: Vec<Value> = self.events.iter().map(event_to_json).collect();
        let header = json!({
            "file_system": self.file_system.name(),
            "seed": self.seed,
            "begin": self.begin,
            "bytes": self.base.bytes,
            "pages": self.base.each().map(|(offset, _)| offset).collect::<Vec<_>>(),
            "events": events,
            "delivered": self.delivered.iter().map(|known| json!([known.name, known.position])).collect::<Vec<_>>(),
            "taken": self.taken.iter().map(|known| json!([known.name, known.position, known.content])).collect::<Vec<_>>(),
        });
        let mut file = BufWriter::new(File::create(path)?);
        writeln!(file, "{header}")?;
        self.base.each().try_for_each(|(_, page)| file.write_all(page))?;
        for event in &self.events {
            if let Event::Write { data, .. } = event {
                file.write_all(data)?;
            }
        }
        file.flush()
    }

    /// Reads one that was kept.
    pub(super) fn load(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        let mut header = String::new();
        file.read_line(&mut header)?;
        let header: Value = serde_json::from_str(&header)?;
        let file_system = FileSystem::from_str(&text(&header["file_system"])?, true).map_err(io::Error::other)?;
        let mut base = Pages::new(number(&header["bytes"])?);
        for offset in list(&header["pages"])? {
            let mut page = [0; PAGE_BYTES];
            file.read_exact(&mut page)?;
            base.write(number(offset)?, &page);
        }
        let events = list(&header["events"])?.iter().map(|event| event_from_json(event, &mut file));
        let events = events.collect::<io::Result<_>>()?;
        let known = |known: &Value| Ok(Delivered { name: bytes(&known[0])?, position: number(&known[1])? as usize });
        let delivered = list(&header["delivered"])?.iter().map(known).collect::<io::Result<_>>()?;
        let known = |known: &Value| {
            let (name, content) = (bytes(&known[0])?, bytes(&known[2])?);
            Ok(Taken { name, content, position: number(&known[1])? as usize })
        };
        let taken = list(&header["taken"])?.iter().map(known).collect::<io::Result<_>>()?;
        let (seed, begin) = (number(&header["seed"])?, number(&header["begin"])? as usize);
        Ok(Recording { file_system, seed, base, events, begin, delivered, taken, stuck: None })
    }
}

impl Scene {
    fn new(rig: &Rig, means: &Means, workload: &Workload, file_system: FileSystem, base: Pages) -> io::Result<Self> {
        let disk = Disk::mount(base.clone(), &rig.mount_point()?)?;
        let stand = Stand::empty(means, workload)?;
        let mounted = Mounted::new(file_system, &disk.file(), &stand.shop())?;
        Ok(Scene { mounted, stand, disk, base })
    }

    /// Has the feeder deliver what it has left, the consumer take what it sees, and the daemon run, and be killed if the seed says so.
    fn record(self, mut feeder: Feeder<'_>, file_system: FileSystem, seed: u64) -> io::Result<Recording> {
        let Scene { mounted, stand, disk, base } = self;
        let tape = disk.tape();
        let begin = tape.length();
        let (fed, over) = (AtomicBool::new(false), AtomicBool::new(false));
        let (taken, ended) = thread::scope(|scope| {
            let feeding = scope.spawn(|| {
                let done = feeder.deliver_rest();
                fed.store(true, Ordering::Release);
                done
            });
            let consuming = scope.spawn(|| consume(&stand.shop(), &tape, seed, &over));
            let ran = if seed.is_multiple_of(2) { kill(&stand, &tape, &fed, seed) } else { drain(&stand, &fed) };
            over.store(true, Ordering::Release);
            let taken = consuming.join().map_err(|_| io::Error::other("the consumer panicked"))?;
            feeding.join().map_err(|_| io::Error::other("the feeder panicked"))??;
            Ok::<_, io::Error>((taken?, ran?))
        })?;
        let events = tape.events();
        drop(mounted);
        let stuck = ended.map(|status| (format!("while recorded, the daemon ended with {status}"), stand.log()));
        Ok(Recording { file_system, seed, base, events, begin, delivered: feeder.delivered, taken, stuck })
    }
}

/// Runs it until everything was delivered and done, or until it ends as it should not.
fn drain(stand: &Stand, fed: &AtomicBool) -> io::Result<Option<ExitStatus>> {
    loop {
        let last = fed.load(Ordering::Acquire);
        let end = stand.run()?;
        if last || !end.status.success() {
            return Ok((!end.status.success()).then_some(end.status));
        }
    }
}

/// Kills it some time after each start, unless it ends by itself, as it should not.
fn kill(stand: &Stand, tape: &Tape, fed: &AtomicBool, seed: u64) -> io::Result<Option<ExitStatus>> {
    let mut random = Random::of(seed, &[3]);
    for _ in 0..=KILLS {
        let until = tape.length() + random.below(KILL_EVENTS);
        let mut child = stand.spawn(Mode::Serve)?;
        let (begin, mut changed, mut length) = (Instant::now(), Instant::now(), tape.length());
        while length < until && begin.elapsed() < PATIENCE {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            if fed.load(Ordering::Acquire) && changed.elapsed() > IDLE {
                break;
            }
            if tape.length() != length {
                (changed, length) = (Instant::now(), tape.length());
            }
            thread::sleep(POLL);
        }
        child.kill()?;
        child.wait()?;
    }
    Ok(None)
}

/// The data of a write is elsewhere.
fn event_to_json(event: &Event) -> Value {
    match event {
        Event::Write { offset, data } => json!([offset, data.len()]),
        Event::Flush => Value::Null,
    }
}

fn event_from_json(event: &Value, data_of_all: &mut impl io::Read) -> io::Result<Event> {
    if event.is_null() {
        return Ok(Event::Flush);
    }
    let mut data = vec![0; number(&event[1])? as usize];
    data_of_all.read_exact(&mut data)?;
    Ok(Event::Write { offset: number(&event[0])?, data })
}

fn list(value: &Value) -> io::Result<&Vec<Value>> {
    value.as_array().ok_or_else(|| misfit(value))
}

fn number(value: &Value) -> io::Result<u64> {
    value.as_u64().ok_or_else(|| misfit(value))
}

fn text(value: &Value) -> io::Result<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| misfit(value))
}

fn bytes(value: &Value) -> io::Result<Vec<u8>> {
    list(value)?.iter().map(|byte| number(byte).map(|byte| byte as u8)).collect()
}

fn misfit(value: &Value) -> io::Error {
    io::Error::other(format!("no recording of ours: {value}"))
}
