//! Files of an export as text, and deployed files as documents.

use std::str::FromStr;

use serde_json::{Value, json};

use super::{Content, ExportError, File};

/// How documents are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Format {
    Json,
    #[default]
    Yaml,
}

impl FromStr for Format {
    type Err = ExportError;

    fn from_str(name: &str) -> Result<Self, ExportError> {
        match name {
            "json" => Ok(Self::Json),
            "yaml" => Ok(Self::Yaml),
            _ => Err(ExportError::UnknownFormat(name.to_owned())),
        }
    }
}

impl File {
    /// The name of the file and its text. In JSON, several documents are a Kubernetes `List`.
    pub(crate) fn to_text(&self, format: Format) -> Result<(String, String), ExportError> {
        match (&self.content, format) {
            (Content::Text(text), _) => Ok((self.name.to_owned(), text.clone())),
            (Content::Json(value), _) => Ok((self.name.to_owned(), pretty(value))),
            // Without blanks: of 7,000 methods, they would be nine tenths of the file.
            (Content::Documents(documents), Format::Json) => Ok((format!("{}.json", self.name), list(documents))),
            (Content::Documents(documents), Format::Yaml) => {
                let documents = documents.iter().map(yaml).collect::<Result<Vec<_>, _>>()?;
                Ok((format!("{}.yaml", self.name), documents.join("---\n")))
            }
        }
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn list(documents: &[Value]) -> String {
    match documents {
        [document] => format!("{document}\n"),
        documents => format!("{}\n", json!({ "apiVersion": "v1", "kind": "List", "items": documents })),
    }
}

/// Texts are quoted: readers of YAML 1.1 take some words for something else.
fn yaml(value: &Value) -> Result<String, ExportError> {
    let options = serde_saphyr::ser_options! { quote_all: true };
    serde_saphyr::to_string_with_options(value, options).map_err(|error| ExportError::Yaml(error.to_string()))
}

/// The documents of a text in YAML or JSON. A list of Kubernetes is its items.
///
/// # Errors
///
/// If the text is neither.
pub(crate) fn parse(text: &str) -> Result<Vec<Value>, ExportError> {
    let documents = serde_saphyr::from_multiple::<Value>(text).map_err(|error| ExportError::Yaml(error.to_string()))?;
    Ok(documents.into_iter().flat_map(items).collect())
}

fn items(document: Value) -> Vec<Value> {
    match document {
        Value::Object(mut list) if list.get("kind").is_some_and(|kind| kind == "List") => match list.remove("items") {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        },
        document => vec![document],
    }
}
