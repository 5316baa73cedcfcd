//! Generates messages and the secured server of the quickstart.

fn main() -> Result<(), protoc_gen_secure::Error> {
    let protos = "../../examples/quickstart/proto";
    protoc_gen_secure::compile_protos(&[format!("{protos}/shop/v1/shop.proto")], &[protos])
}
