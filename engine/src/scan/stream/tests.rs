//! Cut answers against whole ones, and both against the plainest program that
//! could do the same.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "a test that slips outside a text fails, as it should"
)]

use super::super::plan::Strictness;
use super::super::samples::{first, of_pattern, set_up, zoo};
use super::super::{HIT_BYTES_MAX, HOLD_BYTES_MAX, redact};
use super::*;
use proptest::prelude::*;

/// Feeds an answer in pieces; text, counts, and what blocked.
fn feed<'t>(
    pieces: impl Iterator<Item = &'t str>,
    around: &Surroundings<'_>,
) -> (String, Counts, Counts, Option<Blocked>) {
    let mut stream = OutputStream::new();
    let mut out = String::new();
    let mut blocked = None;
    for piece in pieces {
        blocked = blocked.or(stream.push(piece, around, &mut out).err());
        assert!(stream.held_bytes() <= HOLD_BYTES_MAX + piece.len(), "holds {} bytes", stream.held_bytes());
    }
    blocked = blocked.or(stream.finish(around, &mut out).err());
    (out, stream.found().clone(), stream.redacted().clone(), blocked)
}

/// Cuts a text at the given places, taken modulo its length.
fn cut<'t>(text: &'t str, places: &[usize]) -> Vec<&'t str> {
    let mut places: Vec<usize> =
        places.iter().map(|place| text.floor_char_boundary(place % (text.len() + 1))).collect();
    places.extend([0, text.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

/// What stands in the random answers: parts of everything that the detectors look for.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab x<>-]{1,6}",
        2 => "[0-9 -]{1,8}",
        1 => Just("4111 1111 1111 1111".to_owned()),
        1 => Just("411111111111".to_owned()),
        1 => Just("1111 12/27".to_owned()),
        1 => Just("pin 1234".to_owned()),
        1 => Just("my\n code".to_owned()),
        1 => Just("one  two three".to_owned()),
        1 => Just(" two\tthree four ".to_owned()),
        1 => Just("[PAN_".to_owned()),
        1 => Just("key_secret!".to_owned()),
        1 => Just("name=9fq2mz7xk4vb1nr8tl5w".to_owned()),
        1 => Just("name=id_9fq2mz7xk4vb1nr8".to_owned()),
        1 => Just("a\\n4111%204111 1111 1111 1111".to_owned()),
        1 => Just("x\\tkey_secret!".to_owned()),
        1 => Just("TOKEN".to_owned()),
        2 => prop::sample::select(DRESSED).prop_map(str::to_owned),
        1 => Just("é指\u{1F600}".to_owned()),
        1 => Just("4111 １１１１ 11\u{200B}11 &#49;111".to_owned()),
        1 => Just("NDExMSAxMTExIDExMTEgMTExMQ==".to_owned()),
        1 => Just("k&#101;y_s%65cr\\u0065t!".to_owned()),
        1 => Just("1\u{301}\u{200B}".to_owned()),
        1 => "[&#4%9;\\u0031xа１\u{200B}]{1,8}",
        1 => "[aAbB1-9 \n.,İß]{1,12}",
    ]
}

/// Tokens as models may write them: `T` stands for name and value part.
const DRESSED: &[&str] = &[
    "[T]",
    "T",
    " T ",
    "**T**",
    r"\[T\]",
    "[T](",
    "`[T]`",
    "[&#95;T",
    "_T_",
    "[\u{200B}T]",
    "T_",
    "[T",
    "[<T>",
];

