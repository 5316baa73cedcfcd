//! Reflection behind a gate, with the descriptor set that the build script writes.

use secure_runtime::authz::Rule;
use secure_runtime::testing::TestIssuer;
use secure_runtime::{Gate, Gated};
use secure_tests::secured::jwt;
use secure_tests::server::serve_plaintext;
use serde_json::json;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};
use tonic_reflection::server::Builder;

const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/services.bin"));

async fn ask(
    channel: &Channel,
    token: Option<&str>,
    question: MessageRequest,
) -> Result<ServerReflectionResponse, Status> {
    let question = ServerReflectionRequest { host: String::new(), message_request: Some(question) };
    let mut request = Request::new(tokio_stream::once(question));
    if let Some(token) = token {
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    let mut answers = ServerReflectionClient::new(channel.clone()).server_reflection_info(request).await?.into_inner();
    Ok(answers.message().await?.expect("an answer"))
}

#[tokio::test]
async fn reflection_behind_a_gate_answers_operators_only_and_names_no_role() {
    let issuer = TestIssuer::new("https://id.example.com");
    let reflection = Builder::configure().register_encoded_file_descriptor_set(DESCRIPTORS).build_v1().unwrap();
    let reflection = Gated::new(reflection, Gate::new(jwt(&issuer)), Rule::any_role(&["operator"])).unwrap();
    let channel = serve_plaintext(|server| server.add(reflection)).await;
    let token = |role: &str| issuer.token(json!({ "sub": "o", "aud": "kinds", "roles": [role] }));
    let list = || MessageRequest::ListServices(String::new());

    let refused = ask(&channel, None, list()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let refused = ask(&channel, Some(&token("clerk")), list()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);

    let services = ask(&channel, Some(&token("operator")), list()).await.unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(services)) = services else { panic!("{services:?}") };
    assert!(services.service.iter().any(|service| service.name == "kinds.v1.Kinds"), "{services:?}");
    let symbol = MessageRequest::FileContainingSymbol("kinds.v1.Kinds".to_owned());
    let file = ask(&channel, Some(&token("operator")), symbol).await.unwrap().message_response;
    let Some(MessageResponse::FileDescriptorResponse(file)) = file else { panic!("{file:?}") };
    let bytes = file.file_descriptor_proto.concat();
    let contains = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(contains("UnaryReader") && !contains("writer"), "the rules are in the answer");
}
