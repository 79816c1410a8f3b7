//! `warraq run`: the daemon, or with `--drain` one pass over the inbox.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use super::arguments::Run;
use super::{fail, fail_start, load, progress, runtime};
use crate::books::Tally;
use crate::lifecycle;
use crate::telemetry;

pub(super) fn run(file: Option<PathBuf>, command: Run) -> ExitCode {
    let config = match load(file.clone(), command.shop.clone()) {
        Ok(config) => config,
        Err(errors) => return fail_start(errors),
    };
    if let Err(error) = telemetry::start(&config.log) {
        return fail_start(std::io::Error::other(error));
    }
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return fail_start(error),
    };
    let tally = Arc::new(Tally::default());
    let progress = command.drain.then(|| progress::show(&config.inboxes, &tally));
    let run = lifecycle::Run {
        config,
        reload: Box::new(move || load(file.clone(), command.shop.clone())),
        drain: command.drain,
        tally: Arc::clone(&tally),
    };
    let end = runtime.block_on(lifecycle::run(run));
    drop(progress);
    // A worker may be stuck in a plugin; what it holds stays claimed.
    runtime.shutdown_background();
    match end {
        Ok(()) => {
            tracing::info!(%tally, "stopped");
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error),
    }
}
