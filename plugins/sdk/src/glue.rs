//! The functions behind the exported vtable: they turn ABI calls into calls of the [`Plugin`] trait and stop every panic.

use std::any::Any;
use std::ffi::c_void;
use std::mem::size_of;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::abi;
use crate::article::Article;
use crate::bridge;
use crate::host::Host;
use crate::{Error, Outcome, Plugin, Settlement};

/// A plugin with what its glue needs to know.
struct Instance<P> {
    plugin: P,
    host: Host,
}

#[doc(hidden)]
pub const fn vtable<P: Plugin>() -> abi::Plugin {
    abi::Plugin {
        size: size_of::<abi::Plugin>() as u32,
        abi: abi::ABI_MAJOR,
        create: Some(create::<P>),
        start: Some(start::<P>),
        process: Some(process::<P>),
        flush: Some(flush::<P>),
        stop: Some(stop::<P>),
        destroy: Some(destroy::<P>),
        extension: Some(extension::<P>),
    }
}

#[doc(hidden)]
pub const fn manifest_bytes<const N: usize>(manifest: &str) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(manifest.as_bytes());
    bytes
}

unsafe extern "C" fn create<P: Plugin>(host: *const abi::Host, config: abi::Slice) -> *mut c_void {
    // SAFETY: the host table lives until `destroy` has returned (header).
    let host = unsafe { Host::from_raw(host) };
    bridge::install();
    let made = guarded(host, || {
        // SAFETY: the configuration is borrowed for this call.
        let config = serde_json::from_slice(unsafe { bytes(config) })?;
        P::create(config, host)
    });
    match made {
        Ok(plugin) => {
            bridge::lives(host);
            Box::into_raw(Box::new(Instance { plugin, host })).cast()
        }
        Err(error) => {
            host.fail(&error.to_string());
            std::ptr::null_mut()
        }
    }
}

unsafe extern "C" fn start<P: Plugin>(instance: *mut c_void) -> i32 {
    // SAFETY: the host passes what `create` returned, and calls on one instance never overlap.
    let instance = unsafe { instance_of::<P>(instance) };
    answer(instance.host, guarded(instance.host, || instance.plugin.start()))
}

unsafe extern "C" fn process<P: Plugin>(
    instance: *mut c_void,
    articles: *const *mut abi::Article,
    count: u32,
    verdicts: *mut abi::Verdict,
) -> i32 {
    // SAFETY: as in `start`.
    let instance = unsafe { instance_of::<P>(instance) };
    for index in 0..count as usize {
        // SAFETY: both arrays hold `count` items for the length of this call, and no article stands in twice.
        let (mut article, verdict) =
            unsafe { (Article::from_raw(*articles.add(index), instance.host), &mut *verdicts.add(index)) };
        let answer = guarded(instance.host, || instance.plugin.process(&mut article));
        *verdict = match answer.or_else(Error::into_verdict) {
            Ok(answer) => article.conclude(&answer),
            Err(message) => {
                article.explain("broken", &message);
                abi::Verdict { code: abi::verdict::BROKEN, retry_after_ms: 0 }
            }
        };
    }
    0
}

unsafe extern "C" fn flush<P: Plugin>(instance: *mut c_void) -> i32 {
    // SAFETY: as in `start`.
    let instance = unsafe { instance_of::<P>(instance) };
    answer(instance.host, guarded(instance.host, || instance.plugin.flush()))
}

unsafe extern "C" fn stop<P: Plugin>(instance: *mut c_void) {
    // SAFETY: as in `start`.
    let instance = unsafe { instance_of::<P>(instance) };
    answer(
        instance.host,
        guarded(instance.host, || {
            instance.plugin.stop();
            instance.plugin.memory().map_or(Ok(()), |memory| memory.flush())
        }),
    );
}

unsafe extern "C" fn destroy<P: Plugin>(instance: *mut c_void) {
    // SAFETY: the host passes what `create` returned, once, and uses it no more.
    let instance = unsafe { Box::from_raw(instance.cast::<Instance<P>>()) };
    let host = instance.host;
    answer(
        host,
        guarded(host, || {
            drop(instance);
            Ok(())
        }),
    );
    bridge::gone(host);
}

unsafe extern "C" fn extension<P: Plugin>(_instance: *mut c_void, id: abi::Slice) -> *const c_void {
    // SAFETY: the id is borrowed for this call.
    if unsafe { bytes(id) } == abi::EXTENSION_SETTLE.as_bytes() {
        let settle: &'static abi::Settle = const {
            &abi::Settle {
                size: size_of::<abi::Settle>() as u32,
                reserved: 0,
                checkpoint: Some(checkpoint::<P>),
                settled: Some(settled::<P>),
            }
        };
        return std::ptr::from_ref(settle).cast();
    }
    std::ptr::null()
}

unsafe extern "C" fn checkpoint<P: Plugin>(instance: *mut c_void) -> u64 {
    // SAFETY: as in `start`.
    let instance = unsafe { instance_of::<P>(instance) };
    guarded(instance.host, || Ok(instance.plugin.checkpoint())).unwrap_or(0)
}

unsafe extern "C" fn settled<P: Plugin>(instance: *mut c_void, settlement: *const abi::Settlement) -> i32 {
    // SAFETY: as in `start`; the settlement and its slices are borrowed for this call.
    let (instance, settlement) = unsafe { (instance_of::<P>(instance), &*settlement) };
    let told = guarded(instance.host, || {
        let outcome = match settlement.outcome {
            abi::outcome::PUBLISHED => Outcome::Published,
            abi::outcome::DUPLICATE => Outcome::Duplicate,
            abi::outcome::QUARANTINED => Outcome::Quarantined,
            abi::outcome::IN_FLIGHT => Outcome::InFlight,
            other => return Err(Error::new(format!("unknown outcome {other}"))),
        };
        // SAFETY: as above.
        let (id, note) = unsafe { (bytes(settlement.id), bytes(settlement.note)) };
        let id = std::str::from_utf8(id).map_err(|_| Error::new("an article id that is not UTF-8"))?;
        instance.plugin.settled(&Settlement { sequence: settlement.sequence, id, outcome, note })
    });
    answer(instance.host, told)
}

/// Runs plugin code; a panic becomes an error with its message.
fn guarded<T>(host: Host, run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // After a panic the host throws the instance away, so no half-changed state is ever looked at again.
    catch_unwind(AssertUnwindSafe(|| bridge::within(host, run)))
        .unwrap_or_else(|panic| Err(Error::new(format!("panic: {}", message_of(&*panic)))))
}

fn message_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

fn answer(host: Host, result: Result<(), Error>) -> i32 {
    match result {
        Ok(()) => 0,
        Err(error) => {
            host.fail(&error.to_string());
            1
        }
    }
}

/// # Safety
/// `instance` must come from `create::<P>` and must not be in use elsewhere.
unsafe fn instance_of<'a, P>(instance: *mut c_void) -> &'a mut Instance<P> {
    // SAFETY: promised by the caller.
    unsafe { &mut *instance.cast::<Instance<P>>() }
}

/// # Safety
/// The slice must be readable for as long as the result is used.
unsafe fn bytes<'a>(slice: abi::Slice) -> &'a [u8] {
    if slice.len == 0 {
        return &[];
    }
    // SAFETY: promised by the caller.
    unsafe { std::slice::from_raw_parts(slice.data, slice.len) }
}
