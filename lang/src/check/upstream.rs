//! Providers, endpoints, models.

use super::{Checker, title};
use crate::ast::{self, Connection, Declaration, Text};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Address, Attestation, Credential, Endpoint, EndpointId, Offer, Parts, Price, Provider, ProviderId,
    RegionId, ServedModel, TokenCount,
};
use crate::near::near_or_all;
use crate::resolve::{Kind, ScopeId, Slot};
use crate::span::Span;
use std::collections::HashMap;

impl Checker<'_> {
    pub(super) fn providers(&mut self, attestations: &[Attestation]) -> (Vec<Provider>, Vec<Endpoint>) {
        let (mut providers, mut endpoints) = (Vec::new(), Vec::new());
        for (name, item, declaration) in self.declarations(Slot::Other(Kind::Provider)) {
            let Declaration::Provider(declared) = declaration else { continue };
            let id = ProviderId::from_index(providers.len());
            let span = declared.header.name.span;
            if declared.speaks.is_none() {
                self.missing(&declared.header, "a provider", "speaks", "speaks openai");
            }
            if declared.endpoints.is_empty() {
                self.missing(
                    &declared.header,
                    "a provider",
                    "endpoint",
                    "endpoint eu { url \"https://…\"; region … }",
                );
            }
            self.satisfied(item.scope, &declared.satisfies);
            let mut sorted: Vec<&ast::Endpoint> = declared.endpoints.iter().collect();
            sorted.sort_by(|a, b| a.header.name.text.cmp(&b.header.name.text));
            for pair in sorted.windows(2) {
                if let [first, second] = pair
                    && first.header.name.text == second.header.name.text
                {
                    let message = format!("the endpoint `{}` is declared twice", second.header.name.text);
                    let diagnostic = Diagnostic::new(Code::DuplicateName, second.header.name.span, message);
                    let diagnostic = diagnostic.found("declared again here");
                    let diagnostic = diagnostic.label(first.header.name.span, "first declared here");
                    self.push(diagnostic.help("rename one of them, or remove it"));
                }
            }
            self.header_names(&declared.defaults);
            let mut own = Vec::new();
            for endpoint in sorted {
                own.push(EndpointId::from_index(endpoints.len()));
                let whose = Whose { provider: declared, name, id, scope: item.scope };
                endpoints.push(self.endpoint(&whose, endpoint, attestations));
            }
            providers.push(Provider {
                name: name.into(),
                title: title(declared.header.title.as_ref()),
                speaks: declared.speaks.as_ref().map_or(crate::model::Dialect::OpenAi, |speaks| speaks.value),
                endpoints: own,
                span,
            });
        }
        (providers, endpoints)
    }

    fn endpoint(
        &mut self,
        whose: &Whose<'_>,
        declared: &ast::Endpoint,
        attestations: &[Attestation],
    ) -> Endpoint {
        let span = declared.header.name.span;
        let url = match &declared.url {
            Some(url) => self.address(url, declared.private),
            None => {
                self.missing(&declared.header, "an endpoint", "url", "url \"https://…\"");
                None
            }
        };
        let region = match &declared.region {
            Some(region) => self.region(whose.scope, region),
            None => {
                self.missing(&declared.header, "an endpoint", "region", "region azure.westeurope");
                None
            }
        };
        let (own, defaults) = (&declared.connection, &whose.provider.defaults);
        let key = own.key.as_ref().or(defaults.key.as_ref());
        if key.is_none() {
            self.missing(&declared.header, "an endpoint", "key", "key env \"API_KEY\"` or `key none");
        }
        self.satisfied(whose.scope, &declared.satisfies);
        let attests = self.attested(whose.scope, &whose.provider.attests, attestations);
        let attests = attests.union(&self.attested(whose.scope, &declared.attests, attestations));
        let credential_header = key.and_then(|key| key.value.header.as_ref());
        self.header_names(own);
        Endpoint {
            name: format!("{}/{}", whose.name, declared.header.name.text).into(),
            provider: whose.id,
            url: url.unwrap_or_else(Address::nowhere),
            region: region.unwrap_or(RegionId(0)),
            credential: key.map_or(Credential::None, |key| key.value.source.clone()),
            credential_header: credential_header.map(|header| header.value.to_ascii_lowercase().into()),
            headers: pairs(&defaults.headers, &own.headers),
            query: pairs(&defaults.query, &own.query),
            attests,
            private: declared.private,
            span,
        }
    }

    /// The number of a region; a zone is none.
    pub(super) fn region(&mut self, scope: ScopeId, name: &ast::Name) -> Option<RegionId> {
        let item = self.scopes.find(scope, Kind::Place, name, self.diagnostics)?;
        if let Some(Declaration::Region(_)) = self.scopes.declaration(item) {
            return self.items.id(item).map(RegionId);
        }
        let message = format!("`{}` is a zone, and a region is needed here", name.text);
        self.push(Diagnostic::new(Code::UnknownName, name.span, message).help("name one region"));
        None
    }

    fn header_names(&mut self, connection: &Connection) {
        let key = connection.key.as_ref().and_then(|key| key.value.header.as_ref());
        for name in connection.headers.iter().map(|(name, _)| name).chain(key) {
            let is_token = !name.value.is_empty()
                && name.value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
            if !is_token {
                let message = format!("`{}` is not a header's name", name.value);
                self.push(
                    Diagnostic::new(Code::BadHeader, name.span, message).help("letters, digits and `-`"),
                );
            }
        }
        for (_, value) in &connection.headers {
            if value.value.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
                let message = "a header's value has no control characters";
                self.push(Diagnostic::new(Code::BadHeader, value.span, message));
            }
        }
    }

    fn address(&mut self, url: &Text, is_private: bool) -> Option<Address> {
        match parse_address(&url.value) {
            Ok(address) if address.is_tls || is_private => Some(address),
            Ok(_) => {
                let message = "this address is sent in clear, and only `private` endpoints may be";
                let help = "write `https:`, or add `private` if the endpoint lies in a network of your own";
                self.push(Diagnostic::new(Code::InsecureUrl, url.span, message).found("`http:`").help(help));
                None
            }
            Err(problem) => {
                let message = format!("`{}` is not an address: {problem}", url.value);
                let help = "the form is `https://host/path`, without query, user or fragment";
                self.push(Diagnostic::new(Code::BadUrl, url.span, message).help(help));
                None
            }
        }
    }

    pub(super) fn models(&mut self, providers: &[Provider], endpoints: &[Endpoint]) -> Vec<ServedModel> {
        let mut models = Vec::new();
        for (name, item, declaration) in self.declarations(Slot::Other(Kind::Model)) {
            let Declaration::Model(declared) = declaration else { continue };
            let span = declared.header.name.span;
            if declared.offers.is_empty() {
                self.missing(
                    &declared.header,
                    "a model",
                    "offered by",
                    "offered by azure as \"gpt-4o-2024-11-20\"",
                );
            }
            self.satisfied(item.scope, &declared.satisfies);
            let aliases: Vec<Box<str>> = match declared.aka.as_slice() {
                [] => vec![name.into()],
                some => some.iter().map(|aka| aka.value.clone()).collect(),
            };
            if let Some(price) = &declared.price {
                self.currency(&price.currency);
            }
            models.push(ServedModel {
                name: name.into(),
                title: title(declared.header.title.as_ref()),
                aliases,
                offers: self.offers(item.scope, &declared.offers, providers, endpoints),
                price: declared.price.as_ref().map(|price| Price {
                    input: price.input,
                    output: price.output,
                    cached_input: price.cached_input.unwrap_or(price.input),
                }),
                context: declared.context.as_ref().map(|count| count.value),
                output: declared.output.as_ref().map(|count| count.value),
                accepts: declared.accepts.as_ref().map(|all| all.iter().map(|one| one.value).collect()),
                count: if declared.count_exact { TokenCount::Exact } else { TokenCount::Estimate },
                span,
            });
        }
        models
    }

    /// Offers by endpoint, in the order of their names; one said of an endpoint beats one of its provider.
    fn offers(
        &mut self,
        scope: ScopeId,
        declared: &[ast::Offer],
        providers: &[Provider],
        endpoints: &[Endpoint],
    ) -> Vec<Offer> {
        let mut offers: Vec<(EndpointId, bool, Offer)> = Vec::new();
        for offer in declared {
            let Some(provider) = self.id(scope, Kind::Provider, &offer.provider) else { continue };
            let Some(provider) = providers.get(provider as usize) else { continue };
            let wanted = match &offer.endpoint {
                None => provider.endpoints.clone(),
                Some(name) => self.endpoint_of(provider, name, endpoints).into_iter().collect(),
            };
            for endpoint in wanted {
                let made = Offer { endpoint, version: offer.version.value.clone(), span: offer.span };
                let is_specific = offer.endpoint.is_some();
                match offers.iter().position(|(known, ..)| *known == endpoint) {
                    None => offers.push((endpoint, is_specific, made)),
                    Some(at) => self.second_offer(&mut offers, at, is_specific, made),
                }
            }
        }
        offers.sort_by_key(|(endpoint, ..)| *endpoint);
        offers.into_iter().map(|(_, _, offer)| offer).collect()
    }

    fn second_offer(
        &mut self,
        offers: &mut [(EndpointId, bool, Offer)],
        at: usize,
        is_specific: bool,
        made: Offer,
    ) {
        let Some((_, known_specific, known)) = offers.get_mut(at) else { return };
        if *known_specific == is_specific {
            let (message, first) = ("the same endpoint offers this model twice", known.span);
            let diagnostic =
                Diagnostic::new(Code::OfferTwice, made.span, message).label(first, "first offered here");
            self.push(diagnostic.help("declare a second model for the second version"));
        } else if is_specific {
            (*known_specific, *known) = (true, made);
        }
    }

    /// The endpoint of a provider with this name.
    pub(super) fn endpoint_of(
        &mut self,
        provider: &Provider,
        name: &ast::Name,
        endpoints: &[Endpoint],
    ) -> Option<EndpointId> {
        let wanted = format!("{}/{}", provider.name, name.text);
        let all = || provider.endpoints.iter().filter_map(|id| Some((*id, endpoints.get(id.index())?)));
        if let Some((id, _)) = all().find(|(_, endpoint)| *endpoint.name == *wanted) {
            return Some(id);
        }
        let message = format!("the provider `{}` has no endpoint `{}`", provider.name, name.text);
        let known = all().filter_map(|(_, endpoint)| endpoint.name.rsplit('/').next());
        let diagnostic = Diagnostic::new(Code::UnknownName, name.span, message).found("not declared");
        let known: Vec<&str> = known.collect();
        let diagnostic = diagnostic.help_maybe(near_or_all(&name.text, &known, "endpoint of this provider"));
        self.push(diagnostic);
        None
    }

    /// Client names are unique over models and chains.
    pub(super) fn check_aliases(&mut self, parts: &Parts) {
        let models = parts.models.iter().map(|model| (&model.aliases, model.span));
        let chains = parts.chains.iter().map(|chain| (&chain.aliases, chain.span));
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for (aliases, span) in models.chain(chains) {
            for alias in aliases {
                match seen.get(&**alias) {
                    Some(first) if *first != span => {
                        let message = format!("two models or chains answer to `{alias}`");
                        let diagnostic = Diagnostic::new(Code::DuplicateAlias, span, message)
                            .label(*first, "this one does too")
                            .help("clients ask by this name, so it must mean one thing");
                        self.push(diagnostic);
                    }
                    Some(_) => {}
                    None => {
                        seen.insert(alias, span);
                    }
                }
            }
        }
    }
}

