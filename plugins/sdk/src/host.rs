//! The host as a plugin sees it: logging and field names. Never touches an article.

use crate::abi;
use crate::article::Field;

/// What the daemon offers to a plugin outside of an article. Cheap to copy; may be kept and used from any thread.
#[derive(Clone, Copy)]
pub struct Host {
    raw: &'static abi::Host,
}

// SAFETY: every function of the host table that `Host` calls may be called on any thread (header), and the table is immutable.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Level {
    /// Single steps.
    Trace = abi::level::TRACE,
    /// For whoever looks for a fault.
    Debug = abi::level::DEBUG,
    /// Start, stop, load.
    Info = abi::level::INFO,
    /// Something was refused; nothing is lost.
    Warn = abi::level::WARN,
    /// An operator must act.
    Error = abi::level::ERROR,
}

impl Host {
    /// # Safety
    /// `raw` must be a host table that lives until the plugin's `destroy` has returned.
    pub(crate) unsafe fn from_raw(raw: *const abi::Host) -> Self {
        // SAFETY: the caller promises that it lives as long as any plugin code runs.
        Host { raw: unsafe { &*raw } }
    }

    pub(crate) fn raw(&self) -> &'static abi::Host {
        self.raw
    }

    /// Says `message` in the daemon's log, with the plugin's name beside it. The macros of `log` and `tracing` lead here too.
    pub fn log(&self, level: Level, message: &str) {
        if let Some(log) = self.log_extension() {
            // SAFETY: the context belongs to this host; the message is copied by it.
            unsafe { (log.message)(self.raw.context, level as i32, slice(message.as_bytes())) };
        }
    }

    /// Would a message of this level be kept?
    pub fn logs(&self, level: Level) -> bool {
        // SAFETY: the context belongs to this host.
        self.log_extension().is_some_and(|log| unsafe { (log.enabled)(self.raw.context, level as i32) } != 0)
    }

    /// The field with this name (`[a-z][a-z0-9_]*`, at most 64 bytes); `None` if the name is not legal.
    /// Ask once, in [`crate::Plugin::create`].
    pub fn field(&self, name: &str) -> Option<Field> {
        // SAFETY: the name is copied by the host.
        let id = unsafe { (self.raw.field)(self.raw.context, slice(name.as_bytes())) };
        (id != 0).then_some(Field(id))
    }

    fn log_extension(&self) -> Option<&'static abi::Log> {
        // SAFETY: the id is borrowed for the call; the answer is NULL or a `Log` that lives as long as the host.
        unsafe {
            (self.raw.extension)(self.raw.context, slice(abi::EXTENSION_LOG.as_bytes())).cast::<abi::Log>().as_ref()
        }
    }

    pub(crate) fn fail(&self, why: &str) {
        // SAFETY: the text is copied by the host.
        unsafe { (self.raw.fail)(self.raw.context, slice(why.as_bytes())) };
    }
}

pub(crate) fn slice(bytes: &[u8]) -> abi::Slice {
    abi::Slice { data: bytes.as_ptr(), len: bytes.len() }
}
