//! `orders_client` as tonic-build makes it, for code that migrates from tonic.

use proc_macro2::TokenStream;
use tonic_build::CodeGenBuilder;

use super::code::Code;
use super::{ALLOW, ALLOW_OF_RUSTC, text};
use crate::rust;

pub(super) fn client(service: &rust::Service<'_>, code: &mut Code) {
    let client = CodeGenBuilder::new().generate_client(&Service::new(service), "super");
    let client = prettyplease::unparse(&syn::parse2(client).expect("tonic-build writes items"));
    code.item();
    code.line(ALLOW);
    code.line(ALLOW_OF_RUSTC);
    client.lines().for_each(|line| code.line(line));
}

/// A service as tonic-build wants it.
struct Service<'a> {
    item: &'a rust::Service<'a>,
    name: String,
    methods: Vec<Method<'a>>,
}

impl<'a> Service<'a> {
    fn new(item: &'a rust::Service<'a>) -> Self {
        let methods = item.methods.iter().map(Method::new).collect();
        Self { item, name: item.rust.variant().to_string(), methods }
    }
}

impl<'a> tonic_build::Service for Service<'a> {
    type Comment = String;
    type Method = Method<'a>;

    fn name(&self) -> &str {
        &self.name
    }

    fn package(&self) -> &str {
        self.item.policy.name.rsplit_once('.').map_or("", |(package, _)| package)
    }

    fn identifier(&self) -> &str {
        self.item.policy.name.rsplit_once('.').map_or(&self.item.policy.name, |(_, name)| name)
    }

    fn methods(&self) -> &[Self::Method] {
        &self.methods
    }

    fn comment(&self) -> &[String] {
        &self.item.policy.comments
    }
}

/// A method as tonic-build wants it.
struct Method<'a> {
    item: &'a rust::Method<'a>,
    name: String,
    docs: Vec<String>,
}

impl<'a> Method<'a> {
    fn new(item: &'a rust::Method<'a>) -> Self {
        let docs = text::docs(&item.policy.comments, text::who_may_call(item));
        Self { item, name: item.rust.method().to_string(), docs }
    }
}

impl tonic_build::Method for Method<'_> {
    type Comment = String;

    fn name(&self) -> &str {
        &self.name
    }

    fn identifier(&self) -> &str {
        &self.item.policy.name
    }

    fn codec_path(&self) -> &str {
        "tonic_prost::ProstCodec"
    }

    fn client_streaming(&self) -> bool {
        self.item.policy.kind.streams_requests()
    }

    fn server_streaming(&self) -> bool {
        self.item.policy.kind.streams_responses()
    }

    fn comment(&self) -> &[String] {
        &self.docs
    }

    fn deprecated(&self) -> bool {
        self.item.policy.is_deprecated
    }

    fn request_response_name(&self, _proto_path: &str, _compile_well_known_types: bool) -> (TokenStream, TokenStream) {
        (tokens(&self.item.request), tokens(&self.item.response))
    }
}

/// The path of a message, seen from the module of a client.
fn tokens(path: &rust::TypePath) -> TokenStream {
    path.seen_from(1).parse().expect("a type path is a type")
}

/// The functions that every client of tonic-build has.
pub(crate) const FUNCTIONS: &[&str] = &[
    "accept_compressed",
    "connect",
    "max_decoding_message_size",
    "max_encoding_message_size",
    "new",
    "send_compressed",
    "with_interceptor",
    "with_origin",
];
