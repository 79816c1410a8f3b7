//! JSON as feeds, crawlers and data sets write it.

use crate::article::Document;
use crate::decode::{Decoded, Limits, Piece, decode};
use crate::fault::Fault;

const LIMITS: Limits = Limits { articles_max: 100 };

fn read(name: &str, text: &str) -> Decoded {
    decode(name.as_bytes(), text.as_bytes(), &LIMITS).unwrap()
}

fn fault(name: &str, text: &str) -> Fault {
    decode(name.as_bytes(), text.as_bytes(), &LIMITS).unwrap_err()
}

fn document(text: &str) -> Document {
    let decoded = read("x.json", text);
    assert!(!decoded.several, "{text}");
    decoded.articles.into_iter().next().unwrap().document.unwrap()
}

/// Each piece's text, or its fault's code.
fn texts(decoded: &Decoded) -> Vec<String> {
    let text = |piece: &Piece| match &piece.document {
        Ok(document) => document.text.clone(),
        Err(fault) => fault.code().to_owned(),
    };
    decoded.articles.iter().map(text).collect()
}

#[test]
fn fields_have_many_names() {
    let wanted = Document {
        text: "نص".to_owned(),
        headline: Some("عنوان".to_owned()),
        byline: Some("سلمى, Omar".to_owned()),
        published: Some("2016-07-15".to_owned()),
        language: Some("ar-EG".to_owned()),
        url: Some("https://example.org/1".to_owned()),
    };
    for text in [
        r#"{"body":"نص","headline":"عنوان","byline":"سلمى, Omar","date":"2016-07-15","language":"ar-EG","url":"https://example.org/1"}"#,
        r#"{"Text":"نص","TITLE":"عنوان","Author":["سلمى","Omar"],"published_at":"2016-07-15","lang":"ar_EG","link":"https://example.org/1"}"#,
        r#"{"@type":"NewsArticle","articleBody":"نص","headline":"عنوان","author":[{"name":"سلمى"},{"@type":"Person","name":"Omar"}],
            "datePublished":"2016-07-15","inLanguage":"ar-EG","canonical_url":"https://example.org/1"}"#,
        r#"{"body_text":"نص","headline":"عنوان","creator":{"name":"سلمى, Omar"},"versioncreated":"2016-07-15","language":"ar-EG",
            "description":"a teaser","url":"https://example.org/1","body":"  "}"#,
        r#"{"status":"ok","article":{"maintext":"نص","title":"عنوان","authors":["سلمى","Omar"],"date_published":"2016-07-15",
            "language":"ar-EG","url":"https://example.org/1"}}"#,
        r#"{"@context":"https://schema.org","@graph":[{"@type":"WebPage","description":"not this"},{"@type":["Thing","ReportageNewsArticle"],
            "schema:articleBody":{"@value":"نص"},"headline":"عنوان","author":["سلمى",{"name":"Omar"}],"datePublished":"2016-07-15",
            "inLanguage":"ar-EG","url":"https://example.org/1"}]}"#,
    ] {
        assert_eq!(document(text), wanted, "{text}");
    }
}

