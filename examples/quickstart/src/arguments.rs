//! What the command line asks for.

use lexopt::prelude::*;
use serde_json::{Map, Value as Json};

/// A command.
pub(crate) enum Command {
    Help,
    Issue { directory: String, tokens: Tokens },
    Serve { address: String, directory: String },
    Show,
}

/// The tokens to write: one for each role.
pub(crate) struct Tokens {
    pub(crate) audience: String,
    pub(crate) roles: Vec<String>,
    /// Of every token.
    pub(crate) claims: Map<String, Json>,
}

impl Default for Tokens {
    /// Those of the shop.
    fn default() -> Self {
        let roles = ["clerk", "admin", "auditor"].map(str::to_owned).to_vec();
        Self { audience: crate::stage::AUDIENCE.to_owned(), roles, claims: Map::new() }
    }
}

impl Command {
    pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let name = match parser.next()? {
            None => return Ok(Self::Show),
            Some(Short('h') | Long("help")) => return Ok(Self::Help),
            Some(Value(name)) => name.string()?,
            Some(other) => return Err(other.unexpected()),
        };
        match name.as_str() {
            "issue" => issue(parser),
            "serve" => serve(parser),
            _ => Err(format!("unknown command '{name}'").into()),
        }
    }
}

fn issue(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut directory, mut tokens, mut roles, mut scopes) = (None, Tokens::default(), Vec::new(), Vec::new());
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("out") => directory = Some(parser.value()?.string()?),
            Long("audience") => tokens.audience = parser.value()?.string()?,
            Long("claim") => tokens.claims.extend([claim(&parser.value()?.string()?)?]),
            Long("scope") => scopes.push(parser.value()?.string()?),
            Value(role) => roles.push(role.string()?),
            other => return Err(other.unexpected()),
        }
    }
    if !roles.is_empty() {
        tokens.roles = roles;
    }
    if !scopes.is_empty() {
        tokens.claims.insert("scope".to_owned(), scopes.join(" ").into());
    }
    Ok(Command::Issue { directory: directory.ok_or("missing option '--out'")?, tokens })
}

/// `tenant=acme`; a value that is JSON, such as `7` or `["a"]`, is that value.
fn claim(text: &str) -> Result<(String, Json), lexopt::Error> {
    let (name, value) = text.split_once('=').ok_or("a claim is written NAME=VALUE")?;
    Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
}

fn serve(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut address, mut directory) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("addr") => address = Some(parser.value()?.string()?),
            Long("out") => directory = Some(parser.value()?.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let missing = |name| format!("missing option '{name}'");
    Ok(Command::Serve {
        address: address.ok_or_else(|| missing("--addr"))?,
        directory: directory.ok_or_else(|| missing("--out"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::Command;

    fn parse(arguments: &[&str]) -> Result<Command, lexopt::Error> {
        Command::parse(lexopt::Parser::from_args(arguments))
    }

    #[test]
    fn claims_and_scopes_are_in_every_token() {
        let arguments =
            ["issue", "--out", "dev", "--claim", "tenant=acme", "--claim", "level=7", "--scope", "orders:read"];
        let Ok(Command::Issue { directory, tokens }) = parse(&[&arguments[..], &["--scope", "a", "clerk"]].concat())
        else {
            panic!("issue");
        };
        assert_eq!((directory.as_str(), tokens.audience.as_str()), ("dev", "orders"));
        assert_eq!(tokens.roles, ["clerk"]);
        let claims = serde_json::Value::Object(tokens.claims);
        assert_eq!(claims, serde_json::json!({ "tenant": "acme", "level": 7, "scope": "orders:read a" }));
    }

    #[test]
    fn help_is_accepted_after_every_command() {
        for arguments in [&["--help"][..], &["-h"], &["issue", "--help"], &["serve", "-h"]] {
            assert!(matches!(parse(arguments), Ok(Command::Help)), "{arguments:?}");
        }
    }

    #[test]
    fn missing_or_unknown_argument_is_named() {
        for (arguments, expected) in [
            (&["issue"][..], "missing option '--out'"),
            (&["serve", "--out", "dev"], "missing option '--addr'"),
            (&["issue", "--out", "dev", "--claim", "tenant"], "a claim is written NAME=VALUE"),
            (&["sell"], "unknown command 'sell'"),
            (&["--sell"], "invalid option '--sell'"),
        ] {
            assert_eq!(parse(arguments).err().expect("an error").to_string(), expected);
        }
    }
}
