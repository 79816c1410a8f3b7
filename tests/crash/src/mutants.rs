//! Changes of the protocol for the worse, each of which must be found.

use std::io;

use clap::Args;

/// What may be asked of it.
#[derive(Clone, Debug, Args)]
pub struct Arguments {}

/// Says whether all was well.
pub fn run(_own: &Arguments) -> io::Result<bool> {
    Err(io::Error::other("not there yet"))
}
