//! Each preset on a schema with the traits of its system. The definitions of options in `tests/` are ours.

use serde_json::{Value, json};

use super::super::tests::run;
use super::super::{Protos, System, import};
use super::Preset;

/// A schema: its package, its imports, its messages, and the options of its methods.
struct Schema<'a> {
    package: &'a str,
    files: &'a [(&'a str, &'a str)],
    messages: &'a str,
    service: &'a str,
    methods: &'a [(&'a str, &'a str)],
}

impl Schema<'_> {
    fn text(&self) -> String {
        let imports = self.files.iter().map(|(name, _)| format!("import \"{name}\";\n")).collect::<String>();
        let method = |(name, options): &(&str, &str)| {
            let request = if self.messages.contains(&format!("message {name} ")) { name } else { "Request" };
            format!("  rpc {name}({request}) returns (Reply) {{\n    {options}\n  }}\n")
        };
        let methods = self.methods.iter().map(method).collect::<String>();
        let Self { package, messages, service, .. } = self;
        format!(
            "syntax = \"proto3\";\npackage {package};\n{imports}message Request {{}}\nmessage Reply {{}}\n{messages}\n\
             service Api {{\n  {service}\n{methods}}}\n"
        )
    }

    /// The report, and the rules of methods that have one and generate.
    #[track_caller]
    fn import(&self, preset: &str) -> (Vec<String>, Value) {
        let text = self.text();
        let mut files = vec![("api.proto", text.as_str())];
        files.extend(self.files);
        let system = preset.parse::<System>().expect("a preset");
        let (_, report, rules) = run(system, None, &files);
        (report.lines().map(str::to_owned).collect(), rules)
    }
}

fn role(role: &str) -> Value {
    json!({ "required_roles": [role] })
}

#[test]
fn options_of_zitadel_are_imported() {
    let schema = Schema {
        package: "zitadel.group.v2",
        files: &[
            ("zitadel/protoc_gen_zitadel/v2/options.proto", include_str!("tests/zitadel.proto")),
            ("zitadel/options.proto", include_str!("tests/zitadel_v1.proto")),
        ],
        messages: "",
        service: "",
        methods: &[
            (
                "CreateGroup",
                r#"option (zitadel.protoc_gen_zitadel.v2.options) = {
                     auth_option: { permission: "authenticated" } http_response: { success_code: 201 } };"#,
            ),
            (
                "GetGroup",
                r#"option (zitadel.protoc_gen_zitadel.v2.options) = { auth_option: { permission: "group.read" } };"#,
            ),
            (
                "MoveGroup",
                r#"option (zitadel.protoc_gen_zitadel.v2.options) = {
                     auth_option: { permission: "group.write" org_field: "organization_id" } };"#,
            ),
            ("GetOrg", r#"option (zitadel.v1.auth_option) = { permission: "org.read" };"#),
            ("UpdateOrg", r#"option (zitadel.v1.auth_option) = { permission: "org.write" check_field_name: "Id" };"#),
            (
                "Both",
                r#"option (zitadel.v1.auth_option).permission = "org.read";
                   option (zitadel.protoc_gen_zitadel.v2.options).auth_option.permission = "org.write";"#,
            ),
        ],
    };
    let (report, rules) = schema.import("zitadel");
    assert_eq!(
        rules,
        json!({
            "CreateGroup": { "authenticated": true },
            "GetGroup": role("group.read"),
            "MoveGroup": { "denied": true },
            "GetOrg": role("org.read"),
            "UpdateOrg": { "denied": true },
            "Both": { "denied": true },
        })
    );
    let (first, others) = report.split_first().expect("a report");
    assert!(first.starts_with("zitadel: permissions became roles"), "{first}");
    assert_eq!(
        others,
        [
            "/zitadel.group.v2.Api/MoveGroup: denied: `zitadel.protoc_gen_zitadel.v2.options.auth_option.org_field` = \
             `organization_id` has no counterpart in a rule",
            "/zitadel.group.v2.Api/UpdateOrg: denied: `zitadel.v1.auth_option.check_field_name` = `Id` has no counterpart in a rule",
            "/zitadel.group.v2.Api/Both: denied: its two options name different permissions",
        ]
    );
}

