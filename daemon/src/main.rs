//! Arguments, then the command, then the exit code; nothing else.

use std::process::ExitCode;

use warraq::cli;

fn main() -> ExitCode {
    match cli::arguments::parse() {
        Ok(arguments) => cli::run(arguments),
        Err(error) => {
            // Help and version go to stdout and are no error; clap knows which is which.
            let _ = error.print();
            ExitCode::from(cli::arguments::exit_code(&error))
        }
    }
}
