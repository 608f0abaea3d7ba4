//! The skimmer against a tree-building parser, and at its limits.

use super::*;
use proptest::prelude::*;
use proptest::string::string_regex;

/// The document as the oracle's tree.
fn tree(value: Value<'_, '_>) -> serde_json::Value {
    match value.kind() {
        Kind::Null => serde_json::Value::Null,
        Kind::Bool => value.as_bool().unwrap().into(),
        Kind::Number => serde_json::from_str(value.raw()).unwrap(),
        Kind::String => value.as_str().unwrap().into_owned().into(),
        Kind::Array => value.elements().map(tree).collect(),
        Kind::Object => value
            .members()
            .map(|(key, value)| (key.as_str().unwrap().into_owned(), tree(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// Whether both say the same of `bytes`; numbers beyond a double are JSON, and only the oracle minds.
fn agree(bytes: &[u8]) -> Result<(), TestCaseError> {
    let expected = serde_json::from_slice::<serde_json::Value>(bytes);
    match (Document::parse_with(bytes, Keys::Any), expected) {
        (Ok(document), Ok(expected)) => prop_assert_eq!(tree(document.root()), expected),
        (Err(_), Err(_)) => {}
        (Ok(_), Err(error)) => {
            let message = error.to_string();
            let is_ours = message.contains("out of range");
            prop_assert!(is_ours, "accepted {:?}: {message}", String::from_utf8_lossy(bytes));
        }
        (Err(error), Ok(_)) => {
            let is_ours = error.fault == Fault::TooDeep;
            prop_assert!(is_ours, "refused {:?}: {error}", String::from_utf8_lossy(bytes));
        }
    }
    Ok(())
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn documents_are_read_as_the_oracle_reads_them(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
        agree(&text)?;
    }

    #[test]
    fn damaged_documents_are_judged_as_the_oracle_does(value in any_json(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = serde_json::to_vec(&value).unwrap();
        let at = at.index(text.len());
        text[at] = byte;
        agree(&text)?;
        text.truncate(at);
        agree(&text)?;
    }

    #[test]
    fn any_bytes_are_judged_as_the_oracle_does(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        agree(&bytes)?;
    }

    #[test]
    fn near_json_is_judged_as_the_oracle_does(text in string_regex(r#"[\[\]{}:,"\\/ubntrfalse0-9dDcC.eE+\-é \n]{0,24}"#).unwrap()) {
        agree(text.as_bytes())?;
        agree(format!("\"{text}\"").as_bytes())?;
    }

    #[test]
    fn strings_come_back(text in any::<String>()) {
        let quoted = format!("\"{}\"", encode(&text));
        prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text.clone());
        let encoded = encode(&text);
        prop_assert_eq!(&decode(&encoded).text, &text);
    }

    #[test]
    fn each_character_leads_to_its_source(parts in prop::collection::vec((any::<char>(), 0..3_u8), 0..24)) {
        let mut source = String::new();
        let mut places = Vec::new();
        for &(character, form) in &parts {
            let start = source.len();
            match form {
                0 => source.push_str(&encode(&character.to_string())),
                1 => source.extend(character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}"))),
                _ => source.push_str(serde_json::to_string(&character).unwrap().strip_prefix('"').unwrap().strip_suffix('"').unwrap()),
            }
            places.push(start..source.len());
        }
        let decoded = decode(&source);
        let mut offset = 0_usize;
        for (&(character, _), place) in parts.iter().zip(places) {
            let range = offset..offset.saturating_add(character.len_utf8());
            prop_assert_eq!(decoded.text.get(range.clone()).unwrap(), character.to_string());
            prop_assert_eq!(decoded.map.source_range(&range), place);
            offset = range.end;
        }
    }
}

#[test]
fn faults_are_told_with_their_place() {
    let rows: &[(&str, &[u8], Fault, usize)] = &[
        ("nothing", b"", Fault::Syntax, 0),
        ("blank", b"  ", Fault::Syntax, 2),
        ("byte order mark", b"\xef\xbb\xbf{}", Fault::Syntax, 0),
        ("not UTF-8", b"\"\xff\"", Fault::NotUtf8, 1),
        ("two values", b"{} {}", Fault::TrailingBytes, 3),
        ("comma at the end", b"[1,]", Fault::Syntax, 3),
        ("no comma", b"[1 2]", Fault::Syntax, 3),
        ("leading comma", b"[,1]", Fault::Syntax, 1),
        ("no colon", b"{\"a\" 1}", Fault::Syntax, 5),
        ("key without quotes", b"{a:1}", Fault::Syntax, 1),
        ("leading zero", b"01", Fault::TrailingBytes, 1),
        ("raw newline in a string", b"\"a\nb\"", Fault::Syntax, 2),
        ("unknown escape", br#""\x""#, Fault::Escape, 1),
        ("high surrogate alone", br#""\ud83d""#, Fault::Escape, 1),
        ("high surrogate twice", br#""\ud83d\ud83d""#, Fault::Escape, 1),
        ("low surrogate alone", br#""\ude00""#, Fault::Escape, 1),
        ("not hexadecimal", br#""\u+123""#, Fault::Escape, 1),
        ("key twice", br#"{"a":1,"b":2,"a":3}"#, Fault::DuplicateKey, 13),
        ("key twice, once escaped", br#"{"a":1,"\u0061":3}"#, Fault::DuplicateKey, 7),
        ("key in another case", br#"{"model":1,"Model":3}"#, Fault::CaseVariantKey, 11),
        ("key in another case, deep", br#"[{"x":{"k":1,"K":3}}]"#, Fault::CaseVariantKey, 13),
        ("long s", "{\"messages\":1,\"me\u{17f}sages\":3}".as_bytes(), Fault::CaseVariantKey, 14),
        ("Kelvin sign", "{\"\u{212a}ey\":1,\"key\":3}".as_bytes(), Fault::CaseVariantKey, 11),
        ("escaped case", br#"{"\u0041":1,"a":3}"#, Fault::CaseVariantKey, 12),
    ];
    for &(name, bytes, fault, offset) in rows {
        let error = Document::parse(bytes).expect_err(name);
        assert_eq!((error.fault, error.offset), (fault, offset), "{name}");
    }
}

#[test]
fn many_keys_are_compared_as_few_are() {
    let object = |last: &str| {
        let keys: Vec<String> = (0..40).map(|n| format!("\"key{n}\":{n}")).collect();
        format!("{{{},\"{last}\":0}}", keys.join(","))
    };
    assert!(Document::parse(object("other").as_bytes()).is_ok());
    for (last, fault) in [("key7", Fault::DuplicateKey), ("KEY7", Fault::CaseVariantKey)] {
        assert_eq!(Document::parse(object(last).as_bytes()).unwrap_err().fault, fault);
    }
}

#[test]
fn limits_hold_at_their_edges() {
    let nested = |depth: usize| [b"[".repeat(depth), b"]".repeat(depth)].concat();
    assert!(Document::parse(&nested(DEPTH_MAX)).is_ok());
    assert_eq!(Document::parse(&nested(DEPTH_MAX + 1)).unwrap_err().fault, Fault::TooDeep);
    let wide = |count: usize| format!("[{}1]", "1,".repeat(count - 2)).into_bytes();
    assert!(Document::parse(&wide(TOKENS_MAX)).is_ok());
    assert_eq!(Document::parse(&wide(TOKENS_MAX + 1)).unwrap_err().fault, Fault::TooManyValues);
    assert!(Fault::TooDeep.to_string().contains(&DEPTH_MAX.to_string()));
    assert!(Fault::TooManyValues.to_string().contains(&TOKENS_MAX.to_string()));
}

#[test]
fn a_path_is_told_for_a_place() {
    let text = br#"{"a": {"b": [10, {"c": "x"}]}, "d": 1}"#;
    let document = Document::parse(text).unwrap();
    let at =
        |needle: &str| text.windows(needle.len()).position(|window| window == needle.as_bytes()).unwrap();
    assert_eq!(document.path_at(at("x")), "a.b[1].c");
    assert_eq!(document.path_at(at("10")), "a.b[0]");
    assert_eq!(document.path_at(at("\"d\"")), "d");
    assert_eq!(document.path_at(0), "");
}
