//! More files at once than the event queue holds.

use std::io;

use clap::Args;

use crate::stand::Means;

/// What may be asked of it.
#[derive(Clone, Debug, Args)]
pub struct Arguments {}

/// Says whether all was well.
pub fn run(_means: &Means, _own: &Arguments) -> io::Result<bool> {
    Err(io::Error::other("not there yet"))
}
