//! A large API without rules: all findings are counted, few are printed, and it takes little time.

use std::time::{Duration, Instant};

use expect_test::expect;
use prost::Message as _;
use prost_types::compiler::{CodeGeneratorRequest, CodeGeneratorResponse};
use prost_types::source_code_info::Location;
use prost_types::{FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto, SourceCodeInfo};

/// Seventy files, each with ten services of ten methods.
fn request() -> CodeGeneratorRequest {
    let files = (0..70).map(file).collect::<Vec<_>>();
    let file_to_generate = files.iter().map(|file| file.name().to_owned()).collect();
    CodeGeneratorRequest { file_to_generate, proto_file: files, ..CodeGeneratorRequest::default() }
}

fn file(index: i32) -> FileDescriptorProto {
    let locations = (0..10).flat_map(|service| (0..10).map(move |method| location(service, method)));
    FileDescriptorProto {
        name: Some(format!("api/v{index}.proto")),
        package: Some(format!("api.v{index}")),
        service: (0..10).map(service).collect(),
        source_code_info: Some(SourceCodeInfo { location: locations.collect() }),
        ..FileDescriptorProto::default()
    }
}

fn service(index: i32) -> ServiceDescriptorProto {
    let name = Some(format!("Service{index}"));
    ServiceDescriptorProto { name, method: (0..10).map(method).collect(), options: None }
}

fn method(index: i32) -> MethodDescriptorProto {
    MethodDescriptorProto {
        name: Some(format!("Method{index}")),
        input_type: Some(".api.Message".to_owned()),
        output_type: Some(".api.Message".to_owned()),
        ..MethodDescriptorProto::default()
    }
}

fn location(service: i32, method: i32) -> Location {
    let line = service * 20 + method;
    Location { path: vec![6, service, 2, method], span: vec![line, 2, 40], ..Location::default() }
}

fn timed(request: &[u8]) -> (Duration, Vec<u8>) {
    let start = Instant::now();
    let response = protoc_gen_secure::respond(request).expect("an answer").encoded().to_vec();
    (start.elapsed(), response)
}

#[test]
fn seven_thousand_missing_rules_are_counted_in_two_seconds() {
    let request = request().encode_to_vec();
    // The best of three: a busy machine slows any one down.
    let (time, response) = (0..3).map(|_| timed(&request)).min().expect("three answers");
    println!("{} bytes of request answered in {time:?}", request.len());
    assert!(time < Duration::from_secs(2), "{time:?}");
    let error = CodeGeneratorResponse::decode(response.as_slice()).expect("a response").error.expect("an error");
    assert_eq!(error.lines().filter(|line| line.contains(": error[")).count(), 50);
    let ends = [error.lines().next(), error.lines().last()].map(Option::unwrap_or_default);
    expect![[r#"
        7070 errors in the schema
        and 7020 more: 6951 missing-rule, 69 options-missing"#]]
    .assert_eq(&ends.join("\n"));
}
