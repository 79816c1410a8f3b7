//! One request to the service, and what its failures mean for an article. Knows nothing of articles otherwise.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use warraq_plugin::{Error, Fate, RETRY_AFTER};

/// Longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

pub(crate) struct Service {
    agent: ureq::Agent,
    endpoint: String,
}

/// What is read of an answer.
#[derive(Deserialize)]
struct Answer {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

impl Service {
    pub(crate) fn new(endpoint: &str) -> Result<Self, Error> {
        let uri: ureq::http::Uri = endpoint.parse().map_err(|error| Error::new(format!("endpoint: {error}")))?;
        if uri.scheme_str() != Some("http") || uri.host().is_none() {
            return Err(Error::new(format!("endpoint: {endpoint:?} is not http://..")));
        }
        // Redirects and proxies of the environment would send articles where no operator said.
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None).build();
        Ok(Service { agent: config.new_agent(), endpoint: endpoint.to_owned() })
    }

    pub(crate) fn ask(&self, model: &str, instruction: &str, text: &str, timeout: Duration) -> Result<String, Error> {
        let question = json!({ "model": model, "stream": false, "messages": [
            { "role": "system", "content": instruction },
            { "role": "user", "content": text },
        ]});
        let request = self.agent.post(&self.endpoint).header("content-type", "application/json");
        let request = request.config().timeout_global(Some(timeout)).build();
        // No answer at all, or half of one: the service or the way to it is ill, not the article.
        let mut response = request.send(question.to_string()).transient(RETRY_AFTER)?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string().transient(RETRY_AFTER)?;
        log::debug!("{status} after asking {}", self.endpoint);
        match status {
            200 => {}
            408 | 425 | 429 | 500..=599 => {
                return Err(Error::retry(RETRY_AFTER, format!("the service answered {status}")));
            }
            400 | 413 | 422 => {
                return Err(Error::reject("refused-by-service", format!("the service answered {status}")));
            }
            _ => return Err(Error::new(format!("the service answered {status}; are endpoint and model right?"))),
        }
        let answer: Answer = serde_json::from_str(&body).transient(RETRY_AFTER)?;
        let choice = answer.choices.into_iter().next().ok_or("no choices").transient(RETRY_AFTER)?;
        Ok(choice.message.content)
    }
}
