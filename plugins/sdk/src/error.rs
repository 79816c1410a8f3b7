//! Why a plugin cannot go on, and what that means for the article: `?` is enough where the cause says so itself.

use std::fmt;
use std::io::{self, ErrorKind};
use std::time::Duration;

use crate::Verdict;

/// How long an article waits after a failure that will pass by itself, if nobody says otherwise.
pub const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Why a plugin cannot go on.
///
/// From [`crate::Plugin::process`] an error becomes a verdict:
///
/// | error | verdict |
/// |---|---|
/// | [`Error::new`], and `?` on most errors | BROKEN: a new instance tries the article once more, then it is quarantined |
/// | [`Error::retry`], and `?` on an I/O error that passes by itself (timeouts, broken connections, a full disk) | RETRY |
/// | [`Error::reject`], [`Fate::permanent`] | REJECT: the article is quarantined under the code |
///
/// From any other function of a plugin it stops the instance, whatever its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    message: String,
    meaning: Meaning,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Meaning {
    Broken,
    Retry(Duration),
    Reject(String),
}

/// Says what a failure means for the article: `request.send().transient(RETRY_AFTER)?`.
pub trait Fate<T> {
    /// The article will never work: REJECT with this code (`[a-z-]+`).
    fn permanent(self, code: &str) -> Result<T, Error>;

    /// It will pass: RETRY after a while.
    fn transient(self, after: Duration) -> Result<T, Error>;

    /// The instance is unusable: BROKEN.
    fn broken(self) -> Result<T, Error>;
}

impl Error {
    /// The instance is unusable, for a reason that people understand.
    pub fn new(message: impl Into<String>) -> Self {
        Error { message: message.into(), meaning: Meaning::Broken }
    }

    /// The article may work later.
    pub fn retry(after: Duration, message: impl Into<String>) -> Self {
        Error { message: message.into(), meaning: Meaning::Retry(after) }
    }

    /// The article will never work; `code` is `[a-z-]+`.
    pub fn reject(code: impl Into<String>, message: impl Into<String>) -> Self {
        Error { message: message.into(), meaning: Meaning::Reject(code.into()) }
    }

    /// The verdict it means; BROKEN has none, since a plugin cannot give it on purpose.
    pub(crate) fn into_verdict(self) -> Result<Verdict, String> {
        match self.meaning {
            Meaning::Broken => Err(self.message),
            Meaning::Retry(after) => Ok(Verdict::Retry { after, detail: self.message }),
            Meaning::Reject(code) => Ok(Verdict::Reject { code, detail: self.message }),
        }
    }
}

impl<T, E: fmt::Display> Fate<T> for Result<T, E> {
    fn permanent(self, code: &str) -> Result<T, Error> {
        self.map_err(|error| Error::reject(code, error.to_string()))
    }

    fn transient(self, after: Duration) -> Result<T, Error> {
        self.map_err(|error| Error::retry(after, error.to_string()))
    }

    fn broken(self) -> Result<T, Error> {
        self.map_err(|error| Error::new(error.to_string()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        if passes(error.kind()) { Error::retry(RETRY_AFTER, error.to_string()) } else { Error::new(error.to_string()) }
    }
}

impl From<std::sync::mpsc::RecvTimeoutError> for Error {
    fn from(error: std::sync::mpsc::RecvTimeoutError) -> Self {
        match error {
            std::sync::mpsc::RecvTimeoutError::Timeout => Error::retry(RETRY_AFTER, error.to_string()),
            std::sync::mpsc::RecvTimeoutError::Disconnected => Error::new(error.to_string()),
        }
    }
}

/// Errors that may have an I/O error within.
impl From<Box<dyn std::error::Error + Send + Sync>> for Error {
    fn from(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        error.downcast::<io::Error>().map_or_else(|other| Error::new(other.to_string()), |io| Error::from(*io))
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Error::new(message)
    }
}

macro_rules! broken {
    ($($cause:ty),*) => {
        $(impl From<$cause> for Error {
            fn from(error: $cause) -> Self {
                Error::new(error.to_string())
            }
        })*
    };
}

broken!(
    String,
    serde_json::Error,
    std::fmt::Error,
    std::num::ParseFloatError,
    std::num::ParseIntError,
    std::str::Utf8Error,
    std::string::FromUtf8Error
);

/// Does such an I/O error go away without anybody mending anything here?
fn passes(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::AddrInUse
            | ErrorKind::AddrNotAvailable
            | ErrorKind::BrokenPipe
            | ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::HostUnreachable
            | ErrorKind::Interrupted
            | ErrorKind::NetworkDown
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NotConnected
            | ErrorKind::QuotaExceeded
            | ErrorKind::ResourceBusy
            | ErrorKind::StorageFull
            | ErrorKind::TimedOut
            | ErrorKind::UnexpectedEof
            | ErrorKind::WouldBlock
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate<T>(result: Result<T, Error>) -> Result<Verdict, String> {
        result.err().unwrap().into_verdict()
    }

    #[test]
    fn the_cause_decides() {
        let io = |kind: ErrorKind| fate(Err::<(), Error>(Error::from(io::Error::from(kind))));
        assert!(matches!(io(ErrorKind::TimedOut), Ok(Verdict::Retry { after: RETRY_AFTER, .. })));
        assert!(matches!(io(ErrorKind::ConnectionRefused), Ok(Verdict::Retry { .. })));
        assert!(io(ErrorKind::NotFound).is_err() && io(ErrorKind::PermissionDenied).is_err());
        let boxed: Box<dyn std::error::Error + Send + Sync> = Box::new(io::Error::from(ErrorKind::TimedOut));
        assert!(matches!(Error::from(boxed).into_verdict(), Ok(Verdict::Retry { .. })));
    }

    #[test]
    fn the_author_decides() {
        let number = || "x".parse::<u8>();
        assert!(fate(number().map_err(Error::from)).is_err() && fate(number().broken()).is_err());
        assert!(
            matches!(fate(number().permanent("no-number")), Ok(Verdict::Reject { code, .. }) if code == "no-number")
        );
        assert!(matches!(fate(number().transient(Duration::ZERO)), Ok(Verdict::Retry { after: Duration::ZERO, .. })));
    }
}
