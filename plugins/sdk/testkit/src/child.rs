//! Runs a part of the examination in a child process, where no other test allocates, opens files or starts threads.
//!
//! A child of a process with many threads has only the one that made it; a lock that another thread held is never released there.
//! So it is made while no plugin is called and the kit's own locks are free; for other locks there is a time limit and another try.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::FromRawFd as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::{desk, guarded, instance};

/// A child that takes longer is stuck.
const CHILD_MAX: Duration = Duration::from_secs(30);

/// How often one is made before that counts.
const TRIES: usize = 3;

/// How often the parent looks whether the child is done.
const LOOK: Duration = Duration::from_millis(5);

/// What `run` found in a child; what became of the child is a finding too if it did not end well.
pub(crate) fn findings_in_child(run: impl Fn() -> Vec<String>) -> Vec<String> {
    for _ in 0..TRIES {
        if let Some(findings) = one_child(&run) {
            return findings;
        }
    }
    vec![format!("it did not come to an end within {CHILD_MAX:?}, {TRIES} times")]
}

/// `None` if the child got stuck.
fn one_child(run: &impl Fn() -> Vec<String>) -> Option<Vec<String>> {
    let mut ends = [0; 2];
    // SAFETY: the array has room for both ends.
    assert_eq!(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) }, 0, "no pipe to a child");
    // SAFETY: both were just opened and belong to nobody else.
    let (reader, mut writer) = unsafe { (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1])) };
    // SAFETY: the child runs `run` on its only thread and ends without returning from here.
    let child = instance::quiet(|| desk::quiet(|| guarded::quiet(|| unsafe { libc::fork() })));
    assert!(child >= 0, "no child process");
    if child == 0 {
        let findings = catch_unwind(AssertUnwindSafe(run));
        let findings = findings.unwrap_or_else(|_| vec!["the examination itself panicked".to_owned()]);
        let _ = writer.write_all(findings.join("\n").as_bytes());
        // SAFETY: ends the process at once; nothing of the parent's is run or flushed twice.
        unsafe { libc::_exit(0) };
    }
    drop(writer);
    let status = wait(child)?;
    let mut text = String::new();
    // What the child wrote waits in the pipe; it is far less than a pipe holds.
    let _ = { reader }.read_to_string(&mut text);
    let mut findings: Vec<String> = text.lines().map(str::to_owned).collect();
    if libc::WIFSIGNALED(status) {
        findings.push(format!("it ended the process with signal {}", libc::WTERMSIG(status)));
    } else if libc::WEXITSTATUS(status) != 0 {
        findings.push(format!("it ended the process with code {}", libc::WEXITSTATUS(status)));
    }
    Some(findings)
}

/// The child's status; a child that is stuck is ended.
fn wait(child: libc::pid_t) -> Option<i32> {
    let began = Instant::now();
    let mut status = 0;
    // SAFETY: the child is ours, and the status is ours to be written.
    while unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } == 0 {
        if began.elapsed() > CHILD_MAX {
            // SAFETY: the child is ours and has not been waited for, so its number is still its own.
            unsafe {
                libc::kill(child, libc::SIGKILL);
                libc::waitpid(child, &raw mut status, 0);
            }
            return None;
        }
        std::thread::sleep(LOOK);
    }
    Some(status)
}
