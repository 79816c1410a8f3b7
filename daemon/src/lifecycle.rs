//! Start, signals, reload, readiness, drain with a deadline. Knows when things happen; the pipeline knows what.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use thiserror::Error;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use crate::books::{Books, Published, Tally};
use crate::chain::{Chain, ChainError};
use crate::config::{Config, ConfigErrors};
use crate::halt::Halt;
use crate::inbox::{self, Inbox};
use crate::ledger::{Ledger, LedgerError};
use crate::pipeline::{Pipeline, Stop};
use crate::plugin::{NoteSource, Settlement};
use crate::poison;
use crate::recover::{Recovery, recover};
use crate::shop::{Shop, ShopError};
use crate::space::{self, Space};

/// How often systemd is told how things stand.
const STATUS_EVERY: Duration = Duration::from_secs(2);
/// How much longer systemd shall wait for us, said again at each look while there is no room to begin.
const EXTEND_TIMEOUT_MICROSECONDS: u32 = 30_000_000;

/// Why the daemon cannot begin.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(#[from] ConfigErrors),
    /// Plugins do not load or start; all of them are named.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Chain(Vec<ChainError>),
    /// The folders cannot be used.
    #[error(transparent)]
    Shop(#[from] ShopError),
    /// The ledger cannot be opened.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The system gives us no thread or signal handler.
    #[error("the system refuses: {0}")]
    System(#[from] std::io::Error),
}

/// Why a run ended with an error.
#[derive(Debug, Error)]
pub enum RunError {
    /// It could not begin.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It could not keep its word.
    #[error(transparent)]
    Halt(#[from] Halt),
}

impl RunError {
    /// The exit code, of sysexits.h.
    pub fn exit_code(&self) -> u8 {
        match self {
            RunError::Start(StartError::Config(_) | StartError::Chain(_)) => 78,
            RunError::Start(StartError::Shop(ShopError::Locked { .. })) => 75,
            RunError::Start(StartError::Shop(
                ShopError::FileSystems { .. }
                | ShopError::Network { .. }
                | ShopError::Replaces { .. }
                | ShopError::Inbox { .. }
                | ShopError::Rights { .. },
            )) => 78,
            RunError::Start(StartError::Shop(ShopError::Folder { .. })) => 73,
            RunError::Start(StartError::System(_)) => 71,
            RunError::Start(StartError::Ledger(_)) | RunError::Halt(_) => 74,
        }
    }
}

/// What a run is asked to do.
pub struct Run {
    /// Values already valid.
    pub config: Config,
    /// Reads the configuration again, at SIGHUP.
    pub reload: Box<dyn Fn() -> Result<Config, ConfigErrors> + Send + Sync>,
    /// End when the inboxes are empty and everything is settled.
    pub drain: bool,
    /// Counts what passes, for whoever watches.
    pub tally: Arc<Tally>,
}

/// How one generation of the pipeline ended.
enum End {
    Finished,
    Reload(Box<Config>),
}

/// Runs the daemon until it is told to stop or, when draining, until everything is settled.
pub async fn run(run: Run) -> Result<(), RunError> {
    let mut signals = Signals::new().map_err(StartError::System)?;
    let shop = Arc::new(Shop::open(&run.config.shop).map_err(StartError::Shop)?);
    run.config.inboxes.iter().try_for_each(|config| inbox::admit(config, &shop)).map_err(StartError::Shop)?;
    let status = spawn_status(Arc::clone(&run.tally));
    let mut config = run.config;
    let end = loop {
        match generation(&config, &shop, &run.tally, &run.reload, run.drain, &mut signals).await {
            Ok(End::Reload(next)) => config = *next,
            Ok(End::Finished) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    status.abort();
    end
}

/// One configuration's time, from recovery to the last outcome.
async fn generation(
    config: &Config,
    shop: &Arc<Shop>,
    tally: &Arc<Tally>,
    reload: &(dyn Fn() -> Result<Config, ConfigErrors> + Send + Sync),
    drain: bool,
    signals: &mut Signals,
) -> Result<End, RunError> {
    tally.let_go();
    let Some((ledger, recovery)) = begin(shop, signals).await? else { return Ok(End::Finished) };
    let chain = Arc::new(load_chain(config, &ledger)?);
    for plugin in chain.plugins() {
        tracing::info!(
            plugin = plugin.name,
            version = plugin.manifest.version,
            file = %plugin.file.display(),
            digest = plugin.digest,
            "plugin loaded"
        );
    }
    // Watched before anybody is told that we are ready, so that no event falls in between.
    let opened = config.inboxes.iter().map(|inbox| Inbox::open(inbox, shop)).collect::<Result<Vec<_>, _>>();
    let inboxes = opened.map_err(StartError::Shop)?;
    let space = Space::open(shop, tally, config, drain);
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        spool = %shop.spool.path().display(),
        workers = config.chain.workers,
        unfinished = recovery.unfinished.len(),
        published = recovery.published,
        retired = recovery.retired,
        "ready"
    );
    say(&[NotifyState::Ready]);

    let stop = Arc::new(Stop::default());
    let pipeline = Pipeline {
        config: Arc::new(config.clone()),
        shop: Arc::clone(shop),
        chain: Arc::clone(&chain),
        tally: Arc::clone(tally),
        stop: Arc::clone(&stop),
        space: Arc::clone(&space),
        drain,
    };
    let books = Books {
        shop: Arc::clone(shop),
        ledger,
        chain,
        tally: Arc::clone(tally),
        space,
        distrusts_sync: false,
        published: Published::default(),
    };
    let running = pipeline.run(inboxes, books, recovery.unfinished, recovery.last_submission);
    tokio::pin!(running);
    loop {
        tokio::select! {
            end = &mut running => return Ok(end.map(|()| End::Finished)?),
            asked = signals.next() => match asked {
                Asked::Stop => {
                    tracing::info!(in_hand = tally.in_hand(), "stopping; finishing what is in hand");
                    say(&[NotifyState::Stopping]);
                    finish(running, &stop, true, config.lifecycle.drain, tally, signals).await?;
                    return Ok(End::Finished);
                }
                Asked::Reload => {
                    say_reloading();
                    match next_config(config, reload) {
                        Ok(next) => {
                            tracing::info!("configuration accepted; finishing what is in hand with the old one");
                            let ending = finish(running, &stop, false, config.lifecycle.drain, tally, signals).await?;
                            return Ok(if ending { End::Finished } else { End::Reload(Box::new(next)) });
                        }
                        Err(error) => {
                            tracing::error!(%error, "the new configuration is refused; going on with the old one");
                            say(&[NotifyState::Ready]);
                        }
                    }
                }
            }
        }
    }
}

/// Opens the ledger and puts right what the last run left behind, once there is room for it. `None`: told to stop while waiting.
async fn begin(shop: &Shop, signals: &mut Signals) -> Result<Option<(Ledger, Recovery)>, RunError> {
    let mut said = false;
    while !space::is_room_to_begin(shop) {
        if !said {
            let spool = shop.spool.path().display();
            tracing::error!(%spool, "no room on the disk to begin; looking again until there is");
        }
        said = true;
        // However long it takes: ending would not make room, and systemd shall not take us for hung.
        let status = NotifyState::Status("no room on the disk to begin");
        say(&[NotifyState::ExtendTimeoutUsec(EXTEND_TIMEOUT_MICROSECONDS), status]);
        tokio::select! {
            () = tokio::time::sleep(space::LOOK_AGAIN) => {}
            asked = signals.next() => if asked == Asked::Stop { return Ok(None) },
        }
    }
    // What fails for lack of room from here on is not tried again: it may have been a sync.
    put_right(shop).map(Some)
}

fn put_right(shop: &Shop) -> Result<(Ledger, Recovery), RunError> {
    let mut ledger = Ledger::open(&shop.ledger_path()).map_err(StartError::Ledger)?;
    let mut recovery = recover(shop, &ledger)?;
    poison::judge(shop, &mut ledger, &mut recovery.unfinished)?;
    Ok((ledger, recovery))
}

/// Waits for what is in hand, within the deadline; being told to stop while already stopping ends the wait. What is left stays
/// claimed, and the next start runs it. Says whether the daemon shall end.
async fn finish(
    mut running: Pin<&mut impl Future<Output = Result<(), Halt>>>,
    stop: &Stop,
    mut ending: bool,
    deadline: Duration,
    tally: &Tally,
    signals: &mut Signals,
) -> Result<bool, RunError> {
    stop.stop();
    let deadline = tokio::time::sleep(deadline);
    tokio::pin!(deadline);
    let why = loop {
        tokio::select! {
            end = &mut running => return Ok(end.map(|()| ending)?),
            () = &mut deadline => break "deadline is over",
            asked = signals.next() => match asked {
                Asked::Stop if ending => break "second signal",
                Asked::Stop => ending = true,
                Asked::Reload => {}
            }
        }
    };
    tracing::warn!(why, in_hand = tally.in_hand(), "what is in hand stays claimed for the next start");
    stop.abandon();
    // What is being settled at this moment is settled: recovery must not meet a keeper that is still writing.
    running.await?;
    Ok(ending)
}

/// The configuration for the next generation, after everything about it has been checked that can be.
fn next_config(
    current: &Config,
    reload: &(dyn Fn() -> Result<Config, ConfigErrors> + Send + Sync),
) -> Result<Config, StartError> {
    let mut next = reload()?;
    Chain::load(&next, Arc::new(NoNotes), 0).map_err(StartError::Chain)?;
    if next.shop != current.shop || next.inboxes != current.inboxes {
        tracing::warn!("folders and inboxes change only at a restart; keeping the old ones");
        next.shop = current.shop.clone();
        next.inboxes = current.inboxes.clone();
    }
    Ok(next)
}

fn load_chain(config: &Config, ledger: &Ledger) -> Result<Chain, StartError> {
    let until = ledger.last_sequence()?;
    Chain::load(config, Arc::new(ledger.notes()), until).map_err(StartError::Chain)
}

/// For plugins that are only checked or tried: nothing was ever settled.
pub struct NoNotes;

impl NoteSource for NoNotes {
    fn replay(
        &self,
        _plugin: &str,
        _after: u64,
        _until: u64,
        _each: &mut dyn FnMut(&Settlement<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        Ok(())
    }
}

/// The signals we act on.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    /// Taken and ignored: a read lease that is broken while we hold it sends it, and its default is to end the process.
    _lease: Signal,
}

impl Signals {
    fn new() -> Result<Self, std::io::Error> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            _lease: signal(SignalKind::io())?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.hang_up.recv() => Asked::Reload,
        }
    }
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Stop,
    Reload,
}

fn spawn_status(tally: Arc<Tally>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut every = tokio::time::interval(STATUS_EVERY);
        loop {
            every.tick().await;
            say(&[NotifyState::Status(&tally.to_string())]);
        }
    })
}

fn say_reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => say(&[NotifyState::Reloading, now]),
        Err(_) => say(&[NotifyState::Reloading]),
    }
}

/// Tells systemd, if it is there. It never hangs on us, and there is nothing to do if it does not listen.
fn say(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd does not listen");
    }
}
