//! `warraq check`: configuration and plugins, everything that is wrong at once. Touches no folder and no article.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use super::arguments::Check;
use super::{load, say};
use crate::chain::Chain;
use crate::lifecycle::{NoNotes, RunError, StartError};
use crate::plugin::Plugin;

pub(super) fn run(file: Option<PathBuf>, command: &Check) -> ExitCode {
    let checked = load(file, command.shop.clone())
        .map_err(StartError::from)
        .and_then(|config| Chain::load(&config, Arc::new(NoNotes), 0).map_err(StartError::Chain));
    match checked {
        Ok(chain) if command.json => {
            let plugins: Vec<_> = chain.plugins().map(described).collect();
            say(serde_json::json!({ "ok": true, "plugins": plugins, "problems": [] }));
            ExitCode::SUCCESS
        }
        Ok(chain) => {
            say("configuration is valid; the chain:");
            for (index, plugin) in (1..).zip(chain.plugins()) {
                let (name, version, digest) = (&plugin.name, &plugin.manifest.version, &plugin.digest[..12]);
                say(format_args!("  {index}. {name} {version}  {digest}  ({})", plugin.file.display()));
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            let problems: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
            if command.json {
                say(serde_json::json!({ "ok": false, "plugins": [], "problems": problems }));
            } else {
                for problem in &problems {
                    eprintln!("warraq: {problem}");
                }
            }
            ExitCode::from(RunError::Start(error).exit_code())
        }
    }
}

fn described(plugin: &Plugin) -> serde_json::Value {
    serde_json::json!({
        "name": plugin.name,
        "version": plugin.manifest.version,
        "file": plugin.file,
        "digest": plugin.digest,
        "reads": plugin.manifest.reads,
        "writes": plugin.manifest.writes,
        "stateful": plugin.manifest.stateful,
    })
}
