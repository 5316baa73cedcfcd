//! A random schema, as data and as text.

use std::fmt;

/// One service, its vocabulary and its requests.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    /// Each role with those that it includes itself; `None` is no vocabulary.
    pub(crate) vocabulary: Option<Vec<(&'static str, Vec<&'static str>)>>,
    pub(crate) default: Option<Rule>,
    /// The rules of the methods' own, of `Method0` and on.
    pub(crate) methods: Vec<Option<Rule>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) answer: Answer,
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) credentials: Vec<&'static str>,
    pub(crate) peers: Vec<&'static str>,
    /// `None` if delegated tokens are refused.
    pub(crate) actors: Option<Vec<&'static str>>,
    pub(crate) tenant: Option<Tenant>,
    pub(crate) owner: Option<Owner>,
}

#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Anonymous,
    Authenticated,
    Denied,
    Public,
    RequiredRoles(Vec<&'static str>),
}

#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) field: &'static str,
    pub(crate) claim: Vec<&'static str>,
    pub(crate) exempt_roles: Vec<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) field: &'static str,
    pub(crate) exempt_roles: Vec<&'static str>,
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        if let Some(vocabulary) = &self.vocabulary {
            f.write_str("enum Role {\n  option (secure.v1.roles) = {};\n  NOBODY = 0;\n")?;
            for ((role, includes), number) in vocabulary.iter().zip(1..) {
                let definition = format!("name: {role:?}, includes: {includes:?}");
                writeln!(f, "  VALUE_{number} = {number} [(secure.v1.role) = {{ {definition} }}];")?;
            }
            f.write_str("}\n")?;
        }
        f.write_str("service Service {\n")?;
        if let Some(rule) = &self.default {
            writeln!(f, "  option (secure.v1.service).default = {{ {rule} }};")?;
        }
        for (rule, index) in self.methods.iter().zip(0..) {
            write!(f, "  rpc Method{index}(Request) returns (Request)")?;
            match rule {
                Some(rule) => writeln!(f, " {{ option (secure.v1.method) = {{ {rule} }}; }}")?,
                None => f.write_str(";\n")?,
            }
        }
        f.write_str("}\n")
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.answer {
            Answer::Anonymous => f.write_str("public: true ignore_credentials: true")?,
            Answer::Authenticated => f.write_str("authenticated: true")?,
            Answer::Denied => f.write_str("denied: true")?,
            Answer::Public => f.write_str("public: true")?,
            Answer::RequiredRoles(roles) => write!(f, "required_roles: {roles:?}")?,
        }
        let credentials = self.credentials.iter().map(|credential| format!("CREDENTIAL_{credential}"));
        let credentials = credentials.collect::<Vec<_>>().join(", ");
        write!(f, " required_scopes: {:?} required_credentials: [{credentials}] peers: {:?}", self.scopes, self.peers)?;
        if let Some(actors) = &self.actors {
            write!(f, " delegation: {{ mode: DELEGATION_ALLOWED actors: {actors:?} }}")?;
        }
        if let Some(Tenant { field, claim, exempt_roles }) = &self.tenant {
            write!(f, " tenant: {{ field: {field:?} claim: {claim:?} exempt_roles: {exempt_roles:?} }}")?;
        }
        if let Some(Owner { field, exempt_roles }) = &self.owner {
            write!(f, " owner: {{ field: {field:?} exempt_roles: {exempt_roles:?} }}")?;
        }
        Ok(())
    }
}

const HEAD: &str = r#"syntax = "proto3";
package random.v1;
import "secure/v1/options.proto";
message Request { string name = 1; optional int64 number = 2; Nested nested = 3; }
message Nested { uint64 id = 1; }
"#;
