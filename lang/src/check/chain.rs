//! Chains.

use super::{Checker, title};
use crate::ast::{self, Declaration};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Chain, Endpoint, EndpointId, FailureKind, ModelId, ProviderId, ServedModel, Step};
use crate::near::{list_of, near_or_all};
use crate::resolve::{Kind, ScopeId, Slot};

/// Which failures move on when a chain says nothing: those that another endpoint may not have.
const DEFAULT_ON: &[FailureKind] =
    &[FailureKind::Timeout, FailureKind::Connect, FailureKind::Status(429), FailureKind::StatusClass(5)];

impl Checker<'_> {
    pub(super) fn chains(&mut self, models: &[ServedModel], endpoints: &[Endpoint]) -> Vec<Chain> {
        let mut chains = Vec::new();
        for (name, item, declaration) in self.declarations(Slot::Other(Kind::Chain)) {
            let Declaration::Chain(declared) = declaration else { continue };
            let span = declared.header.name.span;
            if declared.steps.is_empty() {
                self.missing(&declared.header, "a chain", "try", "try azure/gpt_4o");
            }
            self.satisfied(item.scope, &declared.satisfies);
            let mut steps = Vec::new();
            for step in &declared.steps {
                steps.extend(self.step(item.scope, step, models, endpoints));
            }
            let mut aliases: Vec<Box<str>> = vec![name.into()];
            aliases.extend(declared.aka.iter().map(|aka| aka.value.clone()));
            aliases.dedup();
            let on = declared.on.iter().map(|kind| kind.value);
            chains.push(Chain {
                name: name.into(),
                title: title(declared.header.title.as_ref()),
                aliases,
                steps,
                on: if declared.on.is_empty() { DEFAULT_ON.iter().copied().collect() } else { on.collect() },
                breaker: declared.breaker,
                span,
            });
        }
        chains
    }

    fn step(
        &mut self,
        scope: ScopeId,
        step: &ast::Step,
        models: &[ServedModel],
        endpoints: &[Endpoint],
    ) -> Option<Step> {
        let provider = self.id(scope, Kind::Provider, &step.provider).map(ProviderId);
        let model = self.id(scope, Kind::Model, &step.model).map(ModelId);
        let (provider, model) = (provider?, model?);
        let offers = &models.get(model.index())?.offers;
        let is_of = |id: &EndpointId| endpoints.get(id.index()).is_some_and(|it| it.provider == provider);
        let offering: Vec<EndpointId> = offers.iter().map(|offer| offer.endpoint).filter(is_of).collect();
        if offering.is_empty() {
            let message = format!(
                "the provider `{}` does not offer the model `{}`",
                step.provider.text, step.model.text
            );
            let help = format!("add `offered by {} as \"…\"` to the model", step.provider.text);
            self.push(Diagnostic::new(Code::NotOffered, step.span, message).help(help));
            return None;
        }
        let chosen =
            if step.at.is_empty() { offering.clone() } else { self.at(step, provider, &offering, endpoints) };
        Some(Step {
            model,
            provider,
            endpoints: chosen,
            timeouts: step.timeouts,
            retries: step.retries,
            span: step.span,
        })
    }

    /// The endpoints of `at`, in its order.
    fn at(
        &mut self,
        step: &ast::Step,
        provider: ProviderId,
        offering: &[EndpointId],
        endpoints: &[Endpoint],
    ) -> Vec<EndpointId> {
        let mut chosen: Vec<EndpointId> = Vec::new();
        for name in &step.at {
            let wanted = format!("{}/{}", step.provider.text, name.text);
            let own = || endpoints.iter().enumerate().filter(|(_, endpoint)| endpoint.provider == provider);
            let Some((at, endpoint)) =
                own().find(|(_, endpoint)| endpoint.name.ends_with(&format!("/{}", name.text)))
            else {
                let known: Vec<&str> = own().filter_map(|(_, it)| it.name.rsplit('/').next()).collect();
                let message = format!("there is no endpoint `{wanted}`");
                let help = near_or_all(&name.text, &known, "endpoint of this provider");
                self.push(
                    Diagnostic::new(Code::UnknownName, name.span, message)
                        .found("not declared")
                        .help_maybe(help),
                );
                continue;
            };
            let id = EndpointId::from_index(at);
            if chosen.contains(&id) {
                let message = format!("`{}` stands twice in this `at`", name.text);
                self.push(
                    Diagnostic::new(Code::DuplicateName, name.span, message).help("an order names each once"),
                );
            } else if offering.contains(&id) {
                chosen.push(id);
            } else {
                let message = format!(
                    "the endpoint `{}` does not offer the model `{}`",
                    endpoint.name, step.model.text
                );
                let offering: Vec<&str> =
                    offering.iter().filter_map(|id| Some(&*endpoints.get(id.index())?.name)).collect();
                let help = format!("the model is offered by {}", list_of(&offering));
                self.push(Diagnostic::new(Code::NotOffered, name.span, message).help(help));
            }
        }
        chosen
    }
}
