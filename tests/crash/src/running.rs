//! A daemon that runs beside us: started, sent signals, killed, and looked at from outside. Never reads its folders.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// One process. Killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    log: PathBuf,
    log_from: u64,
    began: Instant,
}

/// What the system says of a process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// Memory that is its own, in KiB: files that are mapped do not count, since the system takes them back as it
    /// likes.
    pub own_kibibytes: u64,
    /// All memory that is resident, in KiB.
    pub resident_kibibytes: u64,
    /// The most that has ever been resident, in KiB.
    pub peak_kibibytes: u64,
    /// Threads.
    pub threads: u64,
    /// Open file descriptors.
    pub descriptors: u64,
}

/// How often things are looked at while waiting.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// In the log, once the daemon takes files.
const READY: &str = "INFO ready version=";

impl Running {
    /// Starts a command whose stderr goes to the end of this log.
    pub fn start(command: &mut Command, log: PathBuf) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(&log)?;
        let log_from = file.metadata()?.len();
        command.arg0("warraq").env_clear().env("RUST_BACKTRACE", "1").env("NO_COLOR", "1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        let began = Instant::now();
        Ok(Running { child: command.spawn()?, log, log_from, began })
    }

    /// Time since it was started.
    pub fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How long it took from its start until it said that it is ready.
    pub fn ready(&mut self, patience: Duration) -> io::Result<Duration> {
        self.until(patience, "ready", |running| running.has_been_ready())
    }

    /// Has it said that it is ready?
    pub fn has_been_ready(&self) -> io::Result<bool> {
        Ok(self.said()?.contains(READY))
    }

    /// How long it took from its start until something was so. An error if it ended before or took longer.
    pub fn until(
        &mut self,
        patience: Duration,
        what: &str,
        mut is_so: impl FnMut(&mut Self) -> io::Result<bool>,
    ) -> io::Result<Duration> {
        loop {
            if is_so(self)? {
                return Ok(self.began.elapsed());
            }
            if let Some(status) = self.ended()? {
                return Err(io::Error::other(format!("the daemon ended, {status}; {}", self.said()?)));
            }
            if self.began.elapsed() > patience {
                return Err(io::Error::other(format!("not {what} after {patience:?}; {}", self.said()?)));
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// What it has said so far.
    pub fn said(&self) -> io::Result<String> {
        let mut file = File::open(&self.log)?;
        file.seek(SeekFrom::Start(self.log_from))?;
        let mut said = Vec::new();
        file.read_to_end(&mut said)?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    /// Sends it a signal. That it has ended meanwhile is no error.
    pub fn signal(&self, signal: Signal) {
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), signal);
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits for its end; `None` if it takes longer.
    pub fn wait(&mut self, patience: Duration) -> io::Result<Option<ExitStatus>> {
        let until = Instant::now() + patience;
        loop {
            match self.ended()? {
                Some(status) => return Ok(Some(status)),
                None if Instant::now() > until => return Ok(None),
                None => thread::sleep(LOOK_EVERY),
            }
        }
    }

    /// Kills it and waits until it is gone. Says whether it had not ended by itself before.
    pub fn kill(&mut self) -> io::Result<bool> {
        let _ = self.child.kill();
        Ok(self.child.wait()?.signal() == Some(libc::SIGKILL))
    }

    /// Asks it to stop and expects it to succeed.
    pub fn stop(&mut self, patience: Duration) -> io::Result<()> {
        self.signal(Signal::SIGTERM);
        match self.wait(patience)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(io::Error::other(format!("told to stop, it ended with {status}; {}", self.said()?))),
            None => Err(io::Error::other(format!("told to stop, it runs on after {patience:?}; {}", self.said()?))),
        }
    }

    /// What the system says of it; `None` if it has ended.
    pub fn sample(&self) -> Option<Sample> {
        Sample::of(self.child.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Sample {
    /// What the system says of a process; `None` if it has ended.
    pub fn of(pid: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let value = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line?.split_whitespace().next()?.parse().ok()
        };
        Some(Sample {
            own_kibibytes: value("RssAnon")?,
            resident_kibibytes: value("VmRSS")?,
            peak_kibibytes: value("VmHWM")?,
            threads: value("Threads")?,
            descriptors: fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count() as u64,
        })
    }
}
