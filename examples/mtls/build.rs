//! Generates messages and the secured server.

fn main() -> Result<(), protoc_gen_secure::Error> {
    protoc_gen_secure::compile_protos(&["proto/stock/v1/stock.proto"], &["proto"])
}
