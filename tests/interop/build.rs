//! Generates the messages once, and the services twice: with protected rules, as written, and with public ones.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use protoc_gen_secure::Config;

const SERVICES: [&str; 2] = ["connectrpc/conformance/v1/service.proto", "grpc/testing/test.proto"];
const MESSAGES: [&str; 2] = ["connectrpc/conformance/v1/messages.proto", "grpc/testing/messages.proto"];
/// What the services name of each package. The path of a whole package would leave its services out, too.
const REFERENCED: [(&str, &[&str]); 2] = [
    (
        "connectrpc.conformance.v1",
        &[
            "BidiStreamRequest",
            "ClientStreamRequest",
            "ConformanceResponse",
            "IdempotentUnaryRequest",
            "ServerStreamRequest",
            "UnaryRequest",
            "UnimplementedRequest",
        ],
    ),
    (
        "grpc.testing",
        &[
            "Empty",
            "SimpleRequest",
            "SimpleResponse",
            "StreamingInputCallRequest",
            "StreamingInputCallResponse",
            "StreamingOutputCallRequest",
            "StreamingOutputCallResponse",
        ],
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    config(&out, "messages")?.compile_protos(&MESSAGES, &["proto"])?;
    services(&out, "protected", |text| text)?;
    services(&out, "public", |text| text.replace("authenticated: true", "public: true"))
}

fn services(out: &Path, name: &str, rules: impl Fn(String) -> String) -> Result<(), Box<dyn Error>> {
    let schemas = out.join(name).join("proto");
    for service in SERVICES {
        let path = schemas.join(service);
        fs::create_dir_all(path.parent().ok_or("a file is in a directory")?)?;
        fs::write(path, rules(fs::read_to_string(Path::new("proto").join(service))?))?;
        println!("cargo:rerun-if-changed=proto/{service}");
    }
    let messages = REFERENCED.iter().flat_map(|(package, names)| names.iter().map(move |name| (*package, *name)));
    let config = messages.fold(config(out, name)?, |config, (package, name)| {
        let module = package.replace('.', "::");
        config.extern_path(format!(".{package}.{name}"), format!("crate::messages::{module}::{name}"))
    });
    Ok(config.compile_protos(&SERVICES, &[schemas.as_path(), Path::new("proto")])?)
}

fn config(out: &Path, name: &str) -> Result<Config, Box<dyn Error>> {
    let directory = out.join(name);
    fs::create_dir_all(&directory)?;
    Ok(Config::new().out_dir(directory).include_file("all.rs").allow("missing-public-reason"))
}
