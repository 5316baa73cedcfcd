//! Generation for a fixed schema.

use prost::Message;
use protox::Compiler;

/// Answers the same request so many times.
pub(crate) fn run(answer: fn(&[u8]) -> usize, times: u64) {
    let request = request();
    for _ in 0..times {
        assert!(answer(&request) > request.len(), "there is generated code in the answer");
    }
}

/// The length of our answer.
pub(crate) fn ours(request: &[u8]) -> usize {
    protoc_gen_secure::respond(request).expect("a request").encoded().len()
}

/// The length of the answer of protoc-gen-tonic.
pub(crate) fn tonic(request: &[u8]) -> usize {
    let files = protoc_gen_tonic::execute(request).expect("a request");
    files.iter().map(Message::encoded_len).sum()
}

fn request() -> Vec<u8> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut compiler = Compiler::new([format!("{root}/tests/proto"), format!("{root}/proto")]).expect("directories");
    compiler.include_imports(true).include_source_info(true);
    compiler.open_file("bench/api.proto").expect("a file that compiles");
    let set = Set::decode(compiler.encode_file_descriptor_set().as_slice()).expect("a set of files");
    Request { to_generate: vec!["bench/api.proto".to_owned()], files: set.files }.encode_to_vec()
}

/// A `google.protobuf.FileDescriptorSet` whose files stay encoded, because prost drops their options.
#[derive(prost::Message)]
struct Set {
    #[prost(bytes = "vec", repeated, tag = "1")]
    files: Vec<Vec<u8>>,
}

/// A `google.protobuf.compiler.CodeGeneratorRequest`.
#[derive(prost::Message)]
struct Request {
    #[prost(string, repeated, tag = "1")]
    to_generate: Vec<String>,
    #[prost(bytes = "vec", repeated, tag = "15")]
    files: Vec<Vec<u8>>,
}
