//! Power loss on real file systems.

use std::io;

use clap::Args;

use crate::stand::Means;

/// What may be asked of it.
#[derive(Clone, Debug, Args)]
pub struct Arguments {}

/// Says whether all was well.
pub fn run(_means: &Means, _seed: u64, _own: &Arguments) -> io::Result<bool> {
    Err(io::Error::other("not there yet"))
}
