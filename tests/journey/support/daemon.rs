//! One run of the binary: its process, its exit code and what it said. Ends the process when dropped.

use std::cell::RefCell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal, kill_process};

use super::wait_until;

/// Plugins say that they are ready, too; only the daemon's line goes on like this.
const READY: &str = " ready version=";

/// A process that may still run.
pub(crate) struct Daemon {
    child: RefCell<Child>,
    output: PathBuf,
    log: PathBuf,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it printed.
    pub(crate) output: String,
    /// What it said on stderr.
    pub(crate) log: String,
}

impl Daemon {
    pub(super) fn spawn(mut command: Command, folder: &Path) -> Self {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        let (output, log) = (folder.join(format!("output-{run}")), folder.join(format!("log-{run}")));
        command.stdin(Stdio::null()).stdout(File::create(&output).unwrap()).stderr(File::create(&log).unwrap());
        Daemon { child: RefCell::new(command.spawn().unwrap()), output, log }
    }

    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.borrow().id()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.ended().is_none()
    }

    /// Waits until `condition` holds; the process must not end meanwhile.
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let look = || {
            condition() || {
                assert!(self.is_running(), "ended before: {what}\n{}", self.log());
                false
            }
        };
        wait_until(what, look, || self.log());
    }

    /// Waits until it has begun to work so many times: once at its start, once after each reload.
    #[track_caller]
    pub(crate) fn wait_until_ready(&self, times: usize) {
        self.wait_for_logs(READY, times);
    }

    pub(crate) fn times_ready(&self) -> usize {
        self.log().matches(READY).count()
    }

    /// Waits until the log holds this text.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, text: &str) {
        self.wait_for_logs(text, 1);
    }

    /// Waits until the log holds this text so many times.
    #[track_caller]
    pub(crate) fn wait_for_logs(&self, text: &str, times: usize) {
        self.wait_until(&format!("{times} × `{text}` in the log"), || self.log().matches(text).count() >= times);
    }

    pub(crate) fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Asks it to stop and waits; it must succeed.
    #[track_caller]
    pub(crate) fn stop(self) -> Finished {
        self.terminate();
        let finished = self.finish();
        assert_eq!(finished.code, Some(0), "{}", finished.log);
        finished
    }

    /// Ends it without a word.
    pub(crate) fn kill(self) -> Finished {
        self.signal(Signal::KILL);
        self.finish()
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn finish(self) -> Finished {
        wait_until("the end of the process", || !self.is_running(), || self.log());
        let status = self.ended().unwrap();
        let output = String::from_utf8_lossy(&fs::read(&self.output).unwrap()).into_owned();
        Finished { code: status.code(), output, log: self.log() }
    }

    fn signal(&self, signal: Signal) {
        // Until `wait` has returned, the number belongs to our child and nobody else.
        if self.is_running() {
            let _ = kill_process(Pid::from_child(&self.child.borrow()), signal);
        }
    }

    fn ended(&self) -> Option<ExitStatus> {
        self.child.borrow_mut().try_wait().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let child = self.child.get_mut();
        let _ = child.kill();
        let _ = child.wait();
    }
}
