//! The same article in any encoding or wrapping gives the same body. Where an encoding cannot carry an article, it is not asked to.

use encoding_rs::{Encoding, ISO_8859_6, WINDOWS_1256};

use crate::support::{Shop, seeds};

/// Cleans, and remembers nothing: the same article may come in many forms.
const CLEANING: &str = "[[plugin]]\nname = 'normalise'\n";

fn utf_16(text: &str, bytes_of: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    let mark = mark.then_some(0xFEFF);
    mark.into_iter().chain(text.encode_utf16()).flat_map(bytes_of).collect()
}

/// `None` if the encoding lacks a character.
fn encoded(text: &str, encoding: &'static Encoding) -> Option<Vec<u8>> {
    let (bytes, _, unmappable) = encoding.encode(text);
    (!unmappable).then(|| bytes.into_owned())
}

/// A form of an article: a name for it, the charset it is to be read in, and how to make it.
type Form<'a> = (&'a str, &'a str, fn(&str) -> Option<Vec<u8>>);

/// Every form of every seed next to its plain UTF-8; the bodies must be equal and the charset named.
#[track_caller]
fn check(forms: &[Form<'_>]) {
    let shop = Shop::configured(CLEANING);
    let mut count = 0;
    for (name, text) in seeds() {
        shop.write(format!("{name}.plain.txt"), &text);
        count += 1;
        for (form, _, encode) in forms {
            if let Some(bytes) = encode(&text) {
                shop.write(format!("{name}.{form}.txt"), bytes);
                count += 1;
            }
        }
    }
    shop.drain();
    shop.assert_books(count, 0, 0);
    for (form, charset, encode) in forms {
        let carried: Vec<_> = seeds().into_iter().filter(|(_, text)| encode(text).is_some()).collect();
        assert!(!carried.is_empty(), "{form} carries no seed");
        for (name, _) in carried {
            let record = shop.record_of(format!("{name}.{form}.txt"));
            assert_eq!(record["source"]["charset"], *charset, "{name} as {form}");
            assert_eq!(record.body(), shop.record_of(format!("{name}.plain.txt")).body(), "{name} as {form}");
        }
    }
}

#[test]
fn utf_16_with_and_without_a_mark() {
    check(&[
        ("le-mark", "utf-16le", |text| Some(utf_16(text, u16::to_le_bytes, true))),
        ("be-mark", "utf-16be", |text| Some(utf_16(text, u16::to_be_bytes, true))),
        ("le", "utf-16le", |text| Some(utf_16(text, u16::to_le_bytes, false))),
        ("be", "utf-16be", |text| Some(utf_16(text, u16::to_be_bytes, false))),
    ]);
}

#[test]
fn code_pages() {
    check(&[
        ("1256", "windows-1256", |text| encoded(text, WINDOWS_1256)),
        ("8859-6", "iso-8859-6", |text| encoded(text, ISO_8859_6)),
    ]);
}

#[test]
fn byte_order_mark_and_line_ends() {
    check(&[
        ("mark", "utf-8", |text| Some(format!("\u{FEFF}{text}").into_bytes())),
        ("crlf", "utf-8", |text| Some(text.replace('\n', "\r\n").into_bytes())),
        ("mark-crlf", "utf-8", |text| Some(format!("\u{FEFF}{}", text.replace('\n', "\r\n")).into_bytes())),
        ("crlf-utf-16", "utf-16le", |text| Some(utf_16(&text.replace('\n', "\r\n"), u16::to_le_bytes, true))),
    ]);
}

#[test]
fn json_by_its_common_field_names() {
    let shop = Shop::configured(CLEANING);
    let (_, text) = seeds().swap_remove(1);
    shop.write("plain.txt", &text);
    let keys = ["body", "text", "content", "articleBody", "article_body", "maintext"];
    for key in keys {
        let article = serde_json::json!({
            key: text, "title": "عنوان", "author": "كاتب", "language": "ar", "url": "https://example.org/1",
            "datePublished": "2016-07-15",
        });
        shop.write(format!("{key}.json"), article.to_string());
    }
    shop.drain();
    shop.assert_books(1 + keys.len(), 0, 0);
    let plain = shop.record_of("plain.txt");
    for key in keys {
        let record = shop.record_of(format!("{key}.json"));
        assert_eq!(record.body(), plain.body(), "{key}");
        assert_eq!(record["source"]["media_type"], "application/json");
        assert_eq!(record["source"]["url"], "https://example.org/1");
        assert_eq!((&record["headline"], &record["byline"]), (&"عنوان".into(), &"كاتب".into()));
        assert_eq!(record["published"]["date"], "2016-07-15");
        assert_eq!(record["source"]["index"], 0);
    }
}

#[test]
fn json_lines_hold_an_article_each() {
    let shop = Shop::configured(CLEANING);
    let mut lines = String::new();
    for (name, text) in seeds() {
        shop.write(&name, &text);
        lines += &format!("{}\n", serde_json::json!({ "body": text, "headline": name }));
    }
    shop.write("all.jsonl", &lines);
    shop.write("all-utf-16.jsonl", utf_16(&lines, u16::to_be_bytes, true));
    shop.drain();
    shop.assert_books(15, 0, 0);
    let records = shop.records();
    for (index, (name, _)) in seeds().iter().enumerate() {
        let plain = shop.record_of(name);
        for (file, charset) in [("all.jsonl", "utf-8"), ("all-utf-16.jsonl", "utf-16be")] {
            let is_it = |record: &&_| {
                let record: &crate::support::Record = record;
                record.source_name() == file && record["source"]["index"] == index
            };
            let record = records.iter().find(is_it).unwrap();
            assert!(record.id().ends_with(&format!(".{index}")), "{}", record.id());
            assert_eq!(record.body(), plain.body());
            assert_eq!(record["headline"], *name);
            assert_eq!(record["source"]["charset"], charset);
            assert_eq!(record["source"]["media_type"], "application/x-ndjson");
        }
    }
}

/// Symptom: a file of short ASCII lines was published as Chinese. Cause: read as UTF-16BE, "story 0" and its line end are common
/// characters, and the test for UTF-16 without a mark comes before the one for UTF-8.
#[test]
fn ascii_that_repeats_itself_is_not_utf_16() {
    let shop = Shop::configured(CLEANING);
    let lines = ["story 0\n", "abcdefg\n", "to be or not to be\n", "0123456\n", "a b c d\n", "ab\n", "No news\r\n"];
    let texts: Vec<String> =
        lines.iter().flat_map(|line| [1, 3, 10, 100, 1000].map(|times| line.repeat(times))).collect();
    for (number, text) in texts.iter().enumerate() {
        shop.write(format!("{number}.txt"), text);
    }
    shop.drain();
    shop.assert_books(texts.len(), 0, 0);
    let misread: Vec<String> = (0..texts.len())
        .filter(|number| shop.record_of(format!("{number}.txt"))["source"]["charset"] != "utf-8")
        .map(|number| format!("{:?} x {}", &texts[number][..8.min(texts[number].len())], texts[number].len()))
        .collect();
    assert_eq!(misread, [""; 0]);
}
