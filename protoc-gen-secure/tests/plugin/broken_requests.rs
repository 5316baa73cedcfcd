//! Every request is answered, however broken: with files, with findings, or with an error.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use prost::Message as _;
use prost_types::compiler::CodeGeneratorResponse;
use prost_types::{DescriptorProto, FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto};

use crate::tools::{Request, SERVICES, Set};

/// A request that generates.
static SOUND: LazyLock<Request> = LazyLock::new(|| {
    let includes = ["../tests/proto", "../examples/quickstart/proto", "../proto"];
    let mut compiler = protox::Compiler::new(includes).expect("a compiler");
    compiler.include_imports(true).include_source_info(true).open_files(SERVICES).expect("files that compile");
    let set = Set::decode(compiler.encode_file_descriptor_set().as_slice()).expect("a set");
    let to_generate = SERVICES.map(str::to_owned).to_vec();
    Request { to_generate, parameter: String::new(), files: set.files }
});

/// The file that makes rules of options.
fn schema() -> Vec<u8> {
    let is_schema =
        |file: &&Vec<u8>| FileDescriptorProto::decode(file.as_slice()).is_ok_and(|file| file.package() == "secure.v1");
    SOUND.files.iter().find(is_schema).expect("the schema").clone()
}

/// Answers, or refuses; never panics, never takes its time.
fn respond(request: &[u8]) -> Option<CodeGeneratorResponse> {
    let start = Instant::now();
    let response = protoc_gen_secure::respond(request).ok().map(|answer| answer.encoded().to_vec());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    response.map(|response| CodeGeneratorResponse::decode(response.as_slice()).expect("a response"))
}

#[test]
fn valid_request_generates() {
    let response = respond(&SOUND.encode_to_vec()).expect("an answer");
    assert_eq!((response.error, response.file.len()), (None, 2 * SERVICES.len()));
}

#[test]
fn empty_request_has_an_empty_response() {
    let response = respond(&[]).expect("an answer");
    assert_eq!((response.error, response.file.len()), (None, 0));
}

#[test]
fn a_type_of_a_thousand_brackets_is_refused() {
    for bracket in ["(", "&", "[", "*const ", "a<", "fn(", "dyn a<"] {
        for count in [32, 100_000] {
            let parameter = format!("extern_path=.a={}", bracket.repeat(count));
            let response = respond(&Request { parameter, ..SOUND.clone() }.encode_to_vec()).expect("an answer");
            assert!(response.error.is_some(), "{bracket}");
        }
    }
}

/// A request for the shop alone, whose file has another name.
fn named(name: &str) -> Request {
    let shop = Some("shop/v1/shop.proto".to_owned());
    let mut request = Request { to_generate: vec![name.to_owned()], ..SOUND.clone() };
    let is_shop = |file: &&mut Vec<u8>| FileDescriptorProto::decode(file.as_slice()).expect("a file").name == shop;
    let file = request.files.iter_mut().find(is_shop).expect("the shop");
    file.extend(FileDescriptorProto { name: Some(name.to_owned()), ..Default::default() }.encode_to_vec());
    request
}

#[test]
fn file_name_with_a_line_break_or_a_change_of_direction_is_refused() {
    for name in ["\n}\nfn evil() {}\n//", "\r", "\u{85}", "\u{2028}", "\u{202e}"] {
        assert_eq!(respond(&named(name).encode_to_vec()), None, "{name:?}");
    }
}

#[test]
fn file_name_stays_inside_its_comments_and_literals() {
    for name in ["*/ fn evil() {} /*", "\" + evil!() + \"", "\\", "\\\", fn evil() {}", "// { }"] {
        let response = respond(&named(name).encode_to_vec()).expect("an answer");
        let code = response.file.iter().find(|file| file.insertion_point.is_none()).expect("a file").content();
        let items = syn::parse_file(code).unwrap_or_else(|error| panic!("{name:?}: {error}")).items;
        assert!(items.iter().all(|item| matches!(item, syn::Item::Const(_) | syn::Item::Mod(_))), "{name:?}");
    }
}

