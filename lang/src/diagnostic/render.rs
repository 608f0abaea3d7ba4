//! Diagnostics as text for people; the JSON form belongs to the `policy` command.

use super::{Diagnostic, Severity};
use crate::source::Sources;
use crate::span::{SourceId, Span};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use std::borrow::Cow;

/// Whether the text may hold the escape codes of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone, the same everywhere.
    Plain,
    /// With colour.
    Coloured,
}

/// Draws a diagnostic with the lines that it points to.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, style: Style) -> String {
    let level = match diagnostic.code.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str());
    let mut group = Group::with_title(title);
    for excerpt in excerpts(diagnostic) {
        group = group.elements(excerpt.snippet(sources, diagnostic.code.is_secret()));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    renderer.render(&[group])
}

/// All marks of one file.
struct Excerpt<'d> {
    source: SourceId,
    marks: Vec<(AnnotationKind, Span, &'d str)>,
}

/// The marks by file, the primary's first.
fn excerpts(diagnostic: &Diagnostic) -> Vec<Excerpt<'_>> {
    let primary = (AnnotationKind::Primary, diagnostic.span, diagnostic.found.as_str());
    let mut excerpts = vec![Excerpt { source: diagnostic.span.source, marks: vec![primary] }];
    for label in &diagnostic.labels {
        let mark = (AnnotationKind::Context, label.span, label.text.as_str());
        match excerpts.iter_mut().find(|excerpt| excerpt.source == label.span.source) {
            Some(excerpt) => excerpt.marks.push(mark),
            None => excerpts.push(Excerpt { source: label.span.source, marks: vec![mark] }),
        }
    }
    excerpts
}

impl<'d> Excerpt<'d> {
    /// The lines from the first mark to the last; a large file is not walked for one of them.
    ///
    /// Where the marks stand on a secret, they stand on asterisks instead.
    fn snippet<'s>(&self, sources: &'s Sources, is_secret: bool) -> Option<Snippet<'s, Annotation<'s>>>
    where
        'd: 's,
    {
        let source = sources.get(self.source)?;
        let text = source.text();
        let first = self.marks.iter().map(|(_, span, _)| span.start as usize).min()?.min(text.len());
        let last = self.marks.iter().map(|(_, span, _)| span.end as usize).max()?.min(text.len());
        let start = text.get(..first)?.rfind('\n').map_or(0, |at| at + 1);
        let end = text.get(last..)?.find('\n').map_or(text.len(), |at| last + at);
        let line = source.position(u32::try_from(start).ok()?).line;
        let within = |span: &Span| {
            (span.start as usize).saturating_sub(start)..(span.end as usize).saturating_sub(start)
        };
        let mut shown = Cow::Borrowed(text.get(start..end)?);
        if is_secret {
            for (_, span, _) in &self.marks {
                let hidden = "*".repeat(within(span).len());
                shown.to_mut().replace_range(within(span), &hidden);
            }
        }
        let mut snippet = Snippet::source(shown).line_start(line as usize).path(source.name());
        for (kind, span, label) in &self.marks {
            let range = within(span);
            let mark = kind.span(range);
            snippet = snippet.annotation(if label.is_empty() { mark } else { mark.label(*label) });
        }
        Some(snippet)
    }
}
