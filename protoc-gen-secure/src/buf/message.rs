//! The parts of `pluginrpc/v1/pluginrpc.proto` and `buf/plugin/*/v1/*.proto` that are used, with descriptors left encoded.

use prost_types::Any;

/// `pluginrpc.v1.Spec`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Spec {
    #[prost(message, repeated, tag = "1")]
    pub(super) procedures: Vec<Procedure>,
}

/// `pluginrpc.v1.Procedure`. Without other arguments, it is called by its path.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Procedure {
    #[prost(string, tag = "1")]
    pub(super) path: String,
}

/// `pluginrpc.v1.Request`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RpcRequest {
    #[prost(message, optional, tag = "1")]
    pub(super) value: Option<Any>,
}

/// `pluginrpc.v1.Response`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RpcResponse {
    #[prost(message, optional, tag = "1")]
    pub(super) value: Option<Any>,
    #[prost(message, optional, tag = "2")]
    pub(super) error: Option<Failure>,
}

/// `pluginrpc.v1.Error`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Failure {
    /// A status code of gRPC.
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
}

impl Failure {
    /// The request is not one that buf makes, or its options cannot be used.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { code: 3, message: message.into() }
    }

    /// The schema does not allow an answer.
    pub(super) fn precondition(message: impl Into<String>) -> Self {
        Self { code: 9, message: message.into() }
    }
}

/// `buf.plugin.check.v1.CheckRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct CheckRequest {
    #[prost(message, repeated, tag = "1")]
    pub(super) files: Vec<FileDescriptor>,
    #[prost(message, repeated, tag = "2")]
    pub(super) against_files: Vec<FileDescriptor>,
    #[prost(message, repeated, tag = "3")]
    pub(super) options: Vec<PluginOption>,
    /// Empty for the rules that are on by default.
    #[prost(string, repeated, tag = "4")]
    pub(super) rule_ids: Vec<String>,
}

/// `buf.plugin.descriptor.v1.FileDescriptor`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FileDescriptor {
    /// An encoded `FileDescriptorProto`.
    #[prost(bytes = "vec", tag = "1")]
    pub(super) encoded: Vec<u8>,
    #[prost(bool, tag = "2")]
    pub(super) is_import: bool,
}

/// `buf.plugin.option.v1.Option`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PluginOption {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(message, optional, tag = "2")]
    pub(super) value: Option<OptionValue>,
}

/// `buf.plugin.option.v1.Value`: a string, or a list.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct OptionValue {
    #[prost(string, optional, tag = "4")]
    pub(super) text: Option<String>,
    #[prost(message, optional, tag = "6")]
    pub(super) list: Option<OptionValues>,
}

/// `buf.plugin.option.v1.ListValue`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct OptionValues {
    #[prost(message, repeated, tag = "1")]
    pub(super) values: Vec<OptionValue>,
}

/// `buf.plugin.check.v1.CheckResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct CheckResponse {
    #[prost(message, repeated, tag = "1")]
    pub(super) annotations: Vec<Annotation>,
}

/// `buf.plugin.check.v1.Annotation`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Annotation {
    #[prost(string, tag = "1")]
    pub(super) rule_id: String,
    #[prost(string, tag = "2")]
    pub(super) message: String,
    #[prost(message, optional, tag = "3")]
    pub(super) location: Option<FileLocation>,
}

/// `buf.plugin.descriptor.v1.FileLocation`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FileLocation {
    #[prost(string, tag = "1")]
    pub(super) file: String,
    /// A path of `SourceCodeInfo`; empty for the file as a whole.
    #[prost(int32, repeated, tag = "2")]
    pub(super) path: Vec<i32>,
}

/// `buf.plugin.check.v1.ListRulesRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ListRulesRequest {
    #[prost(uint32, tag = "1")]
    pub(super) page_size: u32,
    #[prost(string, tag = "2")]
    pub(super) page_token: String,
}

/// `buf.plugin.check.v1.ListRulesResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ListRulesResponse {
    #[prost(string, tag = "1")]
    pub(super) next_page_token: String,
    #[prost(message, repeated, tag = "2")]
    pub(super) rules: Vec<Rule>,
}

/// `buf.plugin.check.v1.Rule`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Rule {
    #[prost(string, tag = "1")]
    pub(super) id: String,
    #[prost(string, repeated, tag = "2")]
    pub(super) category_ids: Vec<String>,
    #[prost(bool, tag = "3")]
    pub(super) is_default: bool,
    #[prost(string, tag = "4")]
    pub(super) purpose: String,
    /// `RuleType`: [`LINT`] or [`BREAKING`].
    #[prost(int32, tag = "5")]
    pub(super) r#type: i32,
}

/// `buf.plugin.check.v1.ListCategoriesResponse`. All of them fit on one page.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ListCategoriesResponse {
    #[prost(message, repeated, tag = "2")]
    pub(super) categories: Vec<Category>,
}

/// `buf.plugin.check.v1.Category`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Category {
    #[prost(string, tag = "1")]
    pub(super) id: String,
    #[prost(string, tag = "2")]
    pub(super) purpose: String,
}

/// `RuleType`.
pub(super) const LINT: i32 = 1;

/// `RuleType`.
pub(super) const BREAKING: i32 = 2;
