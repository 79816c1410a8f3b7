//! Checks a `tracing` filter more strictly than the filter itself does.
//! It never sets one: that is telemetry's job.

use tracing_subscriber::EnvFilter;

use super::problem::nearest;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// `Ok` for a level (`info`) or comma-separated directives (`info,warraq::chain=debug`); the error says what was wanted.
///
/// `EnvFilter` takes a lone word that is no level for the name of a module and turns on *everything* in it, so `level =
/// "wran"` would silence the daemon. Here a module needs its `=level`.
pub(crate) fn check_filter(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err(format!("wanted one of: {}", LEVELS.join(", ")));
    }
    // A span filter, `[article{id=7}]=debug`, may hold commas; what is in brackets is left to the parser.
    if !text.contains('[') {
        for directive in text.split(',') {
            let level = directive.split_once('=').map_or(directive, |(_, level)| level).to_lowercase();
            if !LEVELS.contains(&level.as_str()) || directive.contains(' ') {
                let hint = nearest(&level, &LEVELS).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
                return Err(format!("wanted a level ({}) or module=level, without spaces{hint}", LEVELS.join(", ")));
            }
        }
    }
    EnvFilter::builder().parse(text).map(|_| ()).map_err(|error| format!("wanted a tracing filter: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_directives_pass() {
        for text in
            ["info", "WARN", "off", "info,warraq::chain=debug", "warn,warraq=trace", "[article{id=7}]=debug,info"]
        {
            assert_eq!(check_filter(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_misspelt_level_is_not_a_module() {
        for text in ["", " ", "wran", "info,warraq", "warraq=loud", "info,", "warn, warraq=trace", "[article", "5"] {
            assert!(check_filter(text).is_err(), "{text}");
        }
        assert!(check_filter("wran").unwrap_err().contains("did you mean `warn`?"));
    }
}
