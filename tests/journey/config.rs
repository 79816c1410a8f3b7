//! A configuration that is wrong is refused before anything is touched, with every mistake and what was wanted instead.

use std::fs;

use crate::support::{PASSING, Shop};

/// Neither `run` nor `check` begins; both say all of this, one line each, and the inbox is as it was.
#[track_caller]
fn check(shop: &Shop, said: &[&str]) {
    shop.write("story.txt", "story");
    for finished in [shop.spawn(&["--drain"]).finish(), shop.check()] {
        assert_eq!(finished.code, Some(78), "{}", finished.log);
        for text in said {
            let lines = finished.log.lines().filter(|line| line.starts_with("warraq: ") && line.contains(text)).count();
            assert_eq!(lines, 1, "{text}\n{}", finished.log);
        }
        assert_eq!(finished.output, "");
    }
    assert_eq!(shop.listing("inbox"), ["story.txt"]);
    assert!(!shop.folder("spool").exists());
}

#[test]
fn an_unknown_key_is_answered_with_the_nearest() {
    let shop = Shop::configured("[chain]\nretires_max = 3\n");
    let origin = shop.config().display().to_string();
    check(&shop, &[&format!("{origin}: chain.retires_max: unknown key, did you mean `retries_max`?")]);
}

#[test]
fn every_mistake_is_told_at_once() {
    let text = "[chian]\nworkers = 1\n[decode]\narticles_max = 0\n[[inbox]]\nsettle_seconds = 'soon'\n[log]\nformat = 'xml'\n\
                [[plugin]]\nname = 'puppet'\non_failure = 'explode'\n[[plugin]]\nname = 'puppet'\n";
    let shop = Shop::configured(text).variable("WARRAQ__LEDGER__BATCH_MILLISECONDS", "11000");
    check(
        &shop,
        &[
            "chian: unknown section, did you mean `chain`?",
            "decode.articles_max: found the number 0, wanted a whole number, 1 to 10000000",
            "inbox[0].settle_seconds: found the text \"soon\"",
            "log.format: found the text \"xml\", wanted",
            "plugin[0].on_failure: found the text \"explode\", wanted",
            "plugin[1].name: found \"puppet\" a second time",
            "WARRAQ__LEDGER__BATCH_MILLISECONDS: ledger.batch_milliseconds: found",
        ],
    );
}

#[test]
fn a_file_that_is_no_toml() {
    check(&Shop::configured("[chain]\nworkers = = 1\n"), &["warraq.toml:2:11: not valid TOML"]);
}

#[test]
fn a_file_that_is_not_there() {
    let shop = Shop::configured(PASSING);
    fs::remove_file(shop.config()).unwrap();
    check(&shop, &["warraq.toml: cannot be read: No such file or directory"]);
}

#[test]
fn folders_inside_one_another() {
    check(&Shop::configured("[shop]\noutbox = 'inbox/out'\n"), &["shop.outbox"]);
}

#[test]
fn a_filter_for_the_log_that_is_none() {
    check(&Shop::configured("[log]\nlevel = 'wran'\n"), &["log.level: found \"wran\""]);
}

#[test]
fn a_command_line_that_makes_no_sense() {
    let shop = Shop::new();
    for words in [&["fly"][..], &["run", "--shop"], &["run", "--drian"], &["try"], &[]] {
        let finished = shop.warraq(words);
        assert_eq!(finished.code, Some(64), "{words:?}: {}", finished.log);
        assert!(finished.log.contains("Usage: warraq") || finished.log.contains("--help"), "{}", finished.log);
    }
    for words in [&["--help"][..], &["--version"], &["run", "--help"]] {
        assert_eq!(shop.warraq(words).code, Some(0), "{words:?}");
    }
}

#[test]
fn check_of_a_good_configuration_touches_nothing() {
    let shop = Shop::new();
    fs::remove_dir(shop.folder("inbox")).unwrap();
    let finished = shop.check();
    assert_eq!(finished.code, Some(0), "{}", finished.log);
    for plugin in ["1. normalise", "2. dedupe", "3. extract", "4. summarise"] {
        assert!(finished.output.contains(plugin), "{}", finished.output);
    }
    assert!(!shop.folder("inbox").exists() && !shop.folder("spool").exists());
}
