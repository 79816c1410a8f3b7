//! How long an article takes in a running daemon: alone, written in place, and one of a steady stream.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{EventKind, ModifyKind, RenameMode};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::figures::{Spread, percentiles, verdict};
use crate::place::Place;
use crate::shop::{Daemon, Means, Shop, article};

const VISIBLE_WITHIN: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two lone articles; a little is added each time, so that they do not fall in step with anything.
const ALONE: Duration = Duration::from_millis(150);
const EVERY: Duration = Duration::from_millis(50);
const STREAM: Duration = Duration::from_secs(30);
const SETTLE: Duration = Duration::from_secs(1);
const IN_PLACE_TIMES: usize = 20;

const SETTINGS: &str = "[[inbox]]\nsettle_seconds = 1\n";

/// Lone articles: moved in, and written in place.
pub fn lone(place: &Place, means: &Means, times: usize) {
    let shop = Shop::new(place, means, "lone", SETTINGS);
    let outbox = Outbox::watch(&shop);
    let moved: Vec<Duration> = (0..times)
        .map(|number| {
            thread::sleep(ALONE + Duration::from_millis((number * 37 % 100) as u64));
            let (name, sent) = move_in(&shop, number);
            outbox.next_named(&name) - sent
        })
        .collect();
    let written: Vec<Duration> = (times..times + IN_PLACE_TIMES)
        .map(|number| {
            let name = format!("written-{number}");
            fs::write(shop.inbox().join(format!("{name}.txt")), article(number)).unwrap();
            let sent = Instant::now();
            (outbox.next_named(&name) - sent).saturating_sub(SETTLE)
        })
        .collect();
    println!("lone: from the rename into the inbox until the record is visible, in a running daemon");
    say("moved in", &moved);
    say("written in place, beyond settle_seconds", &written);
    println!();
}

/// One file every 50 ms for half a minute.
pub fn steady(place: &Place, means: &Means) {
    let shop = Shop::new(place, means, "steady", SETTINGS);
    let outbox = Outbox::watch(&shop);
    let began = Instant::now();
    let count = (STREAM.as_millis() / EVERY.as_millis()) as usize;
    let mut sent = HashMap::new();
    for number in 0..count {
        thread::sleep((EVERY * number as u32).saturating_sub(began.elapsed()));
        let (name, at) = move_in(&shop, number);
        sent.insert(name, at);
    }
    let times: Vec<Duration> = (0..count)
        .map(|_| {
            let (name, seen) = outbox.next();
            seen - sent[&name]
        })
        .collect();
    println!("steady: one article every {} ms for {} s", EVERY.as_millis(), STREAM.as_secs());
    println!("  {}\n", percentiles(&times));
}

fn say(what: &str, times: &[Duration]) {
    let worst_of_most = Spread::of(times.iter().map(Duration::as_secs_f64)).percentile(99);
    let met = worst_of_most <= VISIBLE_WITHIN.as_secs_f64();
    println!("  {what}: {}; asked {} ms: {}", percentiles(times), VISIBLE_WITHIN.as_millis(), verdict(met));
}

fn move_in(shop: &Shop, number: usize) -> (String, Instant) {
    let name = format!("moved-{number}");
    let source = shop.source().join(&name);
    fs::write(&source, article(number)).unwrap();
    let sent = Instant::now();
    fs::rename(source, shop.inbox().join(format!("{name}.txt"))).unwrap();
    (name, sent)
}

/// A daemon at work, and what appears in its outbox.
struct Outbox {
    seen: Receiver<(String, Instant)>,
    _watcher: RecommendedWatcher,
    _daemon: Daemon,
}

impl Outbox {
    /// Starts the daemon and waits until a first article has gone through.
    fn watch(shop: &Shop) -> Self {
        let daemon = shop.start();
        let (see, seen) = mpsc::channel();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let (event, now) = (event.unwrap(), Instant::now());
            if event.kind == EventKind::Modify(ModifyKind::Name(RenameMode::To)) {
                let _ = see.send((stem(&event.paths[0]), now));
            }
        })
        .unwrap();
        watcher.watch(&shop.outbox(), RecursiveMode::NonRecursive).unwrap();
        let outbox = Outbox { seen, _watcher: watcher, _daemon: daemon };
        fs::write(shop.source().join("first"), article(0)).unwrap();
        fs::rename(shop.source().join("first"), shop.inbox().join("first.txt")).unwrap();
        outbox.next_named("first");
        outbox
    }

    fn next(&self) -> (String, Instant) {
        self.seen.recv_timeout(PATIENCE).expect("a record appears")
    }

    fn next_named(&self, name: &str) -> Instant {
        let (found, seen) = self.next();
        assert_eq!(found, name);
        seen
    }
}

/// `<stem>.<id>.json` without the rest.
fn stem(record: &Path) -> String {
    record.file_name().unwrap().to_str().unwrap().split('.').next().unwrap().to_owned()
}
