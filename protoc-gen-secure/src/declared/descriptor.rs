//! The part of `google/protobuf/descriptor.proto` that is read. The extension of the schema is an ordinary field.

/// `FileDescriptorSet`, its files undecoded.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Set {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(super) files: Vec<Vec<u8>>,
}

/// `FileDescriptorProto` on the first pass: what is declared, no options.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Outline {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) package: String,
    #[prost(string, repeated, tag = "3")]
    pub(super) dependencies: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    pub(super) messages: Vec<Message>,
    #[prost(message, repeated, tag = "5")]
    pub(super) enums: Vec<Enum>,
    #[prost(message, repeated, tag = "6")]
    pub(super) services: Vec<ServiceName>,
    #[prost(message, repeated, tag = "7")]
    pub(super) extensions: Vec<Field>,
}

/// `DescriptorProto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Message {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, repeated, tag = "2")]
    pub(super) fields: Vec<Field>,
    #[prost(message, repeated, tag = "3")]
    pub(super) messages: Vec<Self>,
    #[prost(message, repeated, tag = "4")]
    pub(super) enums: Vec<Enum>,
    #[prost(message, repeated, tag = "6")]
    pub(super) extensions: Vec<Field>,
    #[prost(message, optional, tag = "7")]
    pub(super) options: Option<MessageOptions>,
    #[prost(message, repeated, tag = "8")]
    pub(super) oneofs: Vec<OneOf>,
}

impl Message {
    /// True if prost-build makes a module for what it nests. Synthetic oneofs and map entries do not count.
    pub(super) fn is_module(&self) -> bool {
        let oneofs = self.fields.iter().filter(|field| field.oneof_index.is_some() && !field.proto3_optional);
        let is_map = |message: &Self| message.options.is_some_and(|options| options.map_entry);
        !self.enums.is_empty() || oneofs.count() > 0 || !self.messages.iter().all(is_map)
    }
}

/// `OneofDescriptorProto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct OneOf {
    #[prost(string, tag = "1")]
    pub(super) name: String,
}

/// `MessageOptions`.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct MessageOptions {
    #[prost(bool, tag = "7")]
    pub(super) map_entry: bool,
}

/// `FieldDescriptorProto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Field {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) extendee: String,
    #[prost(int32, tag = "3")]
    pub(super) number: i32,
    #[prost(int32, tag = "4")]
    pub(super) label: i32,
    #[prost(int32, tag = "5")]
    pub(super) r#type: i32,
    #[prost(string, tag = "6")]
    pub(super) type_name: String,
    /// Of an enum field, the name of a value.
    #[prost(string, tag = "7")]
    pub(super) default_value: String,
    #[prost(int32, optional, tag = "9")]
    pub(super) oneof_index: Option<i32>,
    #[prost(bool, tag = "17")]
    pub(super) proto3_optional: bool,
}

/// `EnumDescriptorProto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Enum {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, repeated, tag = "2")]
    pub(super) values: Vec<EnumValue>,
    #[prost(message, optional, tag = "3")]
    pub(super) options: Option<EnumOptions>,
}

/// `EnumValueDescriptorProto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct EnumValue {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(int32, tag = "2")]
    pub(super) number: i32,
    #[prost(message, optional, tag = "3")]
    pub(super) options: Option<EnumOptions>,
}

/// `ServiceDescriptorProto` on the first pass.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ServiceName {
    #[prost(string, tag = "1")]
    pub(super) name: String,
}

/// `FileDescriptorProto` on the second pass: services with their options.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct File {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) package: String,
    #[prost(string, repeated, tag = "3")]
    pub(super) dependencies: Vec<String>,
    #[prost(message, repeated, tag = "6")]
    pub(super) services: Vec<Service>,
    #[prost(message, optional, tag = "9")]
    pub(super) source: Option<Source>,
    /// `import option`, edition 2024.
    #[prost(string, repeated, tag = "15")]
    pub(super) option_dependencies: Vec<String>,
}

/// `ServiceDescriptorProto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Service {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, repeated, tag = "2")]
    pub(super) methods: Vec<Method>,
    #[prost(message, optional, tag = "3")]
    pub(super) options: Option<Options>,
}

/// `MethodDescriptorProto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Method {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) request: String,
    #[prost(string, tag = "3")]
    pub(super) response: String,
    #[prost(message, optional, tag = "4")]
    pub(super) options: Option<Options>,
    #[prost(bool, tag = "5")]
    pub(super) client_streaming: bool,
    #[prost(bool, tag = "6")]
    pub(super) server_streaming: bool,
}

/// The options of a method or a service.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Options {
    #[prost(bool, tag = "33")]
    pub(super) deprecated: bool,
    /// As many pieces as the compiler made of it; one after the other they are one message.
    #[prost(bytes = "vec", repeated, tag = "74117")]
    pub(super) pieces: Vec<Vec<u8>>,
}

/// The options of an enum or a value of one: the extensions of the schema only, each in pieces.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct EnumOptions {
    #[prost(bytes = "vec", repeated, tag = "74117")]
    pub(super) roles: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "74118")]
    pub(super) scopes: Vec<Vec<u8>>,
}

/// `SourceCodeInfo`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Source {
    #[prost(message, repeated, tag = "1")]
    pub(super) spans: Vec<Span>,
}

/// `SourceCodeInfo.Location`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Span {
    #[prost(int32, repeated, tag = "1")]
    pub(super) path: Vec<i32>,
    #[prost(int32, repeated, tag = "2")]
    pub(super) span: Vec<i32>,
    #[prost(string, tag = "3")]
    pub(super) leading_comments: String,
}
