//! The plugin against a stand-in on this machine that answers well, badly, late or never.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use remote_summary::RemoteSummary;
use serde_json::{Value, json};
use warraq_plugin::RETRY_AFTER;
use warraq_testkit::{Article, Harness, Subject, check_subject};

#[test]
fn keeps_the_contract() {
    check_subject(&Subject::of::<RemoteSummary>().config(settings(stand_in(summary))));
}

#[test]
fn the_answer_is_kept() {
    let mut harness = Harness::of::<RemoteSummary>(settings(stand_in(summary)));
    let answer = harness.process(&Article::new("نص طويل"));
    assert_eq!(answer.text("remote_summary"), Some("خلاصة: نص طويل"));
    assert!(harness.process(&Article::new(" ")).edits.is_empty(), "nothing is asked about no text");
}

#[test]
fn an_ill_service_is_asked_again_later() {
    let status = |status: &'static str| stand_in(move |stream| reply(stream, status, "{}"));
    let answers = [
        status("503 Service Unavailable"),
        status("429 Too Many Requests"),
        status("200 OK"),
        stand_in(|_| {}),
        stand_in(|mut stream| drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"))),
        "http://127.0.0.1:1/".to_owned(),
    ];
    for endpoint in answers {
        let answer = Harness::of::<RemoteSummary>(settings(endpoint)).process(&Article::new("نص"));
        assert_eq!(answer.retry_after(), Some(RETRY_AFTER), "{answer:?}");
    }
}

#[test]
fn a_refusal_is_final_and_a_wrong_address_is_no_fault_of_the_article() {
    let ask = |status: &'static str| {
        let endpoint = stand_in(move |stream| reply(stream, status, "{}"));
        Harness::of::<RemoteSummary>(settings(endpoint)).process(&Article::new("نص"))
    };
    assert_eq!(ask("413 Content Too Large").rejected(), Some("refused-by-service"));
    assert!(ask("404 Not Found").broken().unwrap().contains("are endpoint and model right?"));
    assert!(ask("302 Found").broken().is_some(), "articles go nowhere else");
}

#[test]
fn a_service_that_never_answers_does_not_hold_the_article() {
    let endpoint = stand_in(|stream| {
        let _ = BufReader::new(stream).lines().count();
    });
    let mut harness = Harness::of::<RemoteSummary>(json!({ "endpoint": endpoint, "timeout_seconds": 1 }));
    let began = Instant::now();
    assert_eq!(harness.process(&Article::new("نص")).retry_after(), Some(RETRY_AFTER));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    harness.expire_deadline();
    assert_eq!(harness.process(&Article::new("نص")).retry_after(), Some(RETRY_AFTER), "not even asked");
}

fn settings(endpoint: String) -> Value {
    json!({ "endpoint": endpoint, "timeout_seconds": 20 })
}

/// A service on a port of its own; each connection gets one request read and is then `answered`.
fn stand_in(answered: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/chat/completions", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            answered(stream.unwrap());
        }
    });
    endpoint
}

/// Answers with what was asked about, as a model that is very brief.
fn summary(stream: TcpStream) {
    let question = read(&stream);
    let text = question["messages"][1]["content"].as_str().unwrap_or("").chars().take(100).collect::<String>();
    let answer = json!({ "choices": [{ "message": { "role": "assistant", "content": format!("خلاصة: {text}\n") } }] });
    write(stream, "200 OK", &answer.to_string());
}

fn reply(stream: TcpStream, status: &str, body: &str) {
    read(&stream);
    write(stream, status, body);
}

fn read(stream: &TcpStream) -> Value {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        if let Some((_, value)) = line.to_ascii_lowercase().split_once("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return Value::Null;
    }
    serde_json::from_slice(&body).unwrap_or_default()
}

fn write(mut stream: TcpStream, status: &str, body: &str) {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    // Who asked may have gone away.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}
