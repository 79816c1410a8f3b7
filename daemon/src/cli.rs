//! The command line: one file per command. Prints for people and scripts; does nothing that the library does not do.
#![allow(clippy::print_stderr, reason = "this is where people are talked to")]

pub mod arguments;
mod check;
mod demo;
mod page;
mod progress;
mod run;
mod try_files;

use std::fmt::Display;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use arguments::{Arguments, Command};

use crate::config::{self, Config, ConfigErrors, Options};
use crate::lifecycle::{RunError, StartError};

/// An input file cannot be read (sysexits: EX_NOINPUT).
const EXIT_NO_INPUT: u8 = 66;
/// Every file was refused (sysexits: EX_DATAERR).
const EXIT_DATA: u8 = 65;

/// Does what was typed.
pub fn run(arguments: Arguments) -> ExitCode {
    let file = arguments.config;
    match arguments.command {
        Command::Run(command) => run::run(file, command),
        Command::Demo(command) => demo::run(file, command),
        Command::Try(command) => try_files::run(file, &command),
        Command::Check(command) => check::run(file, &command),
    }
}

/// Writes a line to stdout. A reader that has seen enough, such as `head`, is no error.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Reads the configuration as the options say.
fn load(file: Option<PathBuf>, shop: Option<PathBuf>) -> Result<Config, ConfigErrors> {
    // A value that is not UTF-8 becomes a visible error rather than being passed over.
    let environment = std::env::vars_os()
        .map(|(key, value)| (key.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect();
    config::load(&Options { file, shop, environment })
}

/// Says on stderr what went wrong and gives the exit code for it.
fn fail(error: &RunError) -> ExitCode {
    for line in error.to_string().lines() {
        eprintln!("warraq: {line}");
    }
    if let RunError::Halt(halt) = error {
        eprintln!("warraq: {}", halt.advice());
    }
    ExitCode::from(error.exit_code())
}

fn fail_start(error: impl Into<StartError>) -> ExitCode {
    fail(&RunError::Start(error.into()))
}

/// A runtime for the journey: workers for plugins are threads of their own, so two are plenty.
fn runtime() -> Result<tokio::runtime::Runtime, std::io::Error> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
