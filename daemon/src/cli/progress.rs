//! The progress bar of `run --drain`. Drawn only on a terminal; log lines appear above it.

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

/// Draws a bar for what lies in the inboxes now.
pub(super) fn show(inboxes: &[config::Inbox], tally: &Arc<Tally>) -> Progress {
    let waiting =
        inboxes.iter().filter_map(|inbox| std::fs::read_dir(&inbox.path).ok()).map(Iterator::count).sum::<usize>();
    let bar = telemetry::progress().add(ProgressBar::new(waiting as u64));
    bar.set_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} files  {per_sec}  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let (painted, tally) = (bar.clone(), Arc::clone(tally));
    let painter = thread::spawn(move || {
        while !painted.is_finished() {
            let claimed = tally.submissions.load(Ordering::Acquire);
            painted.set_length(painted.length().unwrap_or(0).max(claimed));
            painted.set_position(tally.retired.load(Ordering::Acquire));
            painted.set_message(tally.to_string());
            thread::sleep(REDRAW_EVERY);
        }
    });
    Progress { bar, painter: Some(painter) }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        if let Some(painter) = self.painter.take() {
            let _ = painter.join();
        }
    }
}