fn answer(token: &str, fragments: &[String]) -> String {
    let core = token.trim_matches(['[', ']']);
    let fill = |fragment: &String| match fragment.as_str() {
        "TOKEN" => token.to_owned(),
        dressed if DRESSED.contains(&dressed) && token.len().is_multiple_of(2) => {
            dressed.replace('T', &core.to_uppercase())
        }
        dressed if DRESSED.contains(&dressed) => dressed.replace('T', core),
        other => other.to_owned(),
    };
    fragments.iter().map(fill).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_cut_gives_what_the_whole_gives(
        fragments in prop::collection::vec(fragment(), 0..24),
        places in prop::collection::vec(any::<usize>(), 0..40),
        block in any::<bool>(),
    ) {
        let mut detectors = zoo();
        if block {
            detectors.push((of_pattern("pii.stop", "b[a ]*1", &[], None), Action::Block));
        }
        let (scanner, plan, mut vault) = set_up(&detectors);
        let asked = "mine is 4111 1111 1111 1111";
        let mut findings = Vec::new();
        scanner.find(asked, &scanner.detectors(), &mut findings).unwrap();
        let sent = redact(asked, &findings, &plan, &mut vault).unwrap().text.into_owned();
        let text = answer(&sent[sent.find('[').unwrap()..], &fragments);
        let watched = plan.watched(&DetectorSet::new());
        let around = Surroundings::new(&scanner, &plan, &vault, &watched);

        let whole = feed(std::iter::once(text.as_str()), &around);
        let cut = feed(cut(&text, &places).into_iter(), &around);
        prop_assert_eq!(&whole.0, &cut.0);
        prop_assert_eq!(whole.3, cut.3);
        if whole.3.is_none() {
            prop_assert_eq!(&whole.1, &cut.1);
            prop_assert_eq!(&whole.2, &cut.2);
            prop_assert_eq!(&whole.0, &plainly(&text, &around));
        } else {
            prop_assert!(plainly(&text, &around).starts_with(whole.0.trim_end_matches(']')) || !whole.2.is_empty());
        }
    }
}

/// The same by the whole-text road: find, choose each byte's owner by asking all
/// findings, write.
fn plainly(text: &str, around: &Surroundings<'_>) -> String {
    let mut findings = Vec::new();
    around.scanner.find(text, around.plan.changing(), &mut findings).unwrap();
    let mut tokens = Vec::new();
    Recall::default().advance(around.vault, Window { text, base: 0, is_end: true }, &mut tokens);
    // For each byte: a token, or the finding with the greatest claim.
    let owner = |byte: usize| {
        if let Some(token) = tokens.iter().position(|token| token.contains(&byte)) {
            return Some((true, token));
        }
        let covers = |finding: &&(usize, &super::super::Finding)| {
            (finding.1.start as usize..finding.1.end as usize).contains(&byte)
                && around.plan.action(finding.1.detector).is_some_and(Action::is_transform)
        };
        let best = findings.iter().enumerate().collect::<Vec<_>>();
        best.iter()
            .filter(covers)
            .max_by_key(|(_, finding)| {
                let length = finding.end - finding.start;
                let place = (std::cmp::Reverse(finding.start), std::cmp::Reverse(finding.detector));
                let strictness = around.plan.action(finding.detector).map(Strictness::of);
                (strictness, finding.confidence, length, place)
            })
            .map(|(index, _)| (false, *index))
    };
    let owners: Vec<_> = (0..text.len()).map(owner).collect();
    let mut out = String::new();
    let mut at = 0;
    for run in owners.chunk_by(|one, other| one == other) {
        let part = &text[at..at + run.len()];
        at += run.len();
        match run[0] {
            None => out.push_str(part),
            // Two tokens never touch as one run: each has its own number.
            Some((true, _)) => out.push_str(around.vault.restore(part).unwrap()),
            Some((false, index)) => {
                let row = around.plan.row(findings[index].detector).unwrap();
                change_output(row, part, around.vault, &mut out);
            }
        }
    }
    out
}

#[test]
fn what_the_caller_sent_comes_back_and_what_is_new_does_not() {
    let (scanner, plan, mut vault) = set_up(&zoo());
    let asked = "Why was 4111-1111-1111-1111 declined?";
    let mut findings = Vec::new();
    scanner.find(asked, &first(1), &mut findings).unwrap();
    let sent = redact(asked, &findings, &plan, &mut vault).unwrap();
    assert!(!sent.text.contains("4111"));
    let token = &sent.text["Why was ".len()..sent.text.find(" declined").unwrap()];
    let watched = plan.watched(&DetectorSet::new());
    let around = Surroundings::new(&scanner, &plan, &vault, &watched);
    let answer = format!("Card {token} is lost; 5555 5555 5555 4444 is not.");
    let (out, found, redacted, _) = feed(answer.split_inclusive(' '), &around);
    assert!(out.starts_with("Card 4111-1111-1111-1111 is lost; [PAN_"), "{out}");
    assert!(!out.contains("5555"), "{out}");
    assert_eq!((found.get(DetectorId(0)), redacted.get(DetectorId(0))), (1, 1));
}

