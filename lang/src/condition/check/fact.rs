//! Names without arguments: variables, facts, types, and what follows their dots.

use super::super::schema::{self, Make, Readable, is_readable};
use super::super::{ExprKind, Fact, Literal, Type, TypeName};
use super::{Checker, Typed, path_of};
use crate::near::did_you_mean;
use crate::{Code, Diagnostic, Span};
use cel::common::ast::IdedExpr;

impl Checker<'_> {
    /// A name, or names joined by dots.
    pub(super) fn path(&mut self, node: &IdedExpr) -> Option<Typed> {
        let path = path_of(node)?;
        let (&(root, root_node), rest) = path.split_first()?;
        // A leading dot reaches past variables.
        let (root, is_absolute) = root.strip_prefix('.').map_or((root, false), |name| (name, true));
        if !is_absolute && let Some(local) = self.local(root) {
            let span = self.span(root_node);
            return self.members(local(span), rest);
        }
        let words: Vec<&str> = std::iter::once(root).chain(rest.iter().map(|&(word, _)| word)).collect();
        if let Some(name) = TypeName::from_name(&words.join(".")) {
            let span = self.span(node);
            return Some(Typed::new(ExprKind::Literal(Literal::Type(name)), Type::Type, span));
        }
        if !schema::roots().any(|known| known == root) {
            self.unknown_root(root, root_node);
            return None;
        }
        if !self.is_here(root, node) {
            return None;
        }
        if root == "zone" {
            return self.zone_path(node, rest);
        }
        self.fact_path(root, root_node, rest)
    }

    /// What the name stands for, when a comprehension around it declares it.
    fn local(&self, name: &str) -> Option<impl FnOnce(Span) -> Typed + use<>> {
        let (index, local) = self.locals.iter().enumerate().rfind(|(_, local)| local.name == name)?;
        let (ty, domain) = (local.ty.clone(), local.domain);
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        Some(move |span| Typed::new(ExprKind::Variable(number), ty, span).of(domain))
    }

    /// Reports a name that exists and cannot be read in this place.
    pub(super) fn is_here(&mut self, root: &str, node: &IdedExpr) -> bool {
        if is_readable(root, self.place) {
            return true;
        }
        let here = self.place.describe();
        let help = match root {
            "decision" => "`decision` is for the `always` of an invariant",
            _ => "an invariant speaks of the request; ask `decision.routes` where it may go",
        };
        let span = self.span(node);
        self.report(
            Diagnostic::new(Code::FactNotHere, span, format!("{here} cannot read `{root}`")).help(help),
        );
        false
    }

    fn unknown_root(&mut self, root: &str, node: &IdedExpr) {
        let mut known: Vec<&str> = schema::roots().collect();
        known.extend(self.locals.iter().map(|local| local.name.as_str()));
        let near = did_you_mean(root, known);
        let roots = schema::roots().filter(|root| is_readable(root, self.place));
        let roots: Vec<String> = roots.map(|root| format!("`{root}`")).collect();
        let span = self.span(node);
        self.report(
            Diagnostic::new(Code::UnknownFact, span, format!("there is no `{root}` to read"))
                .help(near.unwrap_or_else(|| format!("conditions read {}", roots.join(", ")))),
        );
    }

    fn fact_path(&mut self, root: &str, root_node: &IdedExpr, rest: &[(&str, &IdedExpr)]) -> Option<Typed> {
        let whole =
            schema::READABLE.iter().find(|readable| readable.root == root && readable.member.is_empty());
        if let Some(readable) = whole {
            let typed = self.plain(readable, root_node)?;
            return self.members(typed, rest);
        }
        let Some((&(member, member_node), rest)) = rest.split_first() else {
            let span = self.span(root_node);
            let members =
                members_of(root).map(|member| format!("`{root}.{member}`")).collect::<Vec<_>>().join(", ");
            self.report(
                Diagnostic::new(Code::UnknownFact, span, format!("`{root}` is not a value"))
                    .help(format!("read one of {members}")),
            );
            return None;
        };
        let Some(readable) = find(root, member) else {
            self.unknown_member(root, member, member_node);
            return None;
        };
        let typed = self.plain(readable, member_node)?;
        self.members(typed, rest)
    }

    /// The fact of a readable name that takes no argument.
    fn plain(&mut self, readable: &Readable, node: &IdedExpr) -> Option<Typed> {
        let span = self.span(node);
        let Readable { root, member, .. } = readable;
        let argument = match &readable.make {
            Make::Plain(fact) => {
                let kind = ExprKind::Fact(fact.clone());
                return Some(Typed::new(kind, readable.ty.to_type(), span).of(readable.domain));
            }
            Make::Header(_) | Make::Text(_) => "\"name\"",
            Make::Detectors(_) | Make::Redacts(_) => "pii.pan",
            Make::Window(_) => "\"day\"",
            Make::ZoneRegions => "",
        };
        self.report(
            Diagnostic::new(Code::UnknownFact, span, format!("`{root}.{member}` takes an argument"))
                .help(format!("write `{root}.{member}({argument})`")),
        );
        None
    }

    pub(super) fn unknown_member(&mut self, root: &str, member: &str, node: &IdedExpr) {
        let near = did_you_mean(member, members_of(root));
        let members = members_of(root).map(|member| format!("`{member}`")).collect::<Vec<_>>().join(", ");
        let span = self.parsed.member_span(node);
        self.report(
            Diagnostic::new(Code::UnknownFact, span, format!("`{root}` has no `{member}`"))
                .help(near.unwrap_or_else(|| format!("it has {members}"))),
        );
    }

    /// `zone.NAME.regions`, where the name may have dots.
    fn zone_path(&mut self, node: &IdedExpr, rest: &[(&str, &IdedExpr)]) -> Option<Typed> {
        let span = self.span(node);
        let Some(((last, last_node), name)) = rest.split_last().filter(|(_, name)| !name.is_empty()) else {
            self.report(
                Diagnostic::new(Code::UnknownFact, span, "a zone is read by its regions")
                    .help("write `zone.NAME.regions`"),
            );
            return None;
        };
        if *last != "regions" {
            let at = self.parsed.member_span(last_node);
            self.report(
                Diagnostic::new(Code::UnknownFact, at, format!("a zone has no `{last}`"))
                    .help("write `zone.NAME.regions`"),
            );
            return None;
        }
        let words: Vec<&str> = name.iter().map(|&(word, _)| word).collect();
        let words = words.join(".");
        let Some(zone) = self.names.zone(&words) else {
            let at = name.last().map_or(span, |(_, node)| self.parsed.member_span(node));
            let known = self.names.names(schema::Domain::Zone);
            let problem = Diagnostic::new(Code::UnknownLiteral, at, format!("there is no zone `{words}`"));
            self.report(problem.help_maybe(did_you_mean(&words, known)));
            return None;
        };
        let ty = Type::list_of(Type::String);
        Some(Typed::new(ExprKind::Fact(Fact::ZoneRegions(zone)), ty, span).of(Some(schema::Domain::Region)))
    }
}

/// The readable name `root.member`.
pub(super) fn find(root: &str, member: &str) -> Option<&'static Readable> {
    schema::READABLE.iter().find(|readable| readable.root == root && readable.member == member)
}

/// What can follow the dot of a root.
pub(super) fn members_of(root: &str) -> impl Iterator<Item = &'static str> {
    schema::READABLE.iter().filter(move |readable| readable.root == root).map(|readable| readable.member)
}
