//! Settings at their bounds, settings that no daemon would pass, and a host that offers nothing.

use crate::examine::Case;
use crate::instance::{ALL, Instance, Offers};

/// Configurations that fit no schema. A plugin may take them, but not die of them.
const STRANGE: [&str; 6] = ["", "{", "null", "[]", "{\"\u{0}\":[[[[[[[[]]]]]]]]}", "{\"no_such_setting\":1}"];

pub(crate) fn examine(case: &Case<'_>) {
    for (key, value) in case.subject.manifest.config_schema.edges() {
        let mut config = case.subject.config.clone();
        config.insert(key, value);
        try_config(case, &serde_json::Value::Object(config).to_string(), ALL);
    }
    for strange in STRANGE {
        try_config(case, strange, ALL);
    }
    // Nothing beyond the table is promised: a daemon may offer no log and run out of field names.
    for offers in [Offers { extensions: false, fields: true }, Offers { extensions: false, fields: false }] {
        try_config(case, &case.config(), offers);
    }
    let Some(instance) = case.started() else { return };
    for unknown in [&b""[..], b"warraq.nonsense/9", b"warraq.settle/99", b"\xFF\xFE\x00", &[b'a'; 4096]] {
        if instance.extension(unknown) != 0 {
            case.findings.add(format!("it offers the extension {:?}", String::from_utf8_lossy(unknown)));
        }
    }
}

/// An instance comes to be or says why not; whatever is wrong beyond that is found on the way.
fn try_config(case: &Case<'_>, config: &str, offers: Offers) {
    let Ok(mut instance) = Instance::create(case.subject, config, offers, &case.findings) else { return };
    if instance.start().is_ok() {
        for article in case.plain().iter().take(2) {
            case.ask(&mut instance, article);
        }
    }
}
