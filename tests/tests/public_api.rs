//! The public API of secure-runtime has no type of the libraries for TLS, certificates and cryptography. Their versions can
//! change without a break for users.
//!
//! Reads the source: what is `pub`, and which names in it were imported from those libraries.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Fields, File, ImplItem, Item, ItemImpl, UseTree, Visibility};

const PRIVATE_CRATES: [&str; 7] =
    ["aws_lc_rs", "rustls", "rustls_native_certs", "rustls_pki_types", "tokio_rustls", "webpki", "x509_parser"];

#[test]
fn type_of_a_private_library_in_the_public_api_is_refused() {
    let files = source_files();
    assert!(files.len() > 50, "the source of secure-runtime");
    let exported = files.iter().flat_map(|(_, file)| file.items.iter().filter_map(public_type)).collect();
    let found =
        files.iter().flat_map(|(path, file)| private_names(file, &exported).map(move |it| format!("{path}: {it}")));
    let found = found.collect::<Vec<_>>();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn each_way_to_expose_a_type_is_found() {
    for item in [
        "pub fn config() -> Arc<ClientConfig> { todo!() }",
        "pub fn config(config: rustls::ClientConfig) {}",
        "pub fn config<T: Into<ClientConfig>>(config: T) {}",
        "pub struct Tls { pub config: ClientConfig }",
        "pub struct Tls(pub ClientConfig);",
        "pub enum Tls { Config { config: ClientConfig } }",
        "pub trait Tls { fn config(&self) -> ClientConfig; }",
        "pub type Tls = ClientConfig;",
        "pub const TLS: Option<ClientConfig> = None;",
        "pub use rustls::ClientConfig as Config;",
        "impl Exported { pub fn config(&self) -> &ClientConfig { todo!() } }",
        "impl From<ClientConfig> for Exported { fn from(_: ClientConfig) -> Self { Self } }",
        "impl From<Exported> for ClientConfig { fn from(_: Exported) -> Self { todo!() } }",
        "impl Iterator for Exported { type Item = ClientConfig; fn next(&mut self) -> Option<ClientConfig> { None } }",
    ] {
        assert_eq!(exposed(item).len(), 1, "{item}");
    }
}

#[test]
fn private_use_of_a_library_is_allowed() {
    for item in [
        "pub struct Tls { config: ClientConfig }",
        "pub fn other() { let config: ClientConfig = todo!(); }",
        "pub fn other(config: other::ClientConfig) {}",
        "pub(crate) fn config() -> ClientConfig { todo!() }",
        "impl Exported { pub(crate) fn config(&self) -> ClientConfig { todo!() } }",
        "impl From<ClientConfig> for Hidden { fn from(_: ClientConfig) -> Self { Self } }",
        "#[cfg(test)] mod tests { pub fn config() -> ClientConfig { todo!() } }",
    ] {
        assert!(exposed(item).is_empty(), "{item}");
    }
}

fn exposed(item: &str) -> Vec<String> {
    let file = syn::parse_str(&format!("use rustls::{{ClientConfig, Error as TlsError}}; {item}")).unwrap();
    private_names(&file, &BTreeSet::from(["Exported".to_owned()])).collect()
}

fn source_files() -> Vec<(String, File)> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../secure-runtime/src"), &mut files);
    files
}

fn collect(directory: &Path, files: &mut Vec<(String, File)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.file_stem().is_some_and(|stem| stem == "tests") {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            files.push((path.display().to_string(), syn::parse_file(&text).unwrap()));
        }
    }
}

