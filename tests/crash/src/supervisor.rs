//! Runs a child to its end and has somebody decide at every stop: go on, fail the call, shorten it, or kill the process.
//! Calls are counted over all threads in the order in which they stop. It never knows what the child is for.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc::user_regs_struct;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};

use crate::calls::{BLIND, KINDS, Kind, Subject, by_number};
use crate::filter;

/// A call that is about to be made, on a file in the watched folder.
#[derive(Debug)]
pub struct Call {
    /// Its kind.
    pub kind: &'static Kind,
    /// The file, relative to the watched folder; empty for the folder itself.
    pub file: PathBuf,
    /// Does it change the file, or make it durable?
    pub matters: bool,
}

/// What is done at a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The call is made.
    Go,
    /// The call is not made; the caller is told this error.
    Fail(Errno),
    /// The call is made with half its length.
    Shorten,
    /// The process is killed; the call is not made.
    Kill,
    /// The process is sent this signal; the call is made.
    Send(rustix::process::Signal),
}

/// How the child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Its status.
    pub status: ExitStatus,
    /// It took too long, and we killed it.
    pub hung: bool,
}

/// How long a child may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Then it is killed.
    pub whole: Duration,
    /// It is asked to end, by SIGTERM, when it has changed nothing for so long; `None`: it ends by itself.
    pub idle: Option<Duration>,
}

/// The longest path that is read from the child, in bytes.
const PATH_BYTES_MAX: usize = 4096;

/// Starts `command`, asks `decide` at each call on a file under `folder`, and waits for the end. `looks`: ask also at calls that
/// only look.
pub fn supervise(
    mut command: Command,
    folder: &Path,
    looks: bool,
    patience: Patience,
    mut decide: impl FnMut(&Call) -> Act,
) -> io::Result<End> {
    filter::stop_at(&mut command, &numbers(looks));
    let child = command.spawn()?;
    let leader = Pid::from_raw(child.id() as i32);
    let handle = pidfd_open(rustix::process::Pid::from_child(&child), PidfdFlags::empty())?;
    match waitpid(leader, Some(WaitPidFlag::__WALL))? {
        WaitStatus::Stopped(..) => {}
        other => return Err(io::Error::other(format!("not traced: {other:?}"))),
    }
    let options = Options::PTRACE_O_EXITKILL
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACESECCOMP;
    ptrace::setoptions(leader, options)?;
    ptrace::cont(leader, None)?;
    let (changes, watched_changes) = mpsc::channel();
    let watched = &handle;
    thread::scope(|scope| {
        // The handle stays that of our child even if its number were given to another process.
        let watch = scope.spawn(move || watch(watched, patience, &watched_changes));
        let status = follow(leader, watched, folder, looks, &mut |call| {
            if call.matters {
                // Nobody listens any more once the child has been given up.
                let _ = changes.send(());
            }
            decide(call)
        });
        drop(changes);
        let hung = watch.join().unwrap_or(false);
        Ok(End { status: status?, hung })
    })
}

/// May this process trace its children? The text says why not.
pub fn is_permitted() -> Result<(), String> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return Err("the supervisor knows the registers of x86_64 Linux only".to_owned());
    }
    let (here, patience) = (Path::new("/"), Patience { whole: Duration::from_secs(10), idle: None });
    match supervise(Command::new("/bin/true"), here, false, patience, |_| Act::Go) {
        Ok(end) if end.status.success() => Ok(()),
        Ok(end) => Err(format!("a traced /bin/true ended with {}", end.status)),
        Err(error) => Err(format!("ptrace with a seccomp filter: {error}")),
    }
}

fn numbers(looks: bool) -> Vec<u64> {
    let kinds = KINDS.iter().filter(|kind| looks || !kind.only_looks()).map(|kind| kind.number);
    kinds.chain(BLIND.iter().map(|(_, number)| *number)).collect()
}

/// Waits for the end of the child, which is the end of the changes. Asks it to end when it is idle; kills it when all that takes
/// too long, and says so.
fn watch(handle: &OwnedFd, patience: Patience, changes: &mpsc::Receiver<()>) -> bool {
    let deadline = Instant::now() + patience.whole;
    let mut idle = patience.idle;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match changes.recv_timeout(idle.unwrap_or(left).min(left)) {
            Ok(()) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return false,
            Err(mpsc::RecvTimeoutError::Timeout) if Instant::now() >= deadline => {
                return pidfd_send_signal(handle, rustix::process::Signal::KILL).is_ok();
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                idle = None;
                let _ = pidfd_send_signal(handle, rustix::process::Signal::TERM);
            }
        }
    }
}

