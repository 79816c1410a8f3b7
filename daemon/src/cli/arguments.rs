//! What can be typed: every command, its options and their help. Data only.
//! It never acts on what was typed and never ends the process: clap would exit with 2, we owe 64.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueHint};

/// The exit code for a command line that makes no sense (sysexits: EX_USAGE).
pub const EXIT_USAGE: u8 = 64;

const EXIT_CODES: &str = "\
Exit codes:
  0   done
  64  the command line is wrong
  65  try: an article was refused
  66  try: a file cannot be read
  70  demo: it did not go as it should
  71  the system refuses a thread, a signal handler or the like
  73  a folder of the shop cannot be made or used
  74  reading or writing failed, or a plugin with on_failure = halt; what was accepted is resumed at start
  75  another instance holds the shop; try again later
  78  the configuration or a plugin is wrong

Configuration, later over earlier: built-in defaults, /etc/warraq/warraq.toml, conf.d/*.toml beside it,
WARRAQ__SECTION__KEY from the environment, options. RUST_LOG sets the log filter of one run.";

const RUN_EXAMPLES: &str = "\
Examples:
  warraq run                      as the service does, with /etc/warraq/warraq.toml
  warraq run --shop ~/shop        everything under one folder: inbox, outbox, quarantine, archive, spool
  warraq run --shop ~/shop --drain
                                  work off what is in the inbox now, then exit";

const DEMO_EXAMPLES: &str = "\
Examples:
  warraq demo
  warraq demo --keep /tmp/demo    afterwards: warraq run --shop /tmp/demo";

const TRY_EXAMPLES: &str = "\
Examples:
  warraq try article.txt
  warraq try *.txt --json | jq -r .summary.text
  warraq --config ./mine.toml try article.txt";

const CHECK_EXAMPLES: &str = "\
Examples:
  warraq check
  warraq --config ./new.toml check && sudo install ./new.toml /etc/warraq/warraq.toml";

/// Article files in, one JSON record per article out, nothing lost and nothing doubled
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(name = "warraq", version, after_help = EXIT_CODES, arg_required_else_help = true)]
#[command(infer_subcommands = false, disable_help_subcommand = true)]
pub struct Arguments {
    /// Read this file, and conf.d/*.toml beside it, instead of /etc/warraq/warraq.toml
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Watch the inbox and publish what arrives, until told to stop
    Run(Run),
    /// Show the whole journey with built-in sample articles, in a temporary folder
    Demo(Demo),
    /// Print what the chain makes of files; nothing is moved, stored or remembered
    Try(Try),
    /// Check the configuration and the plugins, and list everything that is wrong
    Check(Check),
}

/// `warraq run`
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = RUN_EXAMPLES)]
pub struct Run {
    /// Put every folder under DIR and read no file in /etc
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub shop: Option<PathBuf>,

    /// Exit when the inbox is empty and everything is decided; shows progress on a terminal
    #[arg(long)]
    pub drain: bool,
}

/// `warraq demo`
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = DEMO_EXAMPLES)]
pub struct Demo {
    /// Use DIR, which must be new or empty, and leave it there to look at
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub keep: Option<PathBuf>,
}

/// `warraq try`
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = TRY_EXAMPLES)]
pub struct Try {
    /// Files to read, each on its own: none is a duplicate of another
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,

    /// Print records, one JSON object a line, instead of a page for people
    #[arg(long)]
    pub json: bool,
}

/// `warraq check`
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub struct Check {
    /// Check what `run --shop DIR` would use
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub shop: Option<PathBuf>,

    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Reads the command line of this process. An "error" may also be the text of `--help` or `--version`: print it with its own
/// `print()` and leave with [`exit_code`].
pub fn parse() -> Result<Arguments, clap::Error> {
    Arguments::try_parse()
}

/// 0 for `--help` and `--version`, else [`EXIT_USAGE`].
pub fn exit_code(error: &clap::Error) -> u8 {
    if error.use_stderr() { EXIT_USAGE } else { 0 }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse_words(words: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(words.split(' '))
    }

    #[test]
    fn definitions_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn commands_are_understood() {
        for words in [
            "warraq run",
            "warraq run --shop /s --drain",
            "warraq --config c.toml run",
            "warraq run --config c.toml",
            "warraq demo --keep /tmp/demo",
            "warraq try a.txt b.txt --json",
            "warraq check --json --shop /s",
        ] {
            assert!(parse_words(words).is_ok(), "{words}");
        }
        let arguments = parse_words("warraq run --shop /s --config c.toml").unwrap();
        let run = Run { shop: Some("/s".into()), drain: false };
        assert_eq!(arguments, Arguments { config: Some("c.toml".into()), command: Command::Run(run) });
    }

    #[test]
    fn nonsense_is_64_and_help_is_0() {
        for words in
            ["warraq", "warraq fly", "warraq run --shop", "warraq try", "warraq run extra", "warraq run --drian"]
        {
            assert_eq!(exit_code(&parse_words(words).unwrap_err()), EXIT_USAGE, "{words}");
        }
        for words in ["warraq --help", "warraq -h", "warraq --version", "warraq run --help"] {
            assert_eq!(exit_code(&parse_words(words).unwrap_err()), 0, "{words}");
        }
    }

    #[test]
    fn help_fits_a_terminal_and_names_every_exit_code() {
        let mut command = Arguments::command();
        let help = command.render_long_help().to_string();
        for code in ["0 ", "64", "65", "66", "70", "71", "73", "74", "75", "78"] {
            assert!(help.contains(&format!("\n  {code}")), "{code}: {help}");
        }
        for subcommand in command.get_subcommands_mut() {
            assert!(subcommand.get_about().is_some());
            for line in help.lines().chain(subcommand.render_long_help().to_string().lines()) {
                assert!(line.chars().count() <= 110, "{line}");
            }
        }
    }
}
