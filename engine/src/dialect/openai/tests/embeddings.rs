//! Requests for embeddings, and answers to them.

use super::request::texts;
use crate::dialect::edit::apply;
use crate::dialect::openai::{ChatAnswer, ChatRequest, ForUpstream, INPUTS_MAX};
use crate::dialect::text::TextReader;
use lang::model::{Dialect, Kind};

#[test]
fn an_input_is_a_text_ids_or_a_list_of_either() {
    let rows: &[(&str, &[&str], &[Kind], u64)] = &[
        (r#""the cat""#, &["the cat"], &[], 2),
        (r#"["the","cat","sat"]"#, &["the", "cat", "sat"], &[], 3),
        ("[40, 7, 12345678]", &[], &[Kind::Tokens], 3),
        ("[[40,7],[8]]", &[], &[Kind::Tokens], 3),
        (r#"[[40,7],"and text"]"#, &["and text"], &[Kind::Tokens], 4),
    ];
    for (input, expected, kinds, tokens) in rows {
        let body = format!(r#"{{"model":"m","input":{input},"encoding_format":"base64","dimensions":8}}"#);
        let request = ChatRequest::read_embeddings(body.as_bytes()).unwrap();
        assert_eq!(texts(body.as_bytes(), &request.texts), *expected, "{input}");
        assert_eq!(request.unscannable.as_slice(), *kinds, "{input}");
        assert_eq!(request.size.tokens(), *tokens, "{input}");
    }
    let body = br#"{"model":"m","input":"a","user":"ann","encoding_format":"words","note":{"k":"v"}}"#;
    let request = ChatRequest::read_embeddings(body).unwrap();
    assert_eq!(request.user, "ann");
    assert_eq!(texts(body, &request.texts), ["a", "ann", "words", "note", "k", "v"]);
}

#[test]
fn what_is_no_input_is_refused_where_it_is() {
    let many = format!("[{}\"x\"]", "\"x\",".repeat(INPUTS_MAX));
    let rows: &[(&str, &str)] = &[
        (r#"{"model":"m"}"#, "input"),
        (r#"{"model":"m","input":null}"#, "input"),
        (r#"{"model":"m","input":[]}"#, "input"),
        (r#"{"model":"m","input":7}"#, "input"),
        (r#"{"model":"m","input":{"text":"a"}}"#, "input"),
        (r#"{"model":"m","input":[{"text":"a"}]}"#, "input[0]"),
        (r#"{"model":"m","input":["a",[["b"]]]}"#, "input[1][0]"),
        (r#"{"model":"m","input":["a",7]}"#, "input[1]"),
        (r#"{"model":"m","input":[7,"a"]}"#, "input[1]"),
        (r#"{"model":"m","input":[7.5]}"#, "input[0]"),
        (r#"{"model":"m","input":[-7]}"#, "input[0]"),
        (r#"{"input":"a"}"#, "model"),
        (r#"{"model":"m","input":"a","dimensions":"8"}"#, "dimensions"),
        (r#"{"model":"m","input":"a","fallbacks":["n"]}"#, "fallbacks"),
        (&format!(r#"{{"model":"m","input":{many}}}"#), "input"),
    ];
    for (body, param) in rows {
        let error = ChatRequest::read_embeddings(body.as_bytes()).unwrap_err();
        assert_eq!(error.param.as_deref(), Some(*param), "{body}: {error}");
    }
    let most = format!("[{}\"x\"]", "\"x\",".repeat(INPUTS_MAX - 1));
    ChatRequest::read_embeddings(format!(r#"{{"model":"m","input":{most}}}"#).as_bytes()).unwrap();
}

#[test]
fn an_upstream_is_told_the_pinned_model_and_no_maximum() {
    let body = br#"{ "model" : "ada", "input": "a", "max_tokens": 9 }"#;
    let request = ChatRequest::read_embeddings(body).unwrap();
    for speaks in [Dialect::OpenAi, Dialect::Mistral] {
        let upstream = ForUpstream { model: "ada-2", cap: Some(5), speaks };
        let sent = request.rewrite(body, upstream, Vec::new()).unwrap();
        assert_eq!(sent, br#"{ "model" : "ada-2", "input": "a", "max_tokens": 9 }"#);
    }
}

#[test]
fn vectors_are_no_text_and_what_stands_beside_them_is() {
    let body = r#"{"object":"list","model":"ada-2","data":[
        {"object":"embedding","index":0,"embedding":[0.0023064255,-0.009327292,1e-3]},
        {"object":"embedding","index":1,"embedding":"AACAPwAAAAA=","note":"4111"}],
        "usage":{"prompt_tokens":8,"total_tokens":8},"warnings":["long"]}"#;
    let answer = ChatAnswer::read_embeddings(body.as_bytes()).unwrap();
    let mut reader = TextReader::new(body.as_bytes());
    let read: Vec<_> = answer.texts.iter().map(|text| reader.read(&text.place).text.into_owned()).collect();
    assert_eq!(read, ["4111", "long"]);
    let usage = answer.usage.unwrap();
    assert_eq!((usage.input, usage.output), (8, 0));
    assert_eq!(apply(body.as_bytes(), Vec::new()).unwrap(), body.as_bytes());
    for broken in [
        "{}",
        r#"{"data":{}}"#,
        r#"{"data":["x"]}"#,
        r#"{"data":[{"index":0}]}"#,
        r#"{"data":[{"embedding":["4111 1111"]}]}"#,
        r#"{"data":[{"embedding":"card 4111 1111"}]}"#,
        r#"{"data":[{"embedding":"QQ=="}]}"#,
        "<html>",
    ] {
        assert!(ChatAnswer::read_embeddings(broken.as_bytes()).is_err(), "{broken}");
    }
}
