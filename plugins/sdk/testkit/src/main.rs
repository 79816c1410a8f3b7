//! Examines plugins in shared objects, in whatever language they were written: `warraq-testkit FILE.so ...`.
//! Says what it found, one line each, and ends with 1 if that was anything, 2 if a file is no plugin.

use std::io::{Write, stdout};
use std::process::ExitCode;

use warraq_testkit::{Subject, examine};

fn main() -> ExitCode {
    let mut worst = 0;
    for file in std::env::args_os().skip(1) {
        let (code, lines) = match Subject::file(&file) {
            Ok(subject) => match examine(&subject, &[]) {
                found if found.is_empty() => (0, vec!["keeps the contract".to_owned()]),
                found => (1, found),
            },
            Err(fault) => (2, vec![fault]),
        };
        for line in lines {
            // Whoever closed the pipe does not want to know.
            let _ = writeln!(stdout(), "{}: {line}", file.display());
        }
        worst = worst.max(code);
    }
    ExitCode::from(worst)
}
