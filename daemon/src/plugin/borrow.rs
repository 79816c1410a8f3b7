//! Slices of the ABI to Rust's and back.

use warraq_abi as abi;

/// A slice for the other side to borrow.
pub(super) fn slice(bytes: &[u8]) -> abi::Slice {
    abi::Slice { data: bytes.as_ptr(), len: bytes.len() }
}

/// # Safety
/// The slice must be readable for as long as it is borrowed.
pub(super) unsafe fn bytes(slice: &abi::Slice) -> &[u8] {
    if slice.len == 0 || slice.data.is_null() {
        return &[];
    }
    // SAFETY: promised by the caller.
    unsafe { std::slice::from_raw_parts(slice.data, slice.len) }
}

/// # Safety
/// As [`bytes`].
pub(super) unsafe fn text(slice: &abi::Slice) -> Option<&str> {
    // SAFETY: promised by the caller.
    std::str::from_utf8(unsafe { bytes(slice) }).ok()
}

/// # Safety
/// As [`bytes`].
pub(super) unsafe fn json(slice: &abi::Slice) -> Option<&str> {
    // SAFETY: promised by the caller.
    let text = unsafe { text(slice) }?;
    serde_json::from_str::<&serde_json::value::RawValue>(text).ok().map(|_| text)
}
