//! Literals that stand for names of the package: compared, and as arguments.

use super::super::schema::{self, Domain, Make, Readable};
use super::super::{Expr, ExprKind, Literal, Surface, Window};
use super::fact::find;
use super::{Attempt, Checker, Typed, path_of};
use crate::model::DetectorId;
use crate::near::did_you_mean;
use crate::{Code, Diagnostic, Span};
use cel::common::ast::{CallExpr, IdedExpr};

impl Checker<'_> {
    /// Checks the texts of `literals` against the names that `domain` has.
    ///
    /// The empty text is always allowed: it is what an absent name reads as.
    pub(super) fn compared(&mut self, domain: Option<Domain>, literals: &Expr) {
        let Some(domain) = domain else { return };
        match &literals.kind {
            ExprKind::Literal(Literal::String(text)) if !text.is_empty() => {
                self.known(domain, text, literals.span);
            }
            ExprKind::List(elements) => {
                for element in elements {
                    self.compared(Some(domain), element);
                }
            }
            _ => {}
        }
    }

    fn known(&mut self, domain: Domain, text: &str, span: Span) {
        let fixed: Option<&[&str]> = match domain {
            Domain::Operation => Some(schema::OPERATIONS),
            Domain::Api => Some(schema::APIS),
            _ => None,
        };
        let is_known = fixed.map_or_else(|| self.names.contains(domain, text), |fixed| fixed.contains(&text));
        if is_known {
            return;
        }
        let candidates = fixed.map_or_else(|| self.names.names(domain), <[&str]>::to_vec);
        let near = did_you_mean(text, candidates.iter().copied()).map(|help| help.replace('`', "\""));
        let kind = domain.describe();
        let near = near.or_else(|| fixed.map(|fixed| format!("there are \"{}\"", fixed.join("\", \""))));
        self.report(
            Diagnostic::new(Code::UnknownLiteral, span, format!("there is no {kind} `{text}`"))
                .help_maybe(near),
        );
    }

    /// `request.header("x")` and its relatives.
    pub(super) fn fact_call(&mut self, node: &IdedExpr, call: &CallExpr) -> Attempt {
        let path = call.target.as_deref().and_then(path_of).unwrap_or_default();
        let &[(root, target)] = path.as_slice() else { return Attempt::NotOne };
        let (root, is_absolute) = root.strip_prefix('.').map_or((root, false), |name| (name, true));
        let is_local = !is_absolute && self.locals.iter().any(|local| local.name == root);
        // `now` is a value; what follows its dot is a function.
        if is_local || root == "now" || !schema::roots().any(|known| known == root) {
            return Attempt::NotOne;
        }
        if !self.is_here(root, target) {
            return Attempt::Checked(None);
        }
        let Some(readable) = find(root, &call.func_name) else {
            self.unknown_fact_function(root, node, call);
            return Attempt::Checked(None);
        };
        Attempt::Checked(self.fact_with_arguments(readable, node, call))
    }

    fn unknown_fact_function(&mut self, root: &str, node: &IdedExpr, call: &CallExpr) {
        let name = &call.func_name;
        let near = did_you_mean(name, super::fact::members_of(root));
        let span = self.parsed.function_span(node);
        self.report(
            Diagnostic::new(Code::UnknownFact, span, format!("`{root}` has no `{name}`")).help_maybe(near),
        );
    }

    fn fact_with_arguments(
        &mut self,
        readable: &Readable,
        node: &IdedExpr,
        call: &CallExpr,
    ) -> Option<Typed> {
        let span = self.span(node);
        let Readable { root, member, .. } = readable;
        let fact = match (&readable.make, call.args.as_slice()) {
            (Make::Plain(_) | Make::ZoneRegions, _) => {
                let at = self.parsed.function_span(node);
                self.report(
                    Diagnostic::new(
                        Code::UnknownFunction,
                        at,
                        format!("`{root}.{member}` takes no argument"),
                    )
                    .help(format!("write `{root}.{member}`")),
                );
                return None;
            }
            (Make::Header(make), [name]) => make(self.text_argument(name, "a header")?.to_lowercase().into()),
            (Make::Text(make), [name]) if *member == "label" => {
                let text = self.text_argument(name, "a label")?;
                self.known(Domain::Label, &text, self.span(name));
                make(text)
            }
            (Make::Text(make), [name]) => make(self.text_argument(name, "a claim")?),
            (Make::Detectors(make), [path]) => make(self.detectors_argument(path)?),
            (Make::Redacts(make), [path]) => make(self.detectors_argument(path)?, Surface::Input),
            (Make::Redacts(make), [path, surface]) => {
                let (detectors, surface) = (self.detectors_argument(path), self.surface_argument(surface));
                make(detectors?, surface?)
            }
            (Make::Window(make), [window]) => make(self.window_argument(window)?),
            (_, arguments) => {
                let at = self.parsed.function_span(node);
                let message = format!("`{root}.{member}` takes one argument");
                self.report(
                    Diagnostic::new(Code::TypeMismatch, at, message)
                        .found(format!("this has {}", arguments.len())),
                );
                return None;
            }
        };
        Some(Typed::new(ExprKind::Fact(fact), readable.ty.to_type(), span).of(readable.domain))
    }

    /// The text of an argument that must be a literal.
    pub(super) fn text_argument(&mut self, node: &IdedExpr, what: &str) -> Option<Box<str>> {
        if let cel::common::ast::Expr::Literal(cel::common::ast::LiteralValue::String(text)) = &node.expr {
            return Some(text.inner().into());
        }
        // What stands there may be wrong on its own account; that is said first.
        let argument = self.expr(node)?;
        let problem = Diagnostic::new(
            Code::ArgumentNotLiteral,
            argument.expr.span,
            format!("{what} is named by a literal"),
        );
        self.report(problem.found("this is not a literal").help("write a string, as in `\"x\"`"));
        None
    }

    fn window_argument(&mut self, node: &IdedExpr) -> Option<Window> {
        let text = self.text_argument(node, "a window")?;
        let found = Window::ALL.iter().copied().find(|window| window.as_str() == &*text);
        if found.is_none() {
            let words: Vec<&str> = Window::ALL.iter().map(|window| window.as_str()).collect();
            self.unknown_word(node, "window", &text, &words);
        }
        found
    }

    fn surface_argument(&mut self, node: &IdedExpr) -> Option<Surface> {
        let text = self.text_argument(node, "a surface")?;
        let found = Surface::ALL.iter().copied().find(|surface| surface.as_str() == &*text);
        if found.is_none() {
            let words: Vec<&str> = Surface::ALL.iter().map(|surface| surface.as_str()).collect();
            self.unknown_word(node, "surface", &text, &words);
        }
        found
    }

    fn unknown_word(&mut self, node: &IdedExpr, what: &str, text: &str, words: &[&str]) {
        let span = self.span(node);
        let problem = Diagnostic::new(Code::UnknownLiteral, span, format!("there is no {what} `{text}`"));
        self.report(problem.help(format!("there are \"{}\"", words.join("\", \""))));
    }

    /// The detectors that a path of names stands for.
    fn detectors_argument(&mut self, node: &IdedExpr) -> Option<Box<[DetectorId]>> {
        let span = self.span(node);
        let Some(path) = path_of(node) else {
            self.report(
                Diagnostic::new(Code::ArgumentNotLiteral, span, "a detector is named, not computed")
                    .found("this is not the name of a detector")
                    .help("write the name alone, as in `input.has(pii.pan)`"),
            );
            return None;
        };
        let words: Vec<&str> = path.iter().map(|&(word, _)| word).collect();
        let words = words.join(".");
        if let Some(mut detectors) = self.names.detectors(&words) {
            detectors.sort_unstable();
            detectors.dedup();
            return Some(detectors.into());
        }
        let (what, near) = match words.strip_prefix("category.") {
            Some(category) => {
                let near = did_you_mean(category, self.names.names(Domain::Category));
                ("category", near.map(|help| help.replacen('`', "`category.", 1)))
            }
            None => ("detector", did_you_mean(&words, self.names.names(Domain::Detector))),
        };
        let shown = words.strip_prefix("category.").unwrap_or(&words);
        self.report(
            Diagnostic::new(Code::UnknownLiteral, span, format!("there is no {what} `{shown}`"))
                .help_maybe(near),
        );
        None
    }
}
