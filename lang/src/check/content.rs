//! Categories and detectors.

use super::{Checker, title};
use crate::ast::{self, Declaration};
use crate::diagnostic::{Code, Diagnostic};
use crate::limits::WORDS_FILE_BYTES_MAX;
use crate::model::{Category, CategoryId, Detector, DetectorSeverity, Near};
use crate::near::did_you_mean;
use crate::pattern;
use crate::resolve::{Kind, ScopeId, Slot};

/// The categories that are always there, and whether they are kinds of data.
const BUILT_IN: &[(&str, bool)] = &[
    ("attack", false),
    ("cardholder_data", true),
    ("financial_data", true),
    ("health_data", true),
    ("personal_data", true),
    ("secret", false),
    ("topic", false),
];

impl Checker<'_> {
    pub(super) fn categories(&mut self) -> Vec<Category> {
        let mut categories: Vec<Category> = BUILT_IN
            .iter()
            .map(|(name, is_data)| Category { name: (*name).into(), is_data: *is_data })
            .collect();
        for (name, item, declaration) in self.declarations(Slot::Other(Kind::Category)) {
            let Declaration::Category(declared) = declaration else { continue };
            self.satisfied(item.scope, &declared.satisfies);
            if BUILT_IN.iter().any(|(built_in, _)| *built_in == name) {
                let message = format!("the category `{name}` is built in");
                let diagnostic = Diagnostic::new(Code::DuplicateName, declared.header.name.span, message);
                self.push(diagnostic.help("use it without declaring it"));
                continue;
            }
            categories.push(Category { name: name.into(), is_data: true });
        }
        categories
    }

    /// The number of a category; built-in ones are known everywhere.
    pub(super) fn category(
        &mut self,
        scope: ScopeId,
        name: &ast::Name,
        categories: &[Category],
    ) -> Option<CategoryId> {
        let declared = self.scopes.lookup(scope, Kind::Category, &name.text);
        let list = self.items.list(Slot::Other(Kind::Category));
        let wanted = declared
            .and_then(|item| list.iter().find(|(_, it)| *it == item))
            .map_or_else(|| name.text.clone(), |(name, _)| name.clone());
        if let Some(at) = categories.iter().position(|category| category.name == wanted) {
            return Some(CategoryId::from_index(at));
        }
        let message = format!("there is no category `{}`", name.text);
        let help = did_you_mean(&name.text, categories.iter().map(|category| &*category.name))
            .unwrap_or_else(|| format!("declare it: `category {} \"…\"`", name.text));
        self.push(Diagnostic::new(Code::UnknownName, name.span, message).found("not declared").help(help));
        None
    }

    pub(super) fn detectors(&mut self, categories: &[Category]) -> Vec<Detector> {
        let mut detectors = Vec::new();
        for (name, item, declaration) in self.declarations(Slot::Other(Kind::Detector)) {
            let Declaration::Detector(declared) = declaration else { continue };
            let span = declared.header.name.span;
            self.satisfied(item.scope, &declared.satisfies);
            self.patterns(declared);
            let mut words: Vec<Box<str>> = declared.words.iter().map(|word| word.value.clone()).collect();
            for path in &declared.words_from {
                words.extend(self.words_from(item.scope, path));
            }
            let is_empty = declared.patterns.is_empty()
                && declared.phrases.is_empty()
                && declared.words.is_empty()
                && declared.words_from.is_empty();
            if is_empty {
                self.missing(
                    &declared.header,
                    "a detector",
                    "pattern",
                    "pattern /…/` or `phrases \"…\"` or `words \"…\"",
                );
            }
            self.blank_phrases(declared);
            let category = match &declared.category {
                Some(category) => self.category(item.scope, category, categories),
                None => {
                    self.missing(&declared.header, "a detector", "category", "category personal_data");
                    None
                }
            };
            detectors.push(Detector {
                name: name.into(),
                title: title(declared.header.title.as_ref()),
                patterns: declared.patterns.clone(),
                phrases: declared.phrases.iter().map(|phrase| phrase.value.clone()).collect(),
                words,
                checks: declared.checks.iter().map(|check| check.value).collect(),
                near: declared.near.as_ref().map(|(characters, words)| Near {
                    characters: *characters,
                    words: words.iter().map(|word| word.value.clone()).collect(),
                }),
                category: category.unwrap_or(CategoryId(0)),
                severity: declared.severity.unwrap_or(DetectorSeverity::Medium),
                span,
            });
        }
        detectors
    }

    fn patterns(&mut self, declared: &ast::Detector) {
        for found in &declared.patterns {
            if let Err(problem) = pattern::check(&found.text, found.ignore_case, found.unicode) {
                let code = if problem.is_size { Code::PatternTooLarge } else { Code::BadRegex };
                self.push(Diagnostic::new(code, found.span, problem.message).help_maybe(problem.help));
            }
        }
    }

    /// A phrase without a letter or digit would be found everywhere, or nowhere.
    fn blank_phrases(&mut self, declared: &ast::Detector) {
        let near = declared.near.iter().flat_map(|(_, words)| words);
        for phrase in declared.phrases.iter().chain(&declared.words).chain(near) {
            if !phrase.value.contains(char::is_alphanumeric) {
                let message = "a phrase needs a letter or a digit";
                self.push(Diagnostic::new(Code::BadLiteral, phrase.span, message));
            }
        }
    }

    /// One word a line; blank lines and lines that begin with `#` are skipped.
    fn words_from(&mut self, scope: ScopeId, path: &ast::Text) -> Vec<Box<str>> {
        let base = self.scopes.get(scope).map(|scope| scope.path.clone()).unwrap_or_default();
        let problem = match self.loader.words(&base, &path.value) {
            Ok(text) if text.len() <= WORDS_FILE_BYTES_MAX => {
                let lines =
                    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
                return lines.filter(|line| line.contains(char::is_alphanumeric)).map(Into::into).collect();
            }
            Ok(_) => format!("it is larger than {} MiB", WORDS_FILE_BYTES_MAX >> 20),
            Err(problem) => problem,
        };
        let message = format!("the words of `{}` cannot be read: {problem}", path.value);
        let help = "the path is relative to the package's root; one word or phrase stands on each line";
        self.push(Diagnostic::new(Code::WordsUnreadable, path.span, message).help(help));
        Vec::new()
    }
}
