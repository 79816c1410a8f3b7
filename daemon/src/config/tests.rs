//! The whole way from files, variables and options to a [`Config`] or a list of problems.

mod documented;

use std::fs;

use super::*;

/// A folder with configuration files, and what the command line adds.
struct Case {
    folder: tempfile::TempDir,
    options: Options,
}

impl Case {
    /// With `warraq.toml` in the place of the one in /etc.
    fn new(file: &str) -> Self {
        let case = Case { folder: tempfile::tempdir().unwrap(), options: Options::default() };
        case.file("warraq.toml", file)
    }

    fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.options.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn shop(mut self, directory: &str) -> Self {
        self.options.shop = Some(directory.into());
        self
    }

    fn option_file(mut self, name: &str) -> Self {
        self.options.file = Some(self.path(name));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn load(&self) -> Result<Config, ConfigErrors> {
        load_from(&self.options, &self.path("warraq.toml"), Some(Path::new("/usr/bin/warraq")))
    }

    #[track_caller]
    fn config(&self) -> Config {
        self.load().unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// The problems, one a line, without the name of the temporary folder.
    #[track_caller]
    fn problems(&self) -> Vec<String> {
        let errors = self.load().expect_err("expected problems");
        let folder = format!("{}/", self.folder.path().display());
        errors.to_string().lines().map(|line| line.replace(&folder, "")).collect()
    }
}

#[track_caller]
fn check_problems(case: &Case, expected: &[&str]) {
    assert_eq!(case.problems(), expected);
}

#[test]
fn without_any_source_the_defaults_hold() {
    let config = Case::new("").config();
    assert_eq!(config.shop.outbox, Path::new("/var/lib/warraq/outbox"));
    assert_eq!(config.inboxes.len(), 1);
    assert_eq!(config.inboxes[0].path, Path::new("/var/lib/warraq/inbox"));
    assert_eq!((config.inboxes[0].settle, config.inboxes[0].rescan), (Duration::from_secs(2), Duration::from_secs(60)));
    let claim = Claim {
        in_hand_submissions_max: 400,
        in_hand_bytes_max: 256 << 20,
        free_bytes_min: 64 << 20,
        free_inodes_min: 1000,
        outbox_records_max: 100_000,
    };
    assert_eq!((config.claim, config.shop.ballast_bytes), (claim, 16 << 20));
    assert_eq!(config.decode, Decode { submission_bytes_max: 16 << 20, articles_max: 100_000 });
    assert_eq!(config.chain, Chain { workers: cores(), retries_max: 3, article_bytes_max: 64 << 20 });
    assert_eq!(config.ledger, Ledger { batch_articles_max: 100, batch_wait: Duration::from_millis(50) });
    let names: Vec<&str> = config.plugins.iter().map(|plugin| plugin.name.as_str()).collect();
    assert_eq!(names, ["normalise", "dedupe", "extract", "summarise"]);
    assert_eq!(config.plugin_directories, [Path::new("/usr/bin"), Path::new("/usr/lib/warraq/plugins")]);
    assert_eq!(config.lifecycle.drain, Duration::from_secs(20));
    assert_eq!(config.retention, Retention { archive_days: 30, quarantine_days: 0 });
    assert_eq!(config.log, Log { level: "info".into(), format: LogFormat::Text });
}

#[test]
fn later_sources_win_key_by_key() {
    let case = Case::new("[chain]\nworkers = 1\nretries_max = 1\n[decode]\narticles_max = 1\n[log]\nlevel = 'warn'")
        .file("conf.d/90-last.toml", "[chain]\nretries_max = 9")
        .file("conf.d/10-first.toml", "[chain]\nretries_max = 2\nworkers = 2")
        .file("conf.d/.#10-first.toml", "an editor's lock file")
        .file("conf.d/README", "not a configuration")
        .variable("WARRAQ__CHAIN__WORKERS", "3")
        .variable("WARRAQ_LOG", "not ours")
        .variable("PATH", "/bin");
    let config = case.config();
    assert_eq!((config.chain.workers, config.chain.retries_max), (3, 9));
    assert_eq!((config.decode.articles_max, config.log.level.as_str()), (1, "warn"));
}

#[test]
fn drop_ins_alone_are_read() {
    let case = Case::new("").file("conf.d/workers.toml", "[chain]\nworkers = 7");
    fs::remove_file(case.path("warraq.toml")).unwrap();
    assert_eq!(case.config().chain.workers, 7);
}

#[test]
fn a_named_file_replaces_the_one_in_etc_and_must_exist() {
    let case = Case::new("[chain]\nworkers = 1\nretries_max = 1").file("mine/a.toml", "[chain]\nworkers = 2");
    let config = case.option_file("mine/a.toml").config();
    assert_eq!((config.chain.workers, config.chain.retries_max), (2, 3));
    check_problems(
        &Case::new("").option_file("gone.toml"),
        &["gone.toml: cannot be read: No such file or directory (os error 2)"],
    );
}

#[test]
fn the_environment_is_read_by_the_wanted_type() {
    let config = Case::new("[[inbox]]\npath = 'a'\n[[inbox]]\npath = 'b'\nsettle_seconds = 9")
        .variable("WARRAQ__SHOP__DIRECTORY", "/srv/shop")
        .variable("WARRAQ__INBOX__SETTLE_SECONDS", "0.25")
        .variable("WARRAQ__INBOX__IGNORE", "*.bak, draft-*")
        .variable("WARRAQ__PLUGINS__DIRECTORIES", "/opt/one,/opt/two")
        .variable("WARRAQ__LOG__FORMAT", "json")
        .variable("WARRAQ__CLAIM__IN_HAND_BYTES_MAX", "68719476736")
        .config();
    assert_eq!(config.shop.spool, Path::new("/srv/shop/spool"));
    for inbox in &config.inboxes {
        assert_eq!(inbox.settle, Duration::from_millis(250));
        assert!(inbox.ignore[0].matches(b"a.bak") && inbox.ignore[1].matches(b"draft-1"));
    }
    assert_eq!(config.inboxes[1].path, Path::new("/srv/shop/b"));
    assert_eq!(config.plugin_directories, [Path::new("/opt/one"), Path::new("/opt/two")]);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.claim.in_hand_bytes_max, 64 << 30);
}

#[test]
fn the_environment_reaches_the_built_in_inbox() {
    let config = Case::new("").variable("WARRAQ__INBOX__PATH", "drop").config();
    assert_eq!(config.inboxes.len(), 1);
    assert_eq!(config.inboxes[0].path, Path::new("/var/lib/warraq/drop"));
}

#[test]
fn mistakes_in_the_environment_are_named_by_variable() {
    check_problems(
        &Case::new("")
            .variable("WARRAQ__CHAIN__WORKERS", "many")
            .variable("WARRAQ__CHAIN__WORKER", "1")
            .variable("WARRAQ__CHAIN", "1")
            .variable("WARRAQ__CHAIN__WORKERS__MAX", "1")
            .variable("WARRAQ__PLUGIN__NAME", "x"),
        &[
            "WARRAQ__CHAIN: found \"WARRAQ__CHAIN\", wanted WARRAQ__SECTION__KEY",
            "WARRAQ__CHAIN__WORKER: chain.worker: unknown key, did you mean `workers`?",
            "WARRAQ__CHAIN__WORKERS: chain.workers: found the text \"many\", wanted a whole number, 0 to 1024",
            "WARRAQ__CHAIN__WORKERS__MAX: found \"WARRAQ__CHAIN__WORKERS__MAX\", wanted WARRAQ__SECTION__KEY",
            "WARRAQ__PLUGIN__NAME: plugin: the plugins are a list with names, wanted in a file ([[plugin]])",
        ],
    );
}

#[test]
fn with_shop_everything_is_under_it_and_etc_is_not_read() {
    let config = Case::new("[chain]\nworkers = 77").shop("/tmp/shop/").config();
    assert_ne!(config.chain.workers, 77);
    let Shop { spool, outbox, quarantine, archive, .. } = &config.shop;
    for (path, name) in [(spool, "spool"), (outbox, "outbox"), (quarantine, "quarantine"), (archive, "archive")] {
        assert_eq!(path, &Path::new("/tmp/shop").join(name));
    }
    assert_eq!(config.inboxes[0].path, Path::new("/tmp/shop/inbox"));
}

#[test]
fn with_shop_absolute_folders_move_under_it() {
    let file = "[shop]\ndirectory = '/d'\noutbox = '/srv/out'\n[[inbox]]\npath = '/srv/in/paris'\n[[inbox]]\npath = 'in/cairo'";
    let config = Case::new("").file("mine.toml", file).option_file("mine.toml").shop("/tmp/shop").config();
    assert_eq!(config.shop.outbox, Path::new("/tmp/shop/out"));
    assert_eq!(config.inboxes[0].path, Path::new("/tmp/shop/paris"));
    assert_eq!(config.inboxes[1].path, Path::new("/tmp/shop/in/cairo"));
}

#[test]
fn a_relative_shop_is_made_absolute() {
    let config = Case::new("").shop("shop").config();
    assert_eq!(config.shop.spool, std::env::current_dir().unwrap().join("shop/spool"));
    check_problems(&Case::new("").shop(""), &["--shop: found \"\": cannot make an empty path absolute"]);
}

#[test]
fn every_problem_is_listed_with_its_file() {
    let case = Case::new(
        "[chain]\nworkers = 'four'\nretries_max = 101\nwrokers = 3\n[colour]\nred = 1\n[claim]\nin_hand_submissions_max = 2.5\n\
         [ledger]\nbatch_articles_max = true\n[lifecycle]\ndrain_seconds = nan\n[log]\nlevel = 'wran'\nformat = 'jason'\n\
         [[inbox]]\nsettle_secs = 1\nignore = ['[0-9]*', 7]\nrescan_seconds = -1\n[plugins]\ndirectories = '/opt'",
    )
    .file("conf.d/a.toml", "verbose = true\n[inbx]\n[decode]\nsubmission_bytes_max = 16");
    check_problems(
        &case,
        &[
            "conf.d/a.toml: decode.submission_bytes_max: found the number 16, wanted a whole number, 1024 to 1073741824",
            "conf.d/a.toml: inbx: unknown section, did you mean `inbox`?",
            "conf.d/a.toml: verbose: unknown section, wanted one of: shop, inbox, claim, decode, chain, ledger, plugins, \
             plugin, lifecycle, retention, log",
            "warraq.toml: chain.retries_max: found the number 101, wanted a whole number, 0 to 100",
            "warraq.toml: chain.workers: found the text \"four\", wanted a whole number, 0 to 1024",
            "warraq.toml: chain.wrokers: unknown key, did you mean `workers`?",
            "warraq.toml: claim.in_hand_submissions_max: found the number 2.5, wanted a whole number, 1 to 100000",
            "warraq.toml: colour: unknown section, wanted one of: shop, inbox, claim, decode, chain, ledger, plugins, plugin, \
             lifecycle, retention, log",
            "warraq.toml: inbox[0].ignore: found \"[0-9]*\", only `*` and `?` are special here; sets, alternatives and \
             backslashes are not supported (write `?` for such a character)",
            "warraq.toml: inbox[0].ignore: found the number 7, wanted text in quotes",
            "warraq.toml: inbox[0].rescan_seconds: found the number -1, wanted seconds, 1 to 86400",
            "warraq.toml: inbox[0].settle_secs: unknown key, did you mean `settle_seconds`?",
            "warraq.toml: ledger.batch_articles_max: found true, wanted a whole number, 1 to 10000",
            "warraq.toml: lifecycle.drain_seconds: found the number NaN, wanted seconds, 0 to 3600",
            "warraq.toml: log.format: found the text \"jason\", wanted one of \"text\", \"json\", did you mean \"json\"?",
            "warraq.toml: log.level: found \"wran\", wanted a level (off, error, warn, info, debug, trace) or module=level, \
             without spaces, did you mean `warn`?",
            "warraq.toml: plugins.directories: found the text \"/opt\", wanted a list of texts",
        ],
    );
}

#[test]
fn a_covered_mistake_is_still_a_mistake() {
    let case = Case::new("[chain]\nworkers = 'four'").file("conf.d/a.toml", "[chain]\nworkers = 4");
    check_problems(&case, &["warraq.toml: chain.workers: found the text \"four\", wanted a whole number, 0 to 1024"]);
}

#[test]
fn a_section_of_the_wrong_kind_is_explained() {
    check_problems(
        &Case::new("claim = 5\n[inbox]\npath = 'a'\n[[chain]]\nworkers = 1\n[[plugin]]\n")
            .file("conf.d/a.toml", "inbox = []"),
        &[
            "conf.d/a.toml: inbox: found 0 entries, wanted 1 to 64",
            "warraq.toml: chain: found a list, wanted a section [chain]",
            "warraq.toml: claim: found the number 5, wanted a section [claim]",
            "warraq.toml: inbox: found a table, wanted a list, each entry under [[inbox]]",
            "warraq.toml: plugin[0].name: missing, wanted the plugin's id such as \"normalise\"",
        ],
    );
}

#[test]
fn bad_toml_is_placed_by_line_and_column_and_hides_nothing_else() {
    let case = Case::new("[chain]\nworkers = = 4\n").file("conf.d/a.toml", "[log]\nlevle = 'info'");
    let problems = case.problems();
    assert_eq!(problems.len(), 2);
    assert_eq!(problems[0], "conf.d/a.toml: log.levle: unknown key, did you mean `level`?");
    assert!(problems[1].starts_with("warraq.toml:2:11: not valid TOML: "), "{problems:?}");
    let problems = Case::new("[chain]\nworkers = 1\nworkers = 2").problems();
    assert!(problems[0].starts_with("warraq.toml:3:1: not valid TOML: duplicate key"), "{problems:?}");
}

#[test]
fn what_is_no_text_file_is_refused() {
    let case = Case::new("");
    fs::write(case.path("warraq.toml"), b"[log]\nlevel = '\xC7'").unwrap();
    assert_eq!(case.problems(), ["warraq.toml: cannot be read: stream did not contain valid UTF-8"]);
    let case = Case::new("");
    fs::create_dir_all(case.path("conf.d/folder.toml")).unwrap();
    check_problems(&case, &["conf.d/folder.toml: cannot be read: not a regular file"]);
    let case = Case::new(&"#".repeat(1024 * 1024 + 1));
    check_problems(&case, &["warraq.toml: cannot be read: 1048577 bytes, wanted at most 1048576"]);
    assert!(Case::new("\u{feff}[chain]\nworkers = 5").config().chain.workers == 5);
}

#[test]
fn folders_must_be_apart() {
    check_problems(
        &Case::new(
            "[shop]\nspool = 'outbox'\n[[inbox]]\npath = 'archive/in'\n[[inbox]]\npath = '/var/lib/warraq/./archive/in/'",
        ),
        &[
            "warraq.toml: inbox[0].path: found \"/var/lib/warraq/archive/in\", inside shop.archive \
             (\"/var/lib/warraq/archive\"), wanted folders apart",
            "warraq.toml: inbox[1].path: found \"/var/lib/warraq/archive/in\", inside shop.archive \
             (\"/var/lib/warraq/archive\"), wanted folders apart",
            "warraq.toml: inbox[1].path: found \"/var/lib/warraq/archive/in\", the same folder as inbox[0].path \
             (\"/var/lib/warraq/archive/in\"), wanted folders apart",
            "warraq.toml: shop.spool: found \"/var/lib/warraq/outbox\", the same folder as shop.outbox \
             (\"/var/lib/warraq/outbox\"), wanted folders apart",
        ],
    );
    let problems = Case::new("[[inbox]]\npath = '/var/lib'").problems();
    assert_eq!(problems.len(), 4, "{problems:?}");
    // A name that only begins alike is another folder.
    Case::new("[[inbox]]\npath = 'outbox-in'").config();
}

#[test]
fn paths_are_plain_and_absolute() {
    check_problems(
        &Case::new("[shop]\noutbox = '../outbox'\narchive = ''\n[[inbox]]\npath = 7"),
        &[
            "warraq.toml: inbox[0].path: found the number 7, wanted text in quotes",
            "warraq.toml: shop.archive: found \"\", wanted a path",
            "warraq.toml: shop.outbox: found \"../outbox\", wanted a path without `..`",
        ],
    );
    check_problems(
        &Case::new("[shop]\ndirectory = 'shop'"),
        &["warraq.toml: shop.directory: found \"shop\", wanted an absolute path"],
    );
}

#[test]
fn plugins_are_listed_in_order_with_their_settings() {
    let case = Case::new(
        "[[plugin]]\nname = 'second'\nfile = 'libx.so'\non_failure = 'skip'\ndeadline_seconds = 0.5\n\
         [plugin.config]\nwords = ['a', 'b']\nlimit = 3\nratio = 0.5\non = true\n'Dotted.Key' = { deep = [1, { x = 2 }] }\n\
         [[plugin]]\nname = 'first'\nfile = 'sub/liby.so'",
    );
    let config = case.config();
    let [second, first] = &config.plugins[..] else { panic!("{:?}", config.plugins) };
    assert_eq!((second.name.as_str(), second.on_failure), ("second", OnFailure::Skip));
    assert_eq!(
        (second.file.as_deref(), second.deadline),
        (Some(Path::new("libx.so")), Some(Duration::from_millis(500)))
    );
    let expected = serde_json::json!({
        "words": ["a", "b"], "limit": 3, "ratio": 0.5, "on": true, "Dotted.Key": { "deep": [1, { "x": 2 }] }
    });
    assert_eq!(serde_json::Value::Object(second.config.clone()), expected);
    assert_eq!((first.deadline, first.on_failure), (None, OnFailure::Quarantine));
    assert_eq!(first.file.as_deref(), Some(case.path("sub/liby.so").as_path()));
}

#[test]
fn plugin_mistakes_are_found() {
    check_problems(
        &Case::new(
            "[[plugin]]\nname = 'a'\n[[plugin]]\nname = 'a'\n[[plugin]]\nname = '../x'\non_failure = 'stop'\n\
             [[plugin]]\nname = 'b'\nfile = '/var/lib/warraq/inbox/b.so'\ndeadline_seconds = 0\n[plugin.config]\nx = inf\n\
             [plugins]\ndirectories = ['/var/lib/warraq/inbox/plugins', '']",
        ),
        &[
            "warraq.toml: plugin[1].name: found \"a\" a second time, wanted each plugin once",
            "warraq.toml: plugin[2].name: found \"../x\", wanted a-z first, then a-z, 0-9, `-` or `_`, at most 64 characters",
            "warraq.toml: plugin[2].on_failure: found the text \"stop\", wanted one of \"quarantine\", \"skip\", \"halt\"",
            "warraq.toml: plugin[3].config.x: found the number inf, wanted a number that JSON can hold",
            "warraq.toml: plugin[3].deadline_seconds: found the number 0, wanted seconds, 0.01 to 3600",
            "warraq.toml: plugin[3].file: found \"/var/lib/warraq/inbox/b.so\", inside inbox[0].path, wanted a folder that only \
             the administrator writes to",
            "warraq.toml: plugins.directories: found \"\", wanted a path",
            "warraq.toml: plugins.directories: found \"/var/lib/warraq/inbox/plugins\", inside inbox[0].path, wanted a folder \
             that only the administrator writes to",
        ],
    );
    assert!(Case::new("plugin = []").config().plugins.is_empty());
}

#[test]
fn plugin_directories_are_beside_the_file_that_names_them() {
    let case = Case::new("[plugins]\ndirectories = ['plugins']");
    assert_eq!(case.config().plugin_directories, [case.path("plugins")]);
}

#[test]
fn one_file_must_fit_in_hand() {
    check_problems(
        &Case::new("[claim]\nin_hand_bytes_max = 1024"),
        &["warraq.toml: claim.in_hand_bytes_max: found 1024, wanted at least decode.submission_bytes_max (16777216)"],
    );
    check_problems(
        &Case::new("[decode]\nsubmission_bytes_max = 1073741824"),
        &[
            "warraq.toml: decode.submission_bytes_max: found 1073741824, wanted at most claim.in_hand_bytes_max (268435456)",
        ],
    );
}

#[test]
fn hostile_keys_neither_forge_lines_nor_allocate() {
    let case = Case::new("\"inbox[999999999].path\" = 'x'\n\"a\\nb\" = 1\n[chain]\n\"wor\\u001bkers\" = 1");
    let problems = case.problems();
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems.iter().all(|line| !line.contains(char::is_control)));
    let deep = format!("[[plugin]]\nname = 'a'\n[plugin.config]\nx = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Case::new(&deep).problems()[0].contains("not valid TOML"));
}
