//! What a user writes behind `--secure_opt=` or `opt:`.

use std::str::FromStr;

use super::places::Places;
use crate::diagnostic::Positions;
use crate::emit::{Client, Server};
use crate::request::{Manifest, Options};

/// The parameters of a request; those that protoc-gen-prost has too mean the same.
#[derive(Clone, Debug)]
pub(crate) struct Parameters {
    pub(super) options: Options,
    pub(super) places: Places,
    /// True if the messages of a package get a line that includes the services.
    pub(super) include: bool,
    /// Where the manifest of all packages goes, below the output directory.
    pub(super) manifest_path: Option<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { options: Options::default(), places: Places::default(), include: true, manifest_path: None }
    }
}

impl Parameters {
    /// Reads `key=value,key,key=value`; a comma in a value is written `\,`.
    ///
    /// # Errors
    ///
    /// Says which parameter cannot be used.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parameters = Self::default();
        for parameter in split(text) {
            let parameter = parameter.trim();
            let (key, value) = parameter.split_once('=').map_or((parameter, None), |(key, value)| (key, Some(value)));
            if !key.is_empty() {
                parameters.set(key, Value { key, text: value })?;
            }
        }
        Ok(parameters)
    }

    /// Pairs such as `.google.type` and `::googleapis::r#type`.
    pub(crate) fn extern_paths(&self) -> &[(String, String)] {
        &self.options.extern_paths
    }

    /// The same with more packages and services of others.
    #[cfg(feature = "cli")]
    pub(crate) fn excluding(mut self, names: &[String]) -> Self {
        self.options.exclude.extend_from_slice(names);
        self
    }

    fn set(&mut self, key: &str, value: Value<'_>) -> Result<(), String> {
        match key {
            "allow" => self.options.allow.push(value.text("a lint, such as `similar-roles`")?),
            "client" => self.options.client = value.parse(CLIENTS)?,
            "compile_well_known_types" => self.options.compile_well_known_types = value.flag()?,
            "default_package_filename" => self.places.default_package_filename = value.file_name()?,
            "exclude" => self.options.exclude.push(value.text("a package or a service, such as `google.longrunning`")?),
            "extern_path" => self.options.extern_paths.push(value.pair()?),
            "flat_output_dir" => self.places.flat_output_dir = value.flag()?,
            "manifest" => self.options.manifest = if value.flag()? { Manifest::Json } else { Manifest::None },
            "manifest_path" => self.manifest_path = Some(value.json_path()?),
            "no_include" => self.include = !value.flag()?,
            "strict_public" => self.options.strict_public = value.flag()?,
            "no_server" => self.options.server = if value.flag()? { Server::None } else { Server::Secure },
            "positions" => self.options.positions = value.parse("`lines` or `none`")?,
            _ => return Err(format!("unknown parameter `{key}`; known are {KNOWN}")),
        }
        Ok(())
    }
}

fn split(text: &str) -> Vec<String> {
    let mut parameters = vec![String::new()];
    let mut letters = text.chars().peekable();
    while let (Some(letter), Some(last)) = (letters.next(), parameters.last_mut()) {
        match letter {
            '\\' if letters.next_if_eq(&',').is_some() => last.push(','),
            ',' => parameters.push(String::new()),
            _ => last.push(letter),
        }
    }
    parameters
}

/// What stands behind the `=` of a parameter, if there is one.
#[derive(Clone, Copy)]
struct Value<'a> {
    key: &'a str,
    text: Option<&'a str>,
}

impl Value<'_> {
    fn flag(self) -> Result<bool, String> {
        if self.text.is_none() { Ok(true) } else { self.parse("`true` or `false`") }
    }

    fn parse<T: FromStr>(self, expected: &str) -> Result<T, String> {
        self.text.and_then(|text| text.parse().ok()).ok_or_else(|| self.refusal(expected))
    }

    fn text(self, expected: &str) -> Result<String, String> {
        self.text.map(str::to_owned).ok_or_else(|| self.refusal(expected))
    }

    fn file_name(self) -> Result<String, String> {
        match self.text {
            Some(name) if !name.is_empty() && !name.contains(['/', '\\', ':']) => Ok(name.to_owned()),
            _ => Err(self.refusal("the name of a file")),
        }
    }

    /// A path that protoc and buf take as that of an output.
    fn json_path(self) -> Result<String, String> {
        let is_segment = |segment: &str| !matches!(segment, "" | "." | "..") && !segment.contains(['\\', ':']);
        match self.text {
            Some(path) if path.ends_with(".json") && path.split('/').all(is_segment) => Ok(path.to_owned()),
            _ => Err(self.refusal("the path of a `.json` file below the output directory")),
        }
    }

    fn pair(self) -> Result<(String, String), String> {
        match self.text.and_then(|text| text.split_once('=')) {
            Some((proto, rust)) => Ok((proto.to_owned(), rust.to_owned())),
            None => Err(self.refusal("a pair such as `.google.type=::googleapis::google::r#type`")),
        }
    }

    fn refusal(self, expected: &str) -> String {
        let Self { key, text } = self;
        match text {
            Some(text) => format!("the parameter `{key}` is `{text}`, but must be {expected}"),
            None => format!("the parameter `{key}` needs a value: {expected}"),
        }
    }
}

