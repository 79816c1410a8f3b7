//! Drops files in every way there is, at some pace, and writes each down before. Waits when the inbox is long or the
//! disk is full. It never looks at what becomes of them.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::{SETTLE, Soak, mix};
use crate::census::Parcel;
use crate::check::Sort;
use crate::random::Random;

/// How much may lie in the inbox before the feeder waits.
const BACKLOG_MAX: usize = 1_500;
/// How many files are being written slowly at a time.
const WRITERS_MAX: usize = 12;
const BURST: usize = 300;
/// How long to wait when there is no room.
const PAUSE: Duration = Duration::from_millis(100);
/// Longest pause between closing a file and opening it again to go on. Much shorter than `SETTLE`, for we may be late.
const REOPENED_AFTER_MILLISECONDS: usize = 400;

/// Who drops files.
pub(super) struct Feeder<'a> {
    soak: &'a Soak<'a>,
    random: Random,
    writers: Vec<Writer>,
    mix: mix::Mix,
    files: u64,
}

/// A file that is being written where everybody can see it.
struct Writer {
    name: Vec<u8>,
    path: PathBuf,
    content: Vec<u8>,
    written: usize,
    /// `None` while it is closed and not yet complete.
    file: Option<File>,
    closed: Instant,
    next: Instant,
    /// How many bytes at a time.
    piece: usize,
    /// Is to be closed in between, once.
    to_close: bool,
}

/// How a file comes into the inbox.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Moved in from elsewhere.
    Moved,
    /// Written under its name, in one go or slowly.
    Written { slowly: bool },
    /// Written in two parts, and closed in between.
    Reopened,
    /// Written under a name that says so, and then renamed.
    Part,
}

impl<'a> Feeder<'a> {
    pub(super) fn new(soak: &'a Soak<'a>) -> Self {
        let random = Random::of(soak.seed, &[1]);
        Feeder { soak, random, writers: Vec::new(), mix: mix::Mix::new(soak.seed, soak.whole()), files: 0 }
    }

    /// Until it is told to end; what was begun is finished.
    pub(super) fn run(mut self) -> io::Result<()> {
        fs::create_dir_all(self.soak.site.shop().join("next"))?;
        let mut due = Instant::now();
        while !self.soak.is_over() {
            if fs::read_dir(self.soak.site.inbox())?.count() > BACKLOG_MAX {
                self.write_on()?;
                thread::sleep(PAUSE);
                due = Instant::now();
                continue;
            }
            let files = if self.random.below(2_000) == 0 { BURST } else { 1 };
            for _ in 0..files {
                let way = if files > 1 { Way::Moved } else { self.way() };
                self.drop_file(way)?;
            }
            due += Duration::from_secs(files as u64) / self.soak.arguments.pace;
            self.write_on()?;
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        while !self.writers.is_empty() {
            self.write_on()?;
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn way(&mut self) -> Way {
        match self.random.below(100) {
            0..50 => Way::Moved,
            50..65 => Way::Written { slowly: false },
            65..75 => Way::Part,
            _ if self.writers.len() >= WRITERS_MAX => Way::Moved,
            75..82 => Way::Reopened,
            _ => Way::Written { slowly: true },
        }
    }

    fn drop_file(&mut self, way: Way) -> io::Result<()> {
        self.files += 1;
        let parcel = self.mix.parcel(self.files, self.soak.is_calm());
        self.soak.books()?.enter(&parcel)?;
        let inbox = self.soak.site.inbox();
        let path = inbox.join(file_name(&parcel.name));
        match way {
            Way::Moved => self.bring(&self.soak.site.shop().join("next/file"), &path, &parcel),
            Way::Part => self.bring(&inbox.join(format!("{}.part", self.files)), &path, &parcel),
            Way::Written { slowly } => self.begin(path, &parcel, slowly, false),
            Way::Reopened => self.begin(path, &parcel, true, true),
        }
    }

    /// Writes a whole file elsewhere and renames it.
    fn bring(&self, from: &Path, to: &Path, parcel: &Parcel) -> io::Result<()> {
        let content = parcel.content();
        when_there_is_room(|| fs::write(from, &content))?;
        when_there_is_room(|| fs::rename(from, to))
    }

    fn begin(&mut self, path: PathBuf, parcel: &Parcel, slowly: bool, to_close: bool) -> io::Result<()> {
        let content = parcel.content();
        let pieces = if slowly { 2 + self.random.below(5) } else { 1 };
        let writer = Writer {
            file: Some(when_there_is_room(|| File::create_new(&path))?),
            name: parcel.name.clone(),
            path,
            written: 0,
            closed: Instant::now(),
            next: Instant::now(),
            piece: content.len() / pieces + 1,
            to_close,
            content,
        };
        self.writers.push(writer);
        Ok(())
    }

    /// Goes on with every file whose time it is.
    fn write_on(&mut self) -> io::Result<()> {
        for mut writer in std::mem::take(&mut self.writers) {
            if writer.next > Instant::now() {
                self.writers.push(writer);
                continue;
            }
            if writer.file.is_none() && !self.reopen(&mut writer)? {
                continue;
            }
            match writer.write() {
                Ok(()) => {}
                Err(error) if is_full(&error) => {}
                Err(error) => return Err(error),
            }
            if writer.written == writer.content.len() {
                continue;
            }
            let pause = if std::mem::take(&mut writer.to_close) {
                writer.file = None;
                writer.closed = Instant::now();
                REOPENED_AFTER_MILLISECONDS
            } else {
                700
            };
            writer.next = Instant::now() + self.random.pause(pause);
            self.writers.push(writer);
        }
        Ok(())
    }

    /// `false` if the file is no longer ours to write.
    fn reopen(&self, writer: &mut Writer) -> io::Result<bool> {
        match File::options().append(true).open(&writer.path) {
            Ok(file)
                if fs::metadata(&writer.path)
                    .is_ok_and(|there| file.metadata().is_ok_and(|ours| ours.ino() == there.ino())) =>
            {
                writer.file = Some(file);
                return Ok(true);
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let (pause, name) = (writer.closed.elapsed(), writer.name.escape_ascii());
        if pause < SETTLE {
            let text = format!("{name} was taken when its writer had paused for {pause:?}");
            self.soak.books()?.defect(Sort::Wrong, &text)?;
        }
        self.soak.books()?.void(&writer.name)?;
        Ok(false)
    }
}

impl Writer {
    fn write(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let until = self.content.len().min(self.written + self.piece);
        while self.written < until {
            self.written += file.write(&self.content[self.written..until])?;
        }
        Ok(())
    }
}

fn when_there_is_room<T>(mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match work() {
            Err(error) if is_full(&error) => thread::sleep(PAUSE),
            done => return done,
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::StorageFull
}

fn file_name(name: &[u8]) -> std::ffi::OsString {
    std::ffi::OsString::from_vec(name.to_vec())
}
