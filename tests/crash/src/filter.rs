//! Has the kernel stop a child at chosen system calls: a seccomp filter that says "ask the tracer", put in place between fork and
//! exec. All unsafe code of the harness is here; it never decides what happens at a stop.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use nix::sys::ptrace;

/// `AUDIT_ARCH_X86_64`, which the libc crate does not name.
const ARCHITECTURE: u32 = 0xC000_003E;
/// Where the kernel puts the call's number and the architecture for the filter.
const NUMBER_OFFSET: u32 = 0;
const ARCHITECTURE_OFFSET: u32 = 4;

/// Makes the child of `command` stop at these calls and be traced by the thread that starts it.
pub fn stop_at(command: &mut Command, numbers: &[u64]) {
    let program = program(numbers);
    // SAFETY: between fork and exec only calls that are safe there are made: prctl and ptrace are plain system calls. Nothing is
    // allocated; the program was made before.
    #[expect(unsafe_code, reason = "there is no safe way to run code between fork and exec")]
    unsafe {
        command.pre_exec(move || {
            ptrace::traceme()?;
            install(&program)
        });
    }
}

fn install(program: &[libc::sock_filter]) -> io::Result<()> {
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_ptr().cast_mut() };
    // SAFETY: the first takes integers only. The second reads `program`, which outlives the call, and copies it.
    #[expect(unsafe_code, reason = "no crate at hand installs a filter that asks the tracer")]
    let done = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) == 0
    };
    if done { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Load the architecture, let others pass; load the number; for each wanted one, ask the tracer; let the rest pass.
fn program(numbers: &[u64]) -> Vec<libc::sock_filter> {
    let load = |offset| statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset);
    let answer = |verdict| statement(libc::BPF_RET | libc::BPF_K, verdict);
    let mut program = vec![
        load(ARCHITECTURE_OFFSET),
        unless_equal_skip_one(ARCHITECTURE, true),
        answer(libc::SECCOMP_RET_ALLOW),
        load(NUMBER_OFFSET),
    ];
    for &number in numbers {
        program.push(unless_equal_skip_one(number as u32, false));
        program.push(answer(libc::SECCOMP_RET_TRACE));
    }
    program.push(answer(libc::SECCOMP_RET_ALLOW));
    program
}

fn statement(code: u32, k: u32) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt: 0, jf: 0, k }
}

/// Skips the next statement unless the loaded value equals `k`; `inverted`: if it does.
fn unless_equal_skip_one(k: u32, inverted: bool) -> libc::sock_filter {
    let code = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    libc::sock_filter { code, jt: u8::from(inverted), jf: u8::from(!inverted), k }
}