impl FromStr for Positions {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "lines" => Ok(Self::Lines),
            "none" => Ok(Self::None),
            _ => Err(()),
        }
    }
}

impl FromStr for Client {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "none" => Ok(Self::None),
            "secure" => Ok(Self::Secure),
            #[cfg(feature = "tonic-client")]
            "tonic" => Ok(Self::Tonic),
            _ => Err(()),
        }
    }
}

#[cfg(feature = "tonic-client")]
const CLIENTS: &str = "`secure`, `tonic` or `none`";

#[cfg(not(feature = "tonic-client"))]
const CLIENTS: &str = "`secure` or `none`; `tonic` needs a protoc-gen-secure with the feature `tonic-client`";

const KNOWN: &str = "`allow`, `client`, `compile_well_known_types`, `default_package_filename`, `exclude`, \
    `extern_path`, `flat_output_dir`, `manifest`, `manifest_path`, `no_include`, `no_server`, `positions`, `strict_public`";

#[cfg(test)]
mod tests {
    use super::Parameters;
    #[cfg(feature = "tonic-client")]
    use super::Positions;
    #[cfg(feature = "tonic-client")]
    use super::{Client, Server};

    #[track_caller]
    fn check_refusal(text: &str, expected: &str) {
        assert_eq!(Parameters::parse(text).expect_err("a refusal"), expected);
    }

    #[test]
    fn empty_parameter_is_accepted() {
        for text in ["", ",", " , "] {
            let parameters = Parameters::parse(text).expect("parameters");
            assert!(parameters.include && !parameters.places.flat_output_dir);
        }
    }

    #[cfg(feature = "tonic-client")]
    #[test]
    fn every_key_sets_its_option() {
        let text = "client=tonic,compile_well_known_types,default_package_filename=root.rs,flat_output_dir=true,\
            manifest_path=review/policy.json,allow=similar-roles,exclude=a.b,exclude=c,positions=none,no_include,no_server,strict_public,extern_path=.a.b=::c::d,extern_path=.e=(u8\\, u8)";
        let Parameters { options, places, include, manifest_path } = Parameters::parse(text).expect("parameters");
        assert_eq!((options.client, options.server), (Client::Tonic, Server::None));
        assert!(options.strict_public && options.compile_well_known_types && places.flat_output_dir && !include);
        assert_eq!(places.default_package_filename, "root.rs");
        assert_eq!(
            (options.allow, options.exclude),
            (vec!["similar-roles".to_owned()], vec!["a.b".to_owned(), "c".to_owned()])
        );
        assert_eq!(options.positions, Positions::None);
        assert_eq!(manifest_path.as_deref(), Some("review/policy.json"));
        let paths = [(".a.b", "::c::d"), (".e", "(u8, u8)")].map(|(proto, rust)| (proto.to_owned(), rust.to_owned()));
        assert_eq!(options.extern_paths, paths);
    }

    #[test]
    fn last_value_of_a_repeated_parameter_wins() {
        assert!(Parameters::parse("no_include,no_include=false").expect("parameters").include);
    }

    #[test]
    fn unusable_parameter_is_named() {
        check_refusal(
            "no_client",
            "unknown parameter `no_client`; known are `allow`, `client`, `compile_well_known_types`, \
             `default_package_filename`, `exclude`, `extern_path`, `flat_output_dir`, `manifest`, `manifest_path`, \
             `no_include`, `no_server`, `positions`, `strict_public`",
        );
        check_refusal("no_server=yes", "the parameter `no_server` is `yes`, but must be `true` or `false`");
        #[cfg(feature = "tonic-client")]
        check_refusal("client", "the parameter `client` needs a value: `secure`, `tonic` or `none`");
        check_refusal(
            "extern_path=.a",
            "the parameter `extern_path` is `.a`, but must be a pair such as `.google.type=::googleapis::google::r#type`",
        );
        check_refusal("positions=file", "the parameter `positions` is `file`, but must be `lines` or `none`");
        check_refusal(
            "exclude",
            "the parameter `exclude` needs a value: a package or a service, such as `google.longrunning`",
        );
        check_refusal(
            "manifest_path=../policy.json",
            "the parameter `manifest_path` is `../policy.json`, but must be the path of a `.json` file below the output directory",
        );
        check_refusal(
            "default_package_filename=../x",
            "the parameter `default_package_filename` is `../x`, but must be the name of a file",
        );
    }
}
