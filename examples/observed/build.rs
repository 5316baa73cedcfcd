//! Generates messages and the secured server.

fn main() -> Result<(), protoc_gen_secure::Error> {
    protoc_gen_secure::compile_protos(&["proto/library/v1/library.proto"], &["proto"])
}