/// One change of bytes.
#[derive(Clone, Debug)]
enum Change {
    Cut(Index),
    Insert(Index, Vec<u8>),
    Repeat(Index, Index),
    Set(Index, u8),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let at = |index: &Index| index.index(bytes.len().max(1)).min(bytes.len());
        match self {
            Self::Cut(index) => bytes.truncate(at(index)),
            Self::Insert(index, piece) => drop(bytes.splice(at(index)..at(index), piece.iter().copied())),
            Self::Repeat(from, to) => {
                let (from, to) = (at(from), at(to));
                bytes.extend_from_within(from.min(to)..from.max(to));
            }
            Self::Set(index, byte) => {
                let index = at(index);
                bytes.iter_mut().skip(index).take(1).for_each(|old| *old = *byte);
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    prop_oneof![
        1 => index().prop_map(Change::Cut),
        3 => (index(), vec(any::<u8>(), 1..8)).prop_map(|(index, piece)| Change::Insert(index, piece)),
        1 => (index(), index()).prop_map(|(from, to)| Change::Repeat(from, to)),
        20 => (index(), any::<u8>()).prop_map(|(index, byte)| Change::Set(index, byte)),
    ]
}

const TRICKY: &[&str] = &["_", "__", "_1", "Self", "crate", "type", "Get", "get", "Get_", "New", "Connect", "google"];

const BROKEN: &[&str] = &["", ".", "a.b", "ä", "\n", "1", "r#type", ".a.Message", ".."];

/// Names that compilers let pass, and now and then one that they do not.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        100 => "[A-Za-z_][A-Za-z0-9_]{1,8}",
        20 => select(TRICKY).prop_map(str::to_owned),
        1 => select(BROKEN).prop_map(str::to_owned),
    ]
}

fn file() -> impl Strategy<Value = FileDescriptorProto> {
    let package = prop_oneof![Just("a".to_owned()), Just("a.type".to_owned()), name()];
    (name(), package, vec(service(), 0..4), vec(name(), 0..3)).prop_map(|(name, package, service, messages)| {
        let message_type = messages.into_iter().map(|name| DescriptorProto { name: Some(name), ..Default::default() });
        FileDescriptorProto {
            name: Some(name),
            package: Some(package),
            message_type: message_type.collect(),
            service,
            ..Default::default()
        }
    })
}

fn service() -> impl Strategy<Value = ServiceDescriptorProto> {
    (name(), vec(method(), 0..5)).prop_map(|(name, method)| ServiceDescriptorProto {
        name: Some(name),
        method,
        options: None,
    })
}

fn method() -> impl Strategy<Value = MethodDescriptorProto> {
    (name(), name(), name(), any::<bool>()).prop_map(|(name, input, output, streaming)| MethodDescriptorProto {
        name: Some(name),
        input_type: Some(format!(".{input}")),
        output_type: Some(format!(".{output}")),
        client_streaming: Some(streaming),
        ..Default::default()
    })
}

/// Gives every method of an encoded file the option 74117, which says `public`.
fn with_rules(mut file: FileDescriptorProto) -> Vec<u8> {
    #[derive(Clone, PartialEq, prost::Message)]
    struct File {
        #[prost(message, repeated, tag = "6")]
        services: Vec<Service>,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    struct Service {
        #[prost(string, tag = "1")]
        name: String,
        #[prost(bytes = "vec", repeated, tag = "2")]
        methods: Vec<Vec<u8>>,
    }
    let services = std::mem::take(&mut file.service).into_iter().map(|service| Service {
        name: service.name().to_owned(),
        methods: service.method.iter().map(|method| [method.encode_to_vec(), PUBLIC.to_vec()].concat()).collect(),
    });
    [file.encode_to_vec(), File { services: services.collect() }.encode_to_vec()].concat()
}

/// `MethodDescriptorProto.options` of a public method.
const PUBLIC: &[u8] = &[0x22, 6, 0xaa, 0x98, 0x24, 2, 0x08, 1];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn request_with_changed_bytes_does_not_panic(changes in vec(change(), 1..4)) {
        let mut request = SOUND.encode_to_vec();
        changes.iter().for_each(|change| change.apply(&mut request));
        respond(&request);
    }

    #[test]
    fn file_with_changed_bytes_does_not_panic(file in any::<Index>(), changes in vec(change(), 1..4)) {
        let mut request = SOUND.clone();
        let file = file.index(request.files.len());
        changes.iter().for_each(|change| change.apply(&mut request.files[file]));
        respond(&request.encode_to_vec());
    }

    #[test]
    fn any_parameter_is_answered(parameter in "((client|extern_path|no_server|flat_output_dir|[a-z_]{1,9})(=[.:a-z<>(),&\\\\ =]{0,20})?,?){0,4}") {
        let answer = respond(&Request { parameter, ..SOUND.clone() }.encode_to_vec());
        prop_assert!(answer.is_some());
    }

    #[test]
    fn random_descriptors_do_not_panic(files in vec(file(), 1..4)) {
        let to_generate = files.iter().map(|file| file.name().to_owned()).collect();
        let files = files.into_iter().map(with_rules).chain([schema()]).collect();
        respond(&Request { to_generate, parameter: "client=tonic".to_owned(), files }.encode_to_vec());
    }
}
