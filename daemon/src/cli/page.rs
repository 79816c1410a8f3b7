//! A record as a page for people. Reads only the record, so it shows what every consumer gets.

use std::io::{self, Write};

use serde_json::Value;

/// How much of the body is shown, in characters.
const BODY_CHARACTERS: usize = 240;
/// How many items of a list are shown.
const LIST_MAX: usize = 12;

/// Writes one record, given as JSON.
pub(super) fn write(out: &mut impl Write, record: &[u8]) -> io::Result<()> {
    let record: Value = serde_json::from_slice(record)?;
    let text = |key: &str| record[key].as_str().unwrap_or("-").to_owned();
    writeln!(out, "{}", "─".repeat(72))?;
    let source = &record["source"];
    writeln!(out, "file       {}", source["name"].as_str().unwrap_or("-"))?;
    writeln!(
        out,
        "read as    {}, {}, {} bytes",
        source["media_type"].as_str().unwrap_or("-"),
        source["charset"].as_str().unwrap_or("-"),
        source["bytes"]
    )?;
    writeln!(out, "language   {}", text("language"))?;
    writeln!(out, "headline   {}", text("headline"))?;
    if let Some(dateline) = record["dateline"]["text"].as_str() {
        writeln!(out, "dateline   {dateline}")?;
    }
    items(out, &record, "agencies", |item| item["name"].as_str().map(str::to_owned))?;
    for kind in ["person", "place", "organisation", "other"] {
        let names: Vec<&str> = list(&record, "entities")
            .iter()
            .filter(|entity| entity["type"] == kind)
            .filter_map(|entity| entity["name"].as_str())
            .collect();
        line(out, kind, &names)?;
    }
    items(out, &record, "dates", |item| {
        Some(format!("{} ({})", item["text"].as_str()?, item["iso"].as_str().unwrap_or("relative")))
    })?;
    items(out, &record, "figures", |item| Some(format!("{} {}", item["number"], item["kind"].as_str()?)))?;
    for quote in list(&record, "quotes") {
        let speaker = quote["speaker"].as_str().unwrap_or("?");
        writeln!(out, "quote      {speaker}: «{}»", quote["text"].as_str().unwrap_or(""))?;
    }
    for furniture in list(&record, "furniture") {
        writeln!(
            out,
            "furniture  {} ({})",
            furniture["text"].as_str().unwrap_or(""),
            furniture["kind"].as_str().unwrap_or("")
        )?;
    }
    for related in list(&record, "related") {
        let passages = related["passages"].as_array().map_or(0, Vec::len);
        writeln!(
            out,
            "related    {} {} ({passages} passages)",
            related["relation"].as_str().unwrap_or(""),
            related["source_name"]
        )?;
    }
    for sentence in record["summary"]["sentences"].as_array().map(Vec::as_slice).unwrap_or_default() {
        writeln!(out, "summary    {}", sentence["text"].as_str().unwrap_or(""))?;
    }
    let body = text("body");
    let shown: String =
        body.chars().take(BODY_CHARACTERS).map(|character| if character == '\n' { ' ' } else { character }).collect();
    let more = body.chars().count().saturating_sub(BODY_CHARACTERS);
    writeln!(out, "body       {shown}{}", if more > 0 { format!("… ({more} characters more)") } else { String::new() })
}

fn items(out: &mut impl Write, record: &Value, key: &str, show: impl Fn(&Value) -> Option<String>) -> io::Result<()> {
    let shown: Vec<String> = list(record, key).iter().filter_map(show).collect();
    line(out, key, &shown)
}

fn line(out: &mut impl Write, label: &str, items: &[impl AsRef<str>]) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let shown: Vec<&str> = items.iter().take(LIST_MAX).map(AsRef::as_ref).collect();
    let more = items.len().saturating_sub(LIST_MAX);
    let rest = if more > 0 { format!(" … ({more} more)") } else { String::new() };
    writeln!(out, "{label:<10} {}{rest}", shown.join("، "))
}

fn list<'a>(record: &'a Value, key: &str) -> &'a [Value] {
    record[key].as_array().map(Vec::as_slice).unwrap_or_default()
}
