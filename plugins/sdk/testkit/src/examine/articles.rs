//! Articles of every shape, fields of every type, and hosts that refuse everything.
//!
//! A field of type TEXT is always UTF-8, and one of type JSON always parses: the header promises it. Bytes that are neither come as
//! BYTES, in notes and in ids of extensions.

use serde_json::json;

use crate::answer::Verdict;
use crate::desk::Mood;
use crate::examine::Case;
use crate::instance::Instance;
use crate::value::{Article, Value};

/// Length of the longest line tried, in bytes.
const LONG_BYTES: usize = 1 << 20;

/// Articles in one call, more than the daemon passes today.
const BATCH: usize = 7;

pub(crate) fn examine(case: &Case<'_>) {
    let Some(mut instance) = case.started() else { return };
    instance.process(&[], Mood::default());
    for article in case.plain().iter().chain(&strange()) {
        twice(case, &mut instance, article);
    }
    let fields: Vec<&String> = case.subject.manifest.reads.iter().chain(&case.subject.manifest.writes).collect();
    for field in &fields {
        for value in values() {
            case.ask(&mut instance, &Article::new("ورّاق").set(field, value));
        }
        case.ask(&mut instance, &Article::new("ورّاق").unset(field));
    }
    let everything_odd = |value: Value| {
        fields
            .iter()
            .filter(|field| **field != "id")
            .fold(Article::new(""), |article, field| article.set(field, value.clone()))
    };
    for value in values() {
        case.ask(&mut instance, &everything_odd(value));
    }
    drop(instance);
    refusing_hosts(case);
    batches(case);
}

/// Articles as they come every day.
pub(crate) fn plain() -> Vec<Article> {
    let arabic = "القاهرة (وكالات) - قالت الوزارة إن 12 شخصا أصيبوا يوم الاثنين في حادث على الطريق الصحراوي.\n\
                  وأضاف البيان: «سننشر التفاصيل قريبا».\n";
    let english = "LONDON - The council said on Tuesday that three roads will be closed for repairs until May.\n\
                   \"We will tell residents in good time,\" a spokesman said.\n";
    vec![
        Article::new(arabic).text("headline", "إصابة 12 في حادث").text("language", "ar"),
        Article::new(english).text("headline", "Three roads to close").text("language", "en"),
        Article::new(arabic.repeat(8)).text("headline", "إصابة 12 في حادث").text("language", "ar"),
    ]
}

fn strange() -> Vec<Article> {
    let bodies = [
        String::new(),
        " \n\t\r\n".to_owned(),
        "\u{0}".to_owned(),
        "\u{FEFF}\u{202E}\u{200F}\u{64B}\u{64B}\u{64B}".to_owned(),
        "\u{10FFFF}👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿".to_owned(),
        "ا".to_owned(),
        "«\"«'([{".repeat(500),
        "1".repeat(5_000),
        "a ".repeat(20_000),
        "\n".repeat(20_000),
        "ًٌٍَُِّْ".repeat(2_000),
        "ك".repeat(LONG_BYTES / 2),
    ];
    bodies.into_iter().map(Article::new).chain([Article::new("").unset("body").unset("source")]).collect()
}

/// One value of every type, and texts and structures of every size.
fn values() -> Vec<Value> {
    let mut deep = json!(null);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let mut values = vec![
        Value::Integer(i64::MIN),
        Value::Float(f64::MIN_POSITIVE),
        Value::Boolean(true),
        Value::Bytes(Vec::new()),
        Value::Bytes(vec![0xFF, 0xFE, 0x00, 0xC7, 0xE1]),
        Value::Text(String::new()),
        Value::Text("ورّاق\u{0}\u{202E}".to_owned()),
        Value::Text("x".repeat(LONG_BYTES)),
    ];
    let json = [
        json!(null),
        json!([]),
        json!({}),
        json!("نص"),
        json!(-1),
        json!([{ "text": null, "start": -5, "end": 1e300 }]),
        deep,
    ];
    values.extend(json.into_iter().map(Value::Json));
    values
}

/// The same article is asked about twice: it may have been judged before, in a chain that broke later on.
fn twice(case: &Case<'_>, instance: &mut Instance, article: &Article) {
    let (first, second) = (case.ask(instance, article), case.ask(instance, article));
    let shown = || article.get("body").map_or(String::new(), |body| format!("{body:?}").chars().take(60).collect());
    if matches!(first.verdict, Verdict::Retry { .. }) || matches!(second.verdict, Verdict::Retry { .. }) {
        return;
    }
    if (&first.verdict, &first.edits) != (&second.verdict, &second.edits) {
        case.findings.add(format!(
            "asked twice about one article, it answers differently: {:?}, then {:?}, for {}",
            first.verdict,
            second.verdict,
            shown()
        ));
    }
}

/// A host without room and a deadline that is over: any verdict will do, a panic will not.
fn refusing_hosts(case: &Case<'_>) {
    let moods = [
        Mood { bytes_max: 0, ..Mood::default() },
        Mood { remaining_us: Some(0), ..Mood::default() },
        Mood { remaining_us: Some(i64::MIN), ..Mood::default() },
        Mood { remaining_us: Some(i64::MAX), ..Mood::default() },
    ];
    for mood in moods {
        let Some(mut instance) = case.started() else { return };
        for article in case.plain() {
            instance.process(&[&article], mood);
        }
    }
}

/// Several articles in one call get the answers that each would get alone.
fn batches(case: &Case<'_>) {
    let (Some(mut together), Some(mut alone)) = (case.started(), case.started()) else { return };
    let articles: Vec<Article> = case.plain().into_iter().cycle().take(BATCH).map(|article| article.copy()).collect();
    let batch: Vec<&Article> = articles.iter().collect();
    let batch_answers = together.process(&batch, Mood::default());
    for (article, in_batch) in articles.iter().zip(batch_answers) {
        let by_itself = case.ask(&mut alone, article);
        if matches!(by_itself.verdict, Verdict::Retry { .. }) {
            continue;
        }
        if by_itself.verdict != in_batch.verdict || by_itself.edits != in_batch.edits {
            case.findings.add(format!(
                "one of {BATCH} articles in a call is answered otherwise than alone: {:?}, {:?}",
                in_batch.verdict, by_itself.verdict
            ));
        }
    }
}