#[test]
fn options_of_qdrant_are_imported() {
    let schema = Schema {
        package: "qdrant.cloud.auth.v2",
        files: &[("qdrant/cloud/common/v1/common.proto", include_str!("tests/qdrant.proto"))],
        messages: "message List { string account_id = 1; }
            message Create { Key key = 1; }
            message Key { string account_id = 1; repeated string cluster_ids = 2; oneof of { string one = 3; } }
            message Either { string account_id = 1; }
            message Half { string account_id = 1; }
            message Users { string account_id = 1; }
            message OneOf { Key key = 1; }",
        service: "",
        methods: &[
            ("List", r#"option (common.v1.permissions) = "read:keys";"#),
            (
                "Create",
                r#"option (common.v1.permissions) = "write:keys"; option (common.v1.permissions) = "read:keys";
                   option (qdrant.cloud.common.v1.account_id_expression) = "key.account_id";
                   option (common.v1.log_fields) = { name: "account_id" field_expression: "key.account_id" };"#,
            ),
            (
                "Either",
                r#"option (common.v1.requires_all_permissions) = false;
                   option (common.v1.permissions) = "read:keys"; option (common.v1.permissions) = "write:clusters";"#,
            ),
            ("Public", "option (common.v1.requires_authentication) = false;"),
            ("WhoAmI", r#"option (common.v1.permissions) = "";"#),
            (
                "Half",
                r#"option (common.v1.permissions) = ""; option (common.v1.account_id_expression) = "account_id";"#,
            ),
            (
                "Global",
                r#"option (common.v1.permissions) = "read:regions"; option (common.v1.account_id_expression) = "";
                   option (common.v1.max_message_size) = 8;"#,
            ),
            (
                "Users",
                r#"option (common.v1.permissions) = "read:keys";
                   option (common.v1.supported_actor_types) = ACTOR_TYPE_USER;"#,
            ),
            ("Nowhere", r#"option (common.v1.permissions) = "read:keys";"#),
            (
                "OneOf",
                r#"option (common.v1.permissions) = "read:keys"; option (common.v1.account_id_expression) = "key.one";"#,
            ),
            (
                "Torn",
                r#"option (common.v1.requires_authentication) = false; option (common.v1.permissions) = "read:keys";"#,
            ),
        ],
    };
    let (report, rules) = schema.import("qdrant");
    let tenant = |field: &str| json!({ "claim": ["account_id"], "field": field });
    assert_eq!(
        rules,
        json!({
            "List": { "authenticated": true, "required_scopes": ["read:keys"], "tenant": tenant("account_id") },
            "Create": {
                "authenticated": true,
                "required_scopes": ["read:keys", "write:keys"],
                "tenant": tenant("key.account_id"),
            },
            "Either": { "required_roles": ["read:keys", "write:clusters"], "tenant": tenant("account_id") },
            "Public": { "public": true },
            "WhoAmI": { "authenticated": true },
            "Half": { "denied": true },
            "Global": { "authenticated": true, "required_scopes": ["read:regions"] },
            "Users": { "denied": true },
            "Nowhere": { "denied": true },
            "OneOf": { "denied": true },
            "Torn": { "denied": true },
        })
    );
    assert_eq!(
        report[1..],
        [
            "/qdrant.cloud.auth.v2.Api/WhoAmI: it names no permission, so its handler may check more: keep that",
            "/qdrant.cloud.auth.v2.Api/Half: denied: it names an account, and its permission is empty",
            "/qdrant.cloud.auth.v2.Api/Users: denied: `qdrant.cloud.common.v1.supported_actor_types` = `ACTOR_TYPE_USER` has \
             no counterpart in a rule",
            "/qdrant.cloud.auth.v2.Api/Nowhere: denied: the account is in no field `account_id` of the request that can be compared",
            "/qdrant.cloud.auth.v2.Api/OneOf: denied: the account is in no field `key.one` of the request that can be compared",
            "/qdrant.cloud.auth.v2.Api/Torn: denied: it is open and needs permissions at once",
        ]
    );
}

#[test]
fn options_of_chef_are_imported() {
    let schema = Schema {
        package: "chef.automate.api.iam.v2",
        files: &[
            ("api/external/annotations/iam/annotations.proto", include_str!("tests/chef.proto")),
            ("api/external/annotations/annotations.proto", include_str!("tests/chef_v1.proto")),
        ],
        messages: "",
        service: "",
        methods: &[
            (
                "CreateTeam",
                r#"option (chef.automate.api.policy).resource = "auth:teams";
                   option (chef.automate.api.policy).action = "create";
                   option (chef.automate.api.iam.policy).resource = "iam:teams";
                   option (chef.automate.api.iam.policy).action = "iam:teams:create";"#,
            ),
            (
                "GetTeam",
                r#"option (chef.automate.api.iam.policy) = { resource: "iam:teams:{id}" action: "iam:teams:get" };"#,
            ),
            ("Half", r#"option (chef.automate.api.iam.policy).action = "iam:teams:list";"#),
        ],
    };
    let (report, rules) = schema.import("chef");
    let denied = json!({ "denied": true });
    assert_eq!(rules, json!({ "CreateTeam": role("iam:teams:create"), "GetTeam": denied, "Half": denied }));
    assert_eq!(
        report[1..],
        [
            "/chef.automate.api.iam.v2.Api/GetTeam: denied: the resource `iam:teams:{id}` depends on the request",
            "/chef.automate.api.iam.v2.Api/Half: denied: it needs an action and a resource",
        ]
    );
}

#[test]
fn options_of_connectum_are_imported_with_the_default_of_the_service() {
    let schema = Schema {
        package: "greeter.v1",
        files: &[("connectum/auth/v1/options.proto", include_str!("tests/connectum.proto"))],
        messages: "",
        service: r#"option (connectum.auth.v1.service_auth) = { default_policy: "deny" };"#,
        methods: &[
            ("Hello", "option (connectum.auth.v1.method_auth) = { public: true requires: { roles: \"admin\" } };"),
            (
                "Secret",
                r#"option (connectum.auth.v1.method_auth) = { policy: "deny" requires: { roles: ["admin", "owner"], scopes: ["a", "b"] } };"#,
            ),
            ("Scoped", r#"option (connectum.auth.v1.method_auth) = { requires: { scopes: "a" } };"#),
            ("Anyone", r#"option (connectum.auth.v1.method_auth) = { requires: {} };"#),
            ("Allowed", r#"option (connectum.auth.v1.method_auth) = { policy: "allow" };"#),
            ("Odd", r#"option (connectum.auth.v1.method_auth) = { policy: "maybe" };"#),
            ("Default", ""),
        ],
    };
    let (report, rules) = schema.import("connectum");
    let known = json!({ "authenticated": true });
    assert_eq!(
        rules,
        json!({
            "Hello": { "public": true },
            "Secret": { "required_roles": ["admin", "owner"], "required_scopes": ["a", "b"] },
            "Scoped": { "authenticated": true, "required_scopes": ["a"] },
            "Anyone": known,
            "Allowed": known,
            "Odd": { "denied": true },
            "Default": { "denied": true },
        })
    );
    assert_eq!(report, ["/greeter.v1.Api/Odd: denied: the policy `maybe` is neither `allow` nor `deny`"]);

    let of_service = Schema {
        service: r#"option (connectum.auth.v1.service_auth) = { default_policy: "allow" default_requires: { roles: "staff" } };"#,
        methods: &[
            ("Default", ""),
            ("Own", r#"option (connectum.auth.v1.method_auth) = { requires: { roles: "admin" } };"#),
            ("Deny", r#"option (connectum.auth.v1.method_auth) = { policy: "deny" };"#),
        ],
        ..schema
    };
    let (report, rules) = of_service.import("connectum");
    // The requirements of the service count before the policy of the method, as they do there.
    assert_eq!(rules, json!({ "Default": role("staff"), "Own": role("admin"), "Deny": role("staff") }));
    assert_eq!(report, Vec::<String>::new());

    let public_service = Schema {
        service: r#"option (connectum.auth.v1.service_auth) = { public: true };"#,
        methods: &[
            ("Default", ""),
            ("Own", r#"option (connectum.auth.v1.method_auth) = { public: false requires: { roles: "admin" } };"#),
        ],
        ..schema
    };
    let (_, rules) = public_service.import("connectum");
    assert_eq!(rules, json!({ "Default": { "public": true }, "Own": role("admin") }));
}

#[test]
fn options_of_bytebase_are_imported() {
    let schema = Schema {
        package: "bytebase.v1",
        files: &[("v1/annotation.proto", include_str!("tests/bytebase.proto"))],
        messages: "",
        service: "",
        methods: &[
            (
                "Login",
                r#"option (bytebase.v1.allow_without_credential) = true; option (bytebase.v1.audit) = true;
                   option (bytebase.v1.mcp_method_class) = FORBIDDEN;"#,
            ),
            (
                "GetPlan",
                r#"option (bytebase.v1.permission) = "bb.plans.get"; option (bytebase.v1.auth_method) = IAM;
                   option (bytebase.v1.allow_without_credential) = false;"#,
            ),
            ("Chat", "option (bytebase.v1.auth_method) = CUSTOM;"),
            (
                "UpdateRole",
                r#"option (bytebase.v1.permission) = "bb.roles.update"; option (bytebase.v1.auth_method) = IAM;
                   option (bytebase.v1.allow_missing_requires) = "bb.roles.create";"#,
            ),
            ("Unsaid", r#"option (bytebase.v1.permission) = "bb.plans.get";"#),
            (
                "Torn",
                r#"option (bytebase.v1.permission) = "bb.plans.get"; option (bytebase.v1.allow_without_credential) = true;"#,
            ),
        ],
    };
    let (report, rules) = schema.import("bytebase");
    let denied = json!({ "denied": true });
    assert_eq!(
        rules,
        json!({
            "Login": { "public": true },
            "GetPlan": role("bb.plans.get"),
            "Chat": denied,
            "UpdateRole": denied,
            "Unsaid": denied,
            "Torn": denied,
        })
    );
    assert_eq!(
        report[1..],
        [
            "/bytebase.v1.Api/Chat: denied: its handler decides (`auth_method` = `CUSTOM`)",
            "/bytebase.v1.Api/UpdateRole: denied: `bytebase.v1.allow_missing_requires` = `bb.roles.create` has no counterpart in a rule",
            "/bytebase.v1.Api/Unsaid: denied: it does not say how it is decided (`auth_method`)",
            "/bytebase.v1.Api/Torn: denied: it is open and needs a permission at once",
        ]
    );
}

#[test]
fn options_of_inngest_are_imported() {
    let schema = Schema {
        package: "api.v2",
        files: &[("api/v2/options.proto", include_str!("tests/inngest.proto"))],
        messages: "option (grant_definition) = { name: \"api:run\" description: \"Runs\" category: \"Runs\" };",
        service: "",
        methods: &[
            ("Health", "option (authz) = { exempt: true };"),
            ("GetRun", r#"option (authz) = { grant: "api:run" action: AUTHZ_ACTION_READ };"#),
            ("Cancel", r#"option (authz) = { grant: "api:run" action: AUTHZ_ACTION_WRITE };"#),
            ("Half", r#"option (authz) = { grant: "api:run" };"#),
            ("Torn", r#"option (authz) = { grant: "api:run" action: AUTHZ_ACTION_READ exempt: true };"#),
            ("Empty", "option (authz) = {};"),
        ],
    };
    let (report, rules) = schema.import("inngest");
    let denied = json!({ "denied": true });
    assert_eq!(
        rules,
        json!({
            "Health": { "public": true },
            "GetRun": role("api:run:read"),
            "Cancel": role("api:run:write"),
            "Half": denied,
            "Torn": denied,
            "Empty": denied,
        })
    );
    assert_eq!(
        report,
        [
            "inngest: grants of API keys became roles, such as `api:run:read`",
            "/api.v2.Api/Half: denied: it needs a grant, and the action to read or to write",
            "/api.v2.Api/Torn: denied: it is exempt and needs a grant at once",
            "/api.v2.Api/Empty: denied: `api.v2.authz` = `{}` has no counterpart in a rule",
        ]
    );
}

#[test]
fn files_without_the_options_and_a_document_are_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("api.proto");
    std::fs::write(&path, "syntax = \"proto3\"; package a.v1;").expect("a file");
    for preset in Preset::ALL {
        let refused = |rules| {
            let protos =
                Protos { paths: vec![path.clone()], includes: vec![directory.path().to_owned()], ..Protos::default() };
            let result = import(System::Preset(preset), rules, &[], &protos);
            result.expect_err("nothing to import").to_string()
        };
        let expected = format!("the files import no options of {}; `-I` says where they are", preset.name());
        assert_eq!(refused(None), expected);
        let expected = format!("the rules of {} are in the .proto files, so there is no `--from`", preset.name());
        assert_eq!(refused(Some("{}")), expected);
    }
}
