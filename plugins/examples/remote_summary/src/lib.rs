//! Example that asks a service over HTTP: a summary from whatever speaks as OpenAI's chat completions do. What ails the service is
//! RETRY, never the end of an article; no request outlives the deadline of its article.
//!
//! `service` speaks HTTP; this file decides what is asked and what an answer means.

#![forbid(unsafe_code)]

mod service;

use serde::Deserialize;
use warraq_plugin::{Article, Error, Field, Host, Plugin, Settings, Verdict};

use service::Service;

/// The settings, as operators see them.
#[derive(Deserialize, Settings)]
pub struct Config {
    /// Where the service is asked, up to and with /chat/completions. Plain http; a proxy on this machine may speak TLS.
    #[setting(default = "http://127.0.0.1:8080/v1/chat/completions")]
    endpoint: String,
    /// The model's name, as the service knows it.
    #[setting(default = "default")]
    model: String,
    /// What the model is told to do with the article.
    #[setting(
        default = "Summarise the article in two sentences, in its own language. Add nothing that it does not say."
    )]
    instruction: String,
    /// How much of a body is sent, in characters.
    #[setting(default = 20_000, min = 100, max = 1_000_000)]
    characters_max: usize,
    /// Longest wait for one answer, in seconds; the plugin's deadline holds as well.
    #[setting(default = 25, min = 1, max = 600)]
    timeout_seconds: u64,
}

/// The plugin.
pub struct RemoteSummary {
    config: Config,
    service: Service,
    summary: Field,
}

impl Plugin for RemoteSummary {
    type Config = Config;

    fn create(config: Config, host: Host) -> Result<Self, Error> {
        let summary = host.field("remote_summary").ok_or("the host has no room for a field")?;
        Ok(RemoteSummary { service: Service::new(&config.endpoint)?, config, summary })
    }

    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
        let body: String = article.text(Field::BODY).unwrap_or("").chars().take(self.config.characters_max).collect();
        if body.trim().is_empty() {
            return Ok(Verdict::Pass);
        }
        let timeout = article.time_left()?.min(std::time::Duration::from_secs(self.config.timeout_seconds));
        let text = self.service.ask(&self.config.model, &self.config.instruction, &body, timeout)?;
        article.set_text(self.summary, text.trim())?;
        Ok(Verdict::Pass)
    }
}

warraq_plugin::export!(
    RemoteSummary,
    id = "remote_summary",
    reads = ["body"],
    writes = ["remote_summary"],
    capabilities = ["net"],
    deadline_ms = 30_000,
);
