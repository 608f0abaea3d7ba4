//! Server-sent events: bytes in any cut to events, and events to bytes.
//!
//! The rules are those of the [HTML standard], for lines, fields, comments and
//! the byte order mark, with two differences that a relay needs: comments are
//! told, since they keep connections alive, and an event has a largest size.
//!
//! [HTML standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html

/// Largest event, in bytes over its lines.
///
/// The longest known events hold a whole image or a whole answer of a response; chunks of a chat are under 1 KiB.
pub const EVENT_BYTES_MAX: usize = 4 << 20;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SseEvent {
    /// `event`
    pub name: Option<Vec<u8>>,
    /// `data`: its lines joined by line feeds.
    pub data: Vec<u8>,
    /// `id`
    pub id: Option<Vec<u8>>,
    /// `retry`, in milliseconds
    pub retry: Option<u64>,
}

/// What a stream holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SseItem {
    /// An event with data.
    Event(SseEvent),
    /// A comment; its text is dropped.
    Comment,
}

/// Why a stream cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// An event grew past the parser's limit.
    #[error("an event of the stream is larger than {0} bytes")]
    TooLarge(usize),
}

/// Reads events from bytes, however they are cut.
///
/// # Examples
///
/// ```
/// # use engine::dialect::sse::{EVENT_BYTES_MAX, SseItem, SseParser};
/// let mut parser = SseParser::new(EVENT_BYTES_MAX);
/// let mut input: &[u8] = b"data: one\n\ndata: tw";
/// let Ok(Some(SseItem::Event(event))) = parser.next(&mut input) else { panic!("an event") };
/// assert_eq!(event.data, b"one");
/// assert_eq!(parser.next(&mut input), Ok(None));
/// assert!(!parser.is_between_events());
/// ```
#[derive(Debug)]
pub struct SseParser {
    /// The start of a line whose end has not come yet.
    line: Vec<u8>,
    event: SseEvent,
    has_data: bool,
    /// Bytes of the event so far, field names included.
    size: usize,
    size_max: usize,
    /// Whether a line feed that comes next belongs to the carriage return before it.
    after_return: bool,
    is_first_line: bool,
}

impl SseParser {
    /// Refuses events of more than `size_max` bytes.
    pub fn new(size_max: usize) -> Self {
        Self {
            line: Vec::new(),
            event: SseEvent::default(),
            has_data: false,
            size: 0,
            size_max,
            after_return: false,
            is_first_line: true,
        }
    }

    /// Reads on to the next item, and takes what it read off `input`. `None` when all is read and more is needed.
    ///
    /// # Errors
    ///
    /// Returns [`SseError::TooLarge`], then and whenever it is asked again.
    pub fn next(&mut self, input: &mut &[u8]) -> Result<Option<SseItem>, SseError> {
        loop {
            if self.size > self.size_max {
                return Err(SseError::TooLarge(self.size_max));
            }
            if self.after_return && !input.is_empty() {
                self.after_return = false;
                *input = input.strip_prefix(b"\n").unwrap_or(input);
            }
            let Some(end) = memchr::memchr2(b'\n', b'\r', input) else {
                self.grow(input.len())?;
                self.line.extend_from_slice(input);
                *input = &[];
                return Ok(None);
            };
            self.grow(end)?;
            let (line, rest) = input.split_at(end);
            self.after_return = rest.first() == Some(&b'\r');
            *input = rest.get(1..).unwrap_or_default();
            if let Some(item) = self.end_line(line) {
                return Ok(Some(item));
            }
        }
    }

    /// Whether the stream may end here: nothing of a further event has come.
    pub fn is_between_events(&self) -> bool {
        self.line.is_empty() && !self.has_data && self.event == SseEvent::default()
    }

    /// Bytes that are held for an event whose end has not come.
    pub fn bytes_held(&self) -> usize {
        self.size
    }

    fn grow(&mut self, bytes: usize) -> Result<(), SseError> {
        self.size = self.size.saturating_add(bytes);
        if self.size > self.size_max { Err(SseError::TooLarge(self.size_max)) } else { Ok(()) }
    }

