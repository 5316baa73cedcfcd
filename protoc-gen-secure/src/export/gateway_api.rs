//! Gateway API: routes that expose the public methods. A route decides nothing about callers.

use serde_json::{Value, json};

use super::rules::Method;
use super::settings::{Settings, Workload};
use super::{Content, ExportError, File, Loss, Target, Translation};
use crate::manifest::Access;

pub(super) struct GatewayApi<'a> {
    workload: &'a Workload,
}

impl<'a> GatewayApi<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self { workload: &settings.workload }
    }
}

impl Target for GatewayApi<'_> {
    type Policy = ();

    fn translate(&self, method: &Method) -> Result<Translation<()>, Loss> {
        match method.rule.access {
            Access::Anonymous | Access::Public => Ok(Translation::exact(())),
            Access::Denied | Access::Authenticated | Access::AnyRole(_) => Ok(Translation::denied()),
        }
    }

    fn files(&self, policies: &[(&Method, ())]) -> Result<Vec<File>, ExportError> {
        let matches = policies.iter().map(|(method, ())| {
            let (service, method) = method.parts();
            json!({ "method": { "type": "Exact", "service": service, "method": method } })
        });
        let matches = matches.collect::<Vec<_>>();
        let rules = matches.chunks(MAX_MATCHES).map(|matches| self.rule(matches)).collect::<Vec<_>>();
        let routes = rules.chunks(MAX_RULES).zip(1..).map(|(rules, number)| self.route(rules, number));
        Ok(vec![File { name: "gateway-api", content: Content::Documents(routes.collect()) }])
    }
}

impl GatewayApi<'_> {
    fn rule(&self, matches: &[Value]) -> Value {
        json!({ "matches": matches, "backendRefs": [{ "name": self.workload.name, "port": self.workload.port }] })
    }

    fn route(&self, rules: &[Value], number: usize) -> Value {
        let Workload { name, namespace, gateway, .. } = self.workload;
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "GRPCRoute",
            "metadata": { "name": format!("{name}-public-{number}"), "namespace": namespace },
            "spec": { "parentRefs": [{ "name": gateway }], "rules": rules },
        })
    }
}

// The limits of the resource's schema: at most 128 matches in a route.
const MAX_MATCHES: usize = 8;
const MAX_RULES: usize = 16;
