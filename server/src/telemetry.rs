//! The log: one JSON object a line, on standard error.
//!
//! Lines are written by a thread of their own, all that wait at once, so that a
//! request costs no system call. None is dropped: when lines come faster than
//! they can be written, whoever logs waits.

use std::io::{BufWriter, Write};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::MakeWriter;

/// Most lines that wait to be written.
///
/// A record's line is about 1 KiB, so this is 4 MiB, and a fifth of a second at the most requests that one sidecar serves.
const LINES_MAX: usize = 4_096;

/// Keeps the log going; what waits is written when it is dropped.
#[derive(Debug)]
#[must_use = "the log ends with it"]
pub struct Log {
    lines: SyncSender<Message>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Message {
    Line(Vec<u8>),
    End,
}

/// Sends the log to standard error; `is_verbose` adds what happens to single connections.
///
/// A log that someone else has set up already is left as it is.
pub fn install(is_verbose: bool) -> Log {
    install_to(std::io::stderr(), is_verbose)
}

/// As [`install`], to somewhere else.
pub fn install_to(out: impl Write + Send + 'static, is_verbose: bool) -> Log {
    let (log, lines) = Log::new(out);
    tracing::subscriber::set_global_default(subscriber(lines, is_verbose)).ok();
    log
}

/// What makes lines of events.
pub(crate) fn subscriber(lines: Lines, is_verbose: bool) -> impl tracing::Subscriber {
    let level = if is_verbose { LevelFilter::DEBUG } else { LevelFilter::INFO };
    fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_max_level(level)
        .with_writer(lines)
        .finish()
}

impl Log {
    pub(crate) fn new(out: impl Write + Send + 'static) -> (Self, Lines) {
        let (lines, waiting) = sync_channel(LINES_MAX);
        let name = "log".to_owned();
        // Without a thread there is no log, and lines are let go: better than no sidecar.
        let writer = std::thread::Builder::new().name(name).spawn(move || write(&waiting, out)).ok();
        (Self { lines: lines.clone(), writer }, Lines(lines))
    }

    /// Keeps the log going for as long as the process lives.
    pub fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.lines.send(Message::End).ok();
        if let Some(writer) = self.writer.take() {
            writer.join().ok();
        }
    }
}

/// Writes what waits, and pauses only when all of it is out.
fn write(waiting: &Receiver<Message>, out: impl Write) {
    let mut out = BufWriter::new(out);
    loop {
        let message = match waiting.try_recv() {
            Ok(message) => message,
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                out.flush().ok();
                let Ok(message) = waiting.recv() else { break };
                message
            }
        };
        match message {
            // A log that cannot be written has nowhere to say so.
            Message::Line(line) => drop(out.write_all(&line)),
            Message::End => break,
        }
    }
    out.flush().ok();
}

/// The way to the writer.
#[derive(Clone, Debug)]
pub(crate) struct Lines(SyncSender<Message>);

impl<'w> MakeWriter<'w> for Lines {
    type Writer = &'w Self;

    fn make_writer(&'w self) -> &'w Self {
        self
    }
}

/// Each call is one whole line: that is how the subscriber writes.
impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        // After the end of the log, lines are let go.
        self.0.send(Message::Line(line.to_vec())).ok();
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// Counts the calls, and keeps what came.
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<(usize, Vec<u8>)>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            // As slow as a real one, so that lines come to wait.
            std::thread::sleep(std::time::Duration::from_millis(1));
            let mut seen = self.0.lock().unwrap();
            seen.0 += 1;
            seen.1.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_written_whole_and_many_at_once() {
        const COUNT: usize = 2_000;
        let sink = Sink::default();
        let (log, lines) = Log::new(sink.clone());
        tracing::subscriber::with_default(subscriber(lines, false), || {
            for number in 0..COUNT {
                tracing::info!(number, "a \"line\"");
                tracing::debug!(number, "left out");
            }
        });
        drop(log);
        let (calls, bytes) = sink.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        let all: Vec<_> = text.lines().collect();
        assert_eq!(all.len(), COUNT);
        for (number, line) in all.iter().enumerate() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!((&line["number"], &line["message"]), (&number.into(), &"a \"line\"".into()));
        }
        assert!(calls * 4 < COUNT, "{calls} calls");
    }
}