    fn end_line(&mut self, tail: &[u8]) -> Option<SseItem> {
        if self.line.is_empty() {
            return self.take_line(tail);
        }
        let mut line = std::mem::take(&mut self.line);
        line.extend_from_slice(tail);
        let item = self.take_line(&line);
        line.clear();
        self.line = line;
        item
    }

    fn take_line(&mut self, line: &[u8]) -> Option<SseItem> {
        let is_first = std::mem::replace(&mut self.is_first_line, false);
        let line = if is_first { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        if line.is_empty() {
            self.size = 0;
            let event = std::mem::take(&mut self.event);
            return std::mem::replace(&mut self.has_data, false).then_some(SseItem::Event(event));
        }
        let (field, value) = match memchr::memchr(b':', line) {
            None => (line, &[][..]),
            Some(0) => {
                // A comment belongs to no event, so that many of them are no large event.
                self.size = self.size.saturating_sub(line.len());
                return Some(SseItem::Comment);
            }
            Some(colon) => {
                let (field, rest) = line.split_at(colon);
                let value = rest.get(1..).unwrap_or_default();
                (field, value.strip_prefix(b" ").unwrap_or(value))
            }
        };
        self.take_field(field, value);
        None
    }

    fn take_field(&mut self, field: &[u8], value: &[u8]) {
        match field {
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push(b'\n');
                }
                self.event.data.extend_from_slice(value);
            }
            b"event" => self.event.name = Some(value.to_vec()),
            b"id" if !value.contains(&0) => self.event.id = Some(value.to_vec()),
            b"retry" if value.iter().all(u8::is_ascii_digit) => {
                self.event.retry = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok());
            }
            // Other fields are ignored, as the standard asks.
            _ => {}
        }
    }
}

impl SseEvent {
    /// An event of data alone.
    pub fn of(data: impl Into<Vec<u8>>) -> Self {
        Self { data: data.into(), ..Self::default() }
    }

    /// Appends the event as it stands on the wire.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        for (field, value) in [("event: ", &self.name), ("id: ", &self.id)] {
            if let Some(value) = value {
                out.extend_from_slice(field.as_bytes());
                // The parser lets no line break in; a name made elsewhere must not smuggle a field.
                out.extend(value.iter().filter(|byte| !matches!(byte, b'\n' | b'\r')));
                out.push(b'\n');
            }
        }
        if let Some(retry) = self.retry {
            out.extend_from_slice(format!("retry: {retry}\n").as_bytes());
        }
        for line in self.data.split(|&byte| byte == b'\n') {
            for line in line.split(|&byte| byte == b'\r') {
                out.extend_from_slice(b"data: ");
                out.extend_from_slice(line);
                out.push(b'\n');
            }
        }
        out.push(b'\n');
    }
}

