//! A file was generated for another version of the runtime.
const _: () = secure_runtime::codegen::generated_by(5);
const _: () = secure_runtime::codegen::generated_by(0);

fn main() {}
