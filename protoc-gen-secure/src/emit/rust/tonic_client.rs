//! `orders_client` as tonic-build makes it, for code that is moving over.

use proc_macro2::TokenStream;
use quote::quote;
use tonic_build::CodeGenBuilder;

use super::text;
use crate::policy::{MethodPolicy, ServicePolicy};

pub(super) fn client(service: &ServicePolicy) -> TokenStream {
    let allow = super::allow();
    let client = CodeGenBuilder::new().generate_client(&Service::new(service), "super");
    quote!(#allow #client)
}

/// A service in tonic-build's words.
struct Service<'a> {
    policy: &'a ServicePolicy,
    name: String,
    methods: Vec<Method<'a>>,
}

impl<'a> Service<'a> {
    fn new(policy: &'a ServicePolicy) -> Self {
        let methods = policy.methods.iter().map(Method::new).collect();
        Self { policy, name: policy.rust.variant().to_string(), methods }
    }
}

impl<'a> tonic_build::Service for Service<'a> {
    type Comment = String;
    type Method = Method<'a>;

    fn name(&self) -> &str {
        &self.name
    }

    fn package(&self) -> &str {
        self.policy.name.rsplit_once('.').map_or("", |(package, _)| package)
    }

    fn identifier(&self) -> &str {
        self.policy.name.rsplit_once('.').map_or(&self.policy.name, |(_, name)| name)
    }

    fn methods(&self) -> &[Self::Method] {
        &self.methods
    }

    fn comment(&self) -> &[String] {
        &self.policy.comments
    }
}

/// A method in tonic-build's words.
struct Method<'a> {
    policy: &'a MethodPolicy,
    name: String,
    docs: Vec<String>,
}

impl<'a> Method<'a> {
    fn new(policy: &'a MethodPolicy) -> Self {
        let docs = text::docs(&policy.comments, text::who_may_call(policy));
        Self { policy, name: policy.rust.method().to_string(), docs }
    }
}

impl tonic_build::Method for Method<'_> {
    type Comment = String;

    fn name(&self) -> &str {
        &self.name
    }

    fn identifier(&self) -> &str {
        &self.policy.name
    }

    fn codec_path(&self) -> &str {
        "tonic_prost::ProstCodec"
    }

    fn client_streaming(&self) -> bool {
        self.policy.kind.streams_requests()
    }

    fn server_streaming(&self) -> bool {
        self.policy.kind.streams_responses()
    }

    fn comment(&self) -> &[String] {
        &self.docs
    }

    fn request_response_name(&self, _proto_path: &str, _compile_well_known_types: bool) -> (TokenStream, TokenStream) {
        (self.policy.request.tokens(1), self.policy.response.tokens(1))
    }
}