/// A comment, as it stands on the wire: it keeps a connection alive.
pub const COMMENT: &[u8] = b":\n\n";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All items, the bytes given in pieces that end at `cuts`.
    fn read(bytes: &[u8], cuts: &[usize], size_max: usize) -> (Vec<SseItem>, Option<SseError>, bool) {
        let mut parser = SseParser::new(size_max);
        let mut items = Vec::new();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.checked_rem(bytes.len()).unwrap_or(0)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        for pair in cuts.windows(2) {
            let mut input = &bytes[pair[0]..pair[1]];
            loop {
                match parser.next(&mut input) {
                    Ok(Some(item)) => items.push(item),
                    Ok(None) => break,
                    Err(error) => return (items, Some(error), false),
                }
            }
        }
        (items, None, parser.is_between_events())
    }

    fn events(text: &str) -> Vec<SseItem> {
        read(text.as_bytes(), &[], EVENT_BYTES_MAX).0
    }

    fn data(lines: &str) -> SseItem {
        SseItem::Event(SseEvent::of(lines))
    }

    #[test]
    fn the_standard_s_rules_hold() {
        let named = |name: &str, text: &str| {
            SseItem::Event(SseEvent { name: Some(name.into()), ..SseEvent::of(text) })
        };
        let rows: &[(&str, &str, Vec<SseItem>)] = &[
            ("one", "data: a\n\n", vec![data("a")]),
            ("no space", "data:a\n\n", vec![data("a")]),
            ("only one space goes", "data:  a\n\n", vec![data(" a")]),
            ("lines are joined", "data: a\ndata: b\n\n", vec![data("a\nb")]),
            ("empty data is data", "data:\n\n", vec![data("")]),
            ("a field without colon", "data\ndata\n\n", vec![data("\n")]),
            ("carriage returns", "data: a\r\rdata: b\r\r", vec![data("a"), data("b")]),
            ("both", "data: a\r\n\r\ndata: b\r\n\r\n", vec![data("a"), data("b")]),
            ("mixed", "data: a\r\n\ndata: b\n\r\n", vec![data("a"), data("b")]),
            ("a name", "event: x\ndata: a\n\n", vec![named("x", "a")]),
            ("a name without data is no event", "event: x\n\ndata: a\n\n", vec![data("a")]),
            ("comment", ": ping\n\ndata: a\n\n", vec![SseItem::Comment, data("a")]),
            ("comment within", "data: a\n:x\ndata: b\n\n", vec![SseItem::Comment, data("a\nb")]),
            ("unknown field", "foo: x\ndata: a\n\n", vec![data("a")]),
            ("byte order mark", "\u{feff}data: a\n\n", vec![data("a")]),
            ("byte order mark later", "\n\u{feff}data: a\n\n", vec![]),
            ("not ended", "data: a\n", vec![]),
        ];
        for (name, text, expected) in rows {
            assert_eq!(&events(text), expected, "{name}");
        }
        let full = "id: 7\nretry: 250\nretry: x\nid: a\0b\nevent: e\ndata: d\n\n";
        let expected =
            SseEvent { name: Some("e".into()), data: "d".into(), id: Some("7".into()), retry: Some(250) };
        assert_eq!(events(full), [SseItem::Event(expected)]);
    }

    #[test]
    fn the_largest_event_is_let_in_and_no_larger() {
        let text = b"data: 0123456789\n\n";
        assert_eq!(read(text, &[], 16).1, None);
        assert_eq!(read(text, &[], 15).1, Some(SseError::TooLarge(15)));
        assert_eq!(read(text, &[3, 9], 15).1, Some(SseError::TooLarge(15)));
        let many = b"data: 0123456789\n\n: a comment of its own\n".repeat(9);
        assert_eq!(read(&many, &[], 24).1, None);
        let endless = b"data: 0\n".repeat(9);
        assert_eq!(read(&endless, &[], 24).1, Some(SseError::TooLarge(24)));
    }

    #[test]
    fn an_end_within_an_event_is_noticed() {
        for (text, expected) in
            [("data: a\n\n", true), ("", true), (": x\n", true), ("data: a\n", false), ("da", false)]
        {
            assert_eq!(read(text.as_bytes(), &[], EVENT_BYTES_MAX).2, expected, "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

        #[test]
        fn cuts_change_nothing(
            pieces in prop::collection::vec(prop_oneof![
                Just("data: "), Just("data"), Just(":"), Just("event: x"), Just("\n"), Just("\r"), Just("\r\n"),
                Just("\n\n"), Just("é"), Just("id: 1"), Just("retry: 5"), Just("\u{feff}"), Just("text "),
            ], 0..24),
            cuts in prop::collection::vec(any::<usize>(), 0..12),
            size_max in 8..64_usize,
        ) {
            let bytes = pieces.concat().into_bytes();
            prop_assert_eq!(read(&bytes, &cuts, size_max), read(&bytes, &[], size_max));
        }

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..128), cuts in prop::collection::vec(any::<usize>(), 0..8)) {
            prop_assert_eq!(read(&bytes, &cuts, 64), read(&bytes, &[], 64));
        }

        #[test]
        fn events_come_back(
            name in prop::option::of("[a-z.]{1,8}"), text in "[a-zé:\n ]{0,32}", id in prop::option::of("[0-9]{1,4}"),
            retry in prop::option::of(any::<u64>()),
        ) {
            let event = SseEvent { name: name.map(Into::into), data: text.into(), id: id.map(Into::into), retry };
            let mut wire = Vec::new();
            event.encode_into(&mut wire);
            prop_assert_eq!(read(&wire, &[], EVENT_BYTES_MAX).0, [SseItem::Event(event)]);
        }
    }
}