#[test]
fn odd_values_are_no_guess() {
    let found = document(
        r#"{"content":["first","",{"text":"second"},3],"date":1468540800,"language":"Arabic","title":7,"author":{}}"#,
    );
    let wanted = Document { text: "first\nsecond".into(), published: Some("1468540800".into()), ..Document::default() };
    assert_eq!(found, wanted);
    assert_eq!(document(r#"{"description":"last resort","title":null}"#).text, "last resort");
    assert_eq!(document(r#"{"body":"one","body":"two"}"#).text, "two");
    assert_eq!(document(r#"{"body":"cut \ud83d here \ud83d\ude00"}"#).text, "cut \u{fffd}\u{fffd}\u{fffd} here 😀");
}

#[test]
fn an_array_and_its_wrappers_hold_several() {
    for text in [
        r#"[{"body":"a"},{"body":"b"},{"id":1},5]"#,
        r#"{"version":"https://jsonfeed.org/version/1.1","items":[{"content_text":"a"},{"content_text":"b"},{},null]}"#,
        r#"{"description":"a site","data":[{"text":"a"},{"text":"b"},{"n":2},[]]}"#,
    ] {
        let decoded = read("x.json", text);
        assert!(decoded.several);
        assert_eq!(texts(&decoded), ["a", "b", "no-text", "no-text"], "{text}");
    }
    let decoded = read("x.json", r#"[ {"body" : "a"} ]"#);
    assert_eq!(decoded.articles[0].original.as_deref(), Some(br#"{"body" : "a"}"#.as_slice()));
    assert!(decoded.several);
    let graph = r#"{"@graph":[{"@type":"Article","articleBody":"a"},{"@type":"Article","articleBody":"b"}]}"#;
    assert_eq!(texts(&read("x", graph)), ["a", "b"]);
}

#[test]
fn a_broken_line_is_alone() {
    let decoded = read("x.jsonl", "{\"text\":\"a\"}\n\n{\"text\":نص}\n{\"text\":\"b\"}\r\n17\n");
    assert_eq!((decoded.media_type, decoded.several), ("application/x-ndjson", true));
    assert_eq!(texts(&decoded), ["a", "malformed", "b", "no-text"]);
    assert_eq!(decoded.articles[2].original.as_deref(), Some(br#"{"text":"b"}"#.as_slice()));
    let message = |index: usize| decoded.articles[index].document.clone().unwrap_err().to_string();
    assert_eq!(message(1), "not valid JSON Lines: line 3, column 9: expected value");
    assert_eq!(message(3), "no text: line 5 is a number, not an object");
}

#[test]
fn content_decides_and_the_extension_settles() {
    let shape = |name: &str, text: &str| {
        let decoded = read(name, text);
        (decoded.media_type, decoded.articles.len())
    };
    assert_eq!(shape("x.txt", "{\"text\":\"a\"}\n{\"text\":\"b\"}"), ("application/x-ndjson", 2));
    assert_eq!(shape("x.json", "{\"text\":\"a\"}\n{\"text\":\"b\"}"), ("application/x-ndjson", 2));
    assert_eq!(shape("x", "{\"text\":\"a\"}"), ("application/json", 1));
    assert_eq!(shape("x.ndjson", "{\"text\":\"a\"}"), ("application/x-ndjson", 1));
    assert_eq!(shape("x.jsonl", "{\n \"text\": \"a\"\n}\n"), ("application/json", 1));
    assert_eq!(shape("x.JSONL", "[{\"text\":\"a\"},\n{\"text\":\"b\"}]"), ("application/json", 2));
    assert_eq!(shape("x.txt", "[1] A note, then {prose}."), ("text/plain", 1));
    assert_eq!(shape("x.txt", "{قال} وزير"), ("text/plain", 1));
}

#[test]
fn refusals_say_where_and_what() {
    let message = |text: &str| fault("x.json", text).to_string();
    assert_eq!(message("{\"body\": \"x\",\n \"title\": عنوان}"), "not valid JSON: line 2, column 11: expected value");
    assert_eq!(message("{\"body\": \"قال"), "not valid JSON: line 1, column 13: EOF while parsing a string");
    assert_eq!(message("prose"), "not valid JSON: line 1, column 1: expected value");
    assert_eq!(message("[]"), "no text: an array without objects, wanted is an object or an array of objects");
    assert_eq!(message("null"), "no text: null, wanted is an object or an array of objects");
    assert_eq!(fault("x.txt", "{ \"text\": broken").code(), "malformed");
    let none = read("x.json", r#"{"id":1,"image":"x"}"#).articles.remove(0).document.unwrap_err();
    assert_eq!(
        none.to_string(),
        "no text: its keys are: id, image; wanted is one of: body, text, content, articleBody, maintext"
    );
    let html = read("x.json", r#"{"body":"<p>a</p>\n<p>b</p>"}"#).articles.remove(0).document.unwrap_err();
    assert_eq!(html, Fault::UnsupportedFormat("HTML inside the JSON field `body`".to_owned()));
    assert_eq!(document(r#"{"content":"<p>a</p><p>b</p>","content_text":"a b"}"#).text, "a b");
    assert_eq!(document(r#"{"body":"a text about <html> and <b>"}"#).text, "a text about <html> and <b>");
}

#[test]
fn limits_hold() {
    let too_many = Fault::TooManyArticles { limit: 100 };
    assert_eq!(fault("x.jsonl", &"{\"text\":\"a\"}\n".repeat(101)), too_many);
    assert_eq!(fault("x.json", &format!("[{}5]", "{\"text\":\"a\"},".repeat(100))), too_many);
    assert_eq!(read("x.jsonl", &"{\"text\":\"a\"}\n".repeat(100)).articles.len(), 100);
    assert_eq!(fault("x.json", &"[".repeat(1_000_000)).code(), "malformed");
    let deep = format!("{{\"body\":{}\"x\"{}, \"text\":\"a\"}}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(document(&deep).text, "a");
}

#[test]
fn json_in_other_encodings() {
    let text = "{\"body\":\"قال وزير الخارجية إن المحادثات ستستمر غدا\"}";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let windows = encoding_rs::WINDOWS_1256.encode(text).0;
    for (bytes, charset) in [(wide.as_slice(), "utf-16le"), (&windows, "windows-1256")] {
        let decoded = decode(b"x.json", bytes, &LIMITS).unwrap();
        assert_eq!((decoded.media_type, decoded.charset), ("application/json", charset));
        assert_eq!(texts(&decoded), ["قال وزير الخارجية إن المحادثات ستستمر غدا"]);
    }
}
