//! The progress bar of `run --drain`. Drawn only on a terminal; log lines appear above it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::books::Tally;
use crate::config;
use crate::telemetry;

/// How often the bar is drawn anew.
const REDRAW_EVERY: Duration = Duration::from_millis(100);

/// A bar on the screen; it goes when dropped.
pub(super) struct Progress {
    bar: ProgressBar,
    painter: Option<JoinHandle<()>>,
}

/// Draws a bar for what lies in the inboxes, which are counted meanwhile.
pub(super) fn show(inboxes: &[config::Inbox], tally: &Arc<Tally>) -> Progress {
    let bar = telemetry::progress().add(ProgressBar::new(0));
    bar.set_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} files  {per_sec}  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let (painted, tally) = (bar.clone(), Arc::clone(tally));
    let folders: Vec<PathBuf> = inboxes.iter().map(|inbox| inbox.path.clone()).collect();
    let painter = thread::spawn(move || {
        // A million names take a second to count; the daemon does not wait for it.
        let waiting = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
        let waiting = waiting.take_while(|_| !painted.is_finished()).count() as u64;
        while !painted.is_finished() {
            painted.set_length(waiting.max(tally.submissions.load(Ordering::Acquire)));
            painted.set_position(tally.retired.load(Ordering::Acquire));
            painted.set_message(tally.to_string());
            thread::park_timeout(REDRAW_EVERY);
        }
    });
    Progress { bar, painter: Some(painter) }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        if let Some(painter) = self.painter.take() {
            painter.thread().unpark();
            let _ = painter.join();
        }
    }
}