/// Whose endpoint is being read.
struct Whose<'a> {
    provider: &'a ast::Provider,
    name: &'a str,
    id: ProviderId,
    scope: ScopeId,
}

impl Address {
    /// Stands where an address could not be read; a model that holds it is never made.
    fn nowhere() -> Self {
        Self { is_tls: true, host: "".into(), port: 443, path: "".into(), text: "".into() }
    }
}

/// The provider's pairs and the endpoint's own; the endpoint's win.
fn pairs(defaults: &[(Text, Text)], own: &[(Text, Text)]) -> Vec<(Box<str>, Box<str>)> {
    let mut merged: Vec<(Box<str>, Box<str>)> = Vec::new();
    for (name, value) in defaults.iter().chain(own) {
        match merged.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name.value)) {
            Some(known) => known.1 = value.value.clone(),
            None => merged.push((name.value.clone(), value.value.clone())),
        }
    }
    merged
}

/// Takes an address apart.
fn parse_address(text: &str) -> Result<Address, &'static str> {
    let (is_tls, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err("it begins with neither `https://` nor `http://`"),
    };
    if text.contains(['?', '#', '@', '\\']) || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("it holds a query, a fragment, a user or white space");
    }
    let (authority, path) = rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or("a bracket is not closed")?,
        None => authority.rsplit_once(':').map_or((authority, ""), |(host, port)| (host, port)),
    };
    let port = port.strip_prefix(':').unwrap_or(port);
    let port = match port {
        "" if is_tls => 443,
        "" => 80,
        port => port.parse().ok().filter(|port| *port != 0).ok_or("its port is not a number up to 65535")?,
    };
    let is_v6 = authority.starts_with('[');
    let is_host = !host.is_empty()
        && host.len() <= 253
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte) || is_v6 && byte == b':');
    if !is_host || is_v6 && host.parse::<std::net::Ipv6Addr>().is_err() {
        return Err("its host is neither a name nor an IP address");
    }
    let path = path.trim_end_matches('/');
    let path = if path.is_empty() { String::new() } else { format!("/{path}") };
    Ok(Address { is_tls, host: host.to_ascii_lowercase().into(), port, path: path.into(), text: text.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let rows = [
            ("https://api.mistral.ai/v1", Some(("api.mistral.ai", 443, "/v1"))),
            ("http://10.2.0.9:8000/v1/", Some(("10.2.0.9", 8000, "/v1"))),
            ("https://[fe80::1]:8443", Some(("fe80::1", 8443, ""))),
            ("https://API.example", Some(("api.example", 443, ""))),
            ("ftp://x", None),
            ("https://", None),
            ("https://user@host/", None),
            ("https://host?x=1", None),
            ("https://host:0/", None),
            ("https://host:99999", None),
            ("https://[::1/x", None),
        ];
        for (text, expected) in rows {
            let address = parse_address(text).ok();
            let got = address.as_ref().map(|it| (&*it.host, it.port, &*it.path));
            assert_eq!(got, expected, "{text}");
        }
    }
}