fn follow(
    leader: Pid,
    handle: &OwnedFd,
    folder: &Path,
    looks: bool,
    decide: &mut dyn FnMut(&Call) -> Act,
) -> io::Result<ExitStatus> {
    let mut known = vec![leader];
    loop {
        // Only children of this thread: others may supervise theirs.
        let status = match waitpid(None, Some(WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD)) {
            Err(Errno::EINTR) => continue,
            status => status?,
        };
        match status {
            WaitStatus::Exited(thread, code) if thread == leader => return Ok(ExitStatus::from_raw(code << 8)),
            WaitStatus::Signaled(thread, signal, _) if thread == leader => {
                return Ok(ExitStatus::from_raw(signal as i32));
            }
            WaitStatus::PtraceEvent(thread, _, event) => {
                if event == libc::PTRACE_EVENT_SECCOMP {
                    at_call(thread, handle, folder, looks, decide)?;
                }
                go_on(thread, None)?;
            }
            WaitStatus::Stopped(thread, signal) => {
                // A new thread begins with a SIGSTOP of the tracing itself.
                let first = signal == Signal::SIGSTOP && !known.contains(&thread);
                if first {
                    known.push(thread);
                }
                go_on(thread, (!first).then_some(signal))?;
            }
            _ => {}
        }
    }
}

/// A thread that was killed meanwhile is gone: its end is the next thing we hear of it.
fn go_on(thread: Pid, signal: Option<Signal>) -> io::Result<()> {
    match ptrace::cont(thread, signal) {
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn at_call(
    thread: Pid,
    handle: &OwnedFd,
    folder: &Path,
    looks: bool,
    decide: &mut dyn FnMut(&Call) -> Act,
) -> io::Result<()> {
    let mut registers = match ptrace::getregs(thread) {
        Err(Errno::ESRCH) => return Ok(()),
        registers => registers?,
    };
    if let Some((name, _)) = BLIND.iter().find(|(_, number)| *number == registers.orig_rax) {
        return Err(io::Error::other(format!("the child uses {name}, which this harness cannot see through")));
    }
    let arguments = [registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9];
    let Some(call) = call(thread, registers.orig_rax, &arguments, folder).filter(|call| looks || call.matters) else {
        return Ok(());
    };
    let act = decide(&call);
    match act {
        Act::Go => return Ok(()),
        Act::Kill => return Ok(pidfd_send_signal(handle, rustix::process::Signal::KILL)?),
        Act::Send(signal) => return Ok(pidfd_send_signal(handle, signal)?),
        Act::Fail(error) => fail(&mut registers, error),
        Act::Shorten => registers.rdx = (registers.rdx / 2).max(1),
    }
    match ptrace::setregs(thread, registers) {
        Err(Errno::ESRCH) => Ok(()),
        done => Ok(done?),
    }
}

/// Call number -1: the kernel makes no call and leaves the result register to us.
fn fail(registers: &mut user_regs_struct, error: Errno) {
    registers.orig_rax = u64::MAX;
    registers.rax = (-i64::from(error as i32)) as u64;
}

fn call(thread: Pid, number: u64, arguments: &[u64; 6], folder: &Path) -> Option<Call> {
    let kind = by_number(number)?;
    let path = match kind.subject {
        Subject::Path(path) => working_folder(thread)?.join(text(thread, arguments[path])?),
        Subject::At(directory) => {
            let path = text(thread, arguments[directory + 1])?;
            let base = match arguments[directory] as i32 {
                _ if path.is_absolute() => PathBuf::new(),
                libc::AT_FDCWD => working_folder(thread)?,
                descriptor => open_file(thread, descriptor)?,
            };
            if path.as_os_str().is_empty() { base } else { base.join(path) }
        }
        Subject::Descriptor(descriptor) => open_file(thread, arguments[descriptor] as i32)?,
    };
    let file = path.strip_prefix(folder).ok()?.to_owned();
    Some(Call { kind, file, matters: kind.matters(arguments) })
}

fn working_folder(thread: Pid) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{thread}/cwd")).ok()
}

fn open_file(thread: Pid, descriptor: i32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{thread}/fd/{descriptor}")).ok()
}

/// The NUL-terminated text at this address of the child.
fn text(thread: Pid, address: u64) -> Option<PathBuf> {
    let memory = fs::File::open(format!("/proc/{thread}/mem")).ok()?;
    let mut bytes = Vec::new();
    while bytes.len() < PATH_BYTES_MAX {
        // Never over the end of a page: the next may not be there.
        let at = address + bytes.len() as u64;
        let mut piece = vec![0; 256 - (at % 256) as usize];
        let read = memory.read_at(&mut piece, at).ok().filter(|read| *read > 0)?;
        if let Some(end) = piece[..read].iter().position(|&byte| byte == 0) {
            bytes.extend_from_slice(&piece[..end]);
            return Some(PathBuf::from(OsStr::from_bytes(&bytes)));
        }
        bytes.extend_from_slice(&piece[..read]);
    }
    None
}