/// The name of a public type.
fn public_type(item: &Item) -> Option<String> {
    let (visibility, name) = match item {
        Item::Enum(item) => (&item.vis, &item.ident),
        Item::Struct(item) => (&item.vis, &item.ident),
        _ => return None,
    };
    is_public(visibility).then(|| name.to_string())
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The names of private libraries that the public items of a file have, with the text around them.
fn private_names(file: &File, exported: &BTreeSet<String>) -> impl Iterator<Item = String> {
    let mut private = PRIVATE_CRATES.map(str::to_owned).into_iter().collect();
    for item in &file.items {
        if let Item::Use(item) = item {
            imports(&item.tree, false, &mut private);
        }
    }
    let public = file.items.iter().filter_map(|item| public_part(item, exported)).collect::<Vec<_>>();
    public.into_iter().filter(move |part| names(part.clone(), &private)).map(|part| part.to_string())
}

/// The names that a `use` takes from private libraries.
fn imports(tree: &UseTree, is_private: bool, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => {
            imports(&path.tree, is_private || PRIVATE_CRATES.contains(&path.ident.to_string().as_str()), names);
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| imports(tree, is_private, names)),
        UseTree::Name(name) if is_private => _ = names.insert(name.ident.to_string()),
        UseTree::Rename(rename) if is_private => _ = names.insert(rename.rename.to_string()),
        _ => {}
    }
}

/// What a user sees of an item: no bodies, no private fields, no attributes.
fn public_part(item: &Item, exported: &BTreeSet<String>) -> Option<TokenStream> {
    let tokens = match item {
        Item::Const(item) if is_public(&item.vis) => item.ty.to_token_stream(),
        Item::Enum(item) if is_public(&item.vis) => {
            let variants = item.variants.iter().flat_map(|variant| variant.fields.iter());
            variants.map(|field| field.ty.to_token_stream()).chain([item.generics.to_token_stream()]).collect()
        }
        Item::Fn(item) if is_public(&item.vis) && !is_test(&item.attrs) => item.sig.to_token_stream(),
        Item::Impl(item) => return public_impl(item, exported),
        Item::Static(item) if is_public(&item.vis) => item.ty.to_token_stream(),
        Item::Struct(item) if is_public(&item.vis) => {
            public_fields(&item.fields).chain([item.generics.to_token_stream()]).collect()
        }
        Item::Trait(item) if is_public(&item.vis) => item.to_token_stream(),
        Item::Type(item) if is_public(&item.vis) => item.to_token_stream(),
        Item::Use(item) if is_public(&item.vis) => item.tree.to_token_stream(),
        _ => return None,
    };
    Some(tokens)
}

fn public_fields(fields: &Fields) -> impl Iterator<Item = TokenStream> {
    fields.iter().filter(|field| is_public(&field.vis)).map(|field| field.ty.to_token_stream())
}

/// Implementations of traits for types that are not exported are not seen.
fn public_impl(item: &ItemImpl, exported: &BTreeSet<String>) -> Option<TokenStream> {
    let Some((_, path, _)) = &item.trait_ else {
        let methods = item.items.iter().filter_map(|item| match item {
            ImplItem::Const(item) if is_public(&item.vis) => Some(item.ty.to_token_stream()),
            ImplItem::Fn(item) if is_public(&item.vis) && !is_test(&item.attrs) => Some(item.sig.to_token_stream()),
            _ => None,
        });
        return Some(methods.collect());
    };
    let types = item.items.iter().filter_map(|item| match item {
        ImplItem::Type(item) => Some(item.ty.to_token_stream()),
        _ => None,
    });
    let head = [path.to_token_stream(), item.self_ty.to_token_stream()];
    let tokens = head.into_iter().chain(types).collect::<TokenStream>();
    names(tokens.clone(), exported).then_some(tokens)
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.to_token_stream().to_string().contains("cfg (test)"))
}

/// Whether a path in the text begins with one of the names.
fn names(tokens: TokenStream, wanted: &BTreeSet<String>) -> bool {
    let mut before = String::new();
    tokens.into_iter().any(|token| {
        let is_named = match &token {
            TokenTree::Group(group) => names(group.stream(), wanted),
            TokenTree::Ident(ident) => before != "::" && wanted.contains(&ident.to_string()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        };
        let is_second_colon = before == ":" && token.to_string() == ":";
        before = if is_second_colon { "::".to_owned() } else { token.to_string() };
        is_named
    })
}