#[test]
fn text_goes_out_as_soon_as_nothing_can_begin_in_it() {
    let (scanner, plan, vault) = set_up(&zoo());
    let watched = plan.watched(&DetectorSet::new());
    let around = Surroundings::new(&scanner, &plan, &vault, &watched);
    let mut stream = OutputStream::new();
    let mut out = String::new();
    for (piece, held) in
        // A word is held to its end: it may be the beginning of an encoded text.
        [
            ("Hello, ", 0),
            ("card 41", 2),
            ("1-1", 5),
            ("z", 6),
            (" on", 2),
            ("e", 3),
            (" ", 4),
            ("z ", 0),
        ]
    {
        stream.push(piece, &around, &mut out).unwrap();
        assert_eq!(stream.held_bytes(), held, "after {piece:?}: {out:?}");
    }
}

#[test]
fn flags_hold_nothing() {
    let detectors: Vec<_> = zoo().into_iter().map(|(detector, _)| (detector, Action::Flag)).collect();
    let (scanner, plan, vault) = set_up(&detectors);
    let watched = plan.watched(&DetectorSet::new());
    let around = Surroundings::new(&scanner, &plan, &vault, &watched);
    let mut stream = OutputStream::new();
    let mut out = String::new();
    for piece in ["card 4111 1111", " 1111 1111", " is", " mine"] {
        stream.push(piece, &around, &mut out).unwrap();
        assert_eq!(stream.held_bytes(), 0);
    }
    stream.finish(&around, &mut out).unwrap();
    assert_eq!(out, "card 4111 1111 1111 1111 is mine");
    assert_eq!(stream.found().get(DetectorId(0)), 1);
    assert!(stream.redacted().is_empty());
}

#[test]
fn a_block_ends_the_answer_where_it_begins() {
    let detectors = vec![
        (of_pattern("x.stop", "stop [a-z]+!", &[], None), Action::Block),
        (of_pattern("x.word", "to go and stop", &[], None), Action::Replace("_".into())),
    ];
    let (scanner, plan, vault) = set_up(&detectors);
    let watched = plan.watched(&DetectorSet::new());
    let around = Surroundings::new(&scanner, &plan, &vault, &watched);
    let text = "nice to go and stop here! and more";
    for size in 1..text.len() {
        let places: Vec<usize> = (0..text.len()).step_by(size).collect();
        let (out, .., blocked) = feed(cut(text, &places).into_iter(), &around);
        assert_eq!((out.as_str(), blocked), ("nice _", Some(Blocked(DetectorId(0)))), "pieces of {size}");
    }
}

#[test]
fn what_never_ends_is_let_go_at_the_limit() {
    let (scanner, plan, vault) = set_up(&zoo());
    let watched = plan.watched(&DetectorSet::new());
    let around = Surroundings::new(&scanner, &plan, &vault, &watched);
    let long = format!("<{}", "a -".repeat(2 * HIT_BYTES_MAX));
    let pieces: Vec<&str> = cut(&long, &(0..long.len()).step_by(997).collect::<Vec<_>>());
    let (out, ..) = feed(pieces.into_iter(), &around);
    assert_eq!(out, long);
    let window = format!("<{}>", "z".repeat(HIT_BYTES_MAX - 2));
    let over = format!("<{}>", "z".repeat(2 * HIT_BYTES_MAX - 1));
    for (text, expected) in [(&window, "[WIDE]"), (&over, over.as_str())] {
        for size in [1_000, text.len()] {
            let places: Vec<usize> = (0..text.len()).step_by(size).collect();
            let (out, ..) = feed(cut(text, &places).into_iter(), &around);
            assert_eq!(out, expected);
        }
    }
}

#[test]
fn long_answers_do_not_depend_on_their_cuts_either() {
    let (scanner, plan, vault) = set_up(&zoo());
    let watched = plan.watched(&DetectorSet::new());
    let around = Surroundings::new(&scanner, &plan, &vault, &watched);
    let mut text = String::new();
    for round in 0..20_usize {
        text.push_str(&"<".repeat(round));
        text.push_str(&"a".repeat(round * 111));
        text.push_str(" pin 1234 4111 1111 1111 1111 one two");
        text.push_str(&" ".repeat(round * 97));
        text.push_str("three four key_");
        text.push_str(&"k".repeat(round * 1_321));
        text.push_str("!>");
    }
    let (whole, found, redacted, _) = feed(std::iter::once(text.as_str()), &around);
    assert_eq!(whole, plainly(&text, &around));
    for size in [61, 4_099, 16_384, 50_000] {
        let places: Vec<usize> = (0..text.len()).step_by(size).collect();
        let cut = feed(cut(&text, &places).into_iter(), &around);
        assert!(cut.0 == whole, "pieces of {size}");
        assert_eq!((&cut.1, &cut.2), (&found, &redacted), "pieces of {size}");
    }
}
