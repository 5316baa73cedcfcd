use std::collections::BTreeMap;

use expect_test::{Expect, expect};

use super::{Allowed, Check, Format, check, compare};
use crate::diagnostic::Location;
use crate::manifest::{Access, Manifest, Rule, Service, digest};
use crate::testing::{orders, request};

/// The manifest of methods of `shop.v1.Orders`, each with this in its option, beside a vocabulary.
fn manifest(methods: &[(&str, &str)]) -> Manifest {
    let method = |(name, rule): &(&str, &str)| {
        format!("rpc {name}(Order) returns (Order) {{ option (secure.v1.method) = {{ {rule} }}; }}\n")
    };
    let methods = methods.iter().map(method).collect::<String>();
    let roles = r#"enum Role { option (secure.v1.roles) = {}; NONE = 0;
        CLERK = 1 [(secure.v1.role).name = "clerk"]; ADMIN = 2 [(secure.v1.role) = { name: "admin", includes: "clerk" }]; }"#;
    crate::generate(&request(&[("orders.proto", &orders(&format!("{roles}\nservice Orders {{\n{methods}}}")))]))
        .expect("files")
        .manifest
}

fn old() -> Manifest {
    manifest(&[
        ("Close", "denied: true"),
        ("Get", r#"required_roles: "admin""#),
        ("List", r#"authenticated: true peers: "spiffe://example.org/ns/shop/**""#),
        ("Pack", r#"required_roles: ["clerk", "admin"]"#),
        ("Put", r#"required_roles: "clerk""#),
        ("Watch", r#"required_roles: "clerk" required_scopes: "orders:read""#),
    ])
}

fn new() -> Manifest {
    manifest(&[
        ("Get", r#"required_roles: "clerk""#),
        ("List", r#"authenticated: true peers: "spiffe://example.org/ns/**""#),
        ("Pack", r#"required_roles: "clerk""#),
        ("Ping", "public: true"),
        ("Put", r#"required_roles: "admin""#),
        ("Watch", r#"authenticated: true required_scopes: ["orders:read", "orders:watch"]"#),
    ])
}

#[track_caller]
fn print(format: Format, checks: &[Check], allowed: &str, expected: Expect) {
    let (old, new) = (old(), new());
    let allowed = Allowed::parse(allowed).expect("an allow file");
    let changes = compare(&old, &new);
    let findings = check(checks, &changes, &new, &allowed);
    expected.assert_eq(&format.print(&changes, &findings, &allowed));
}

#[test]
fn every_kind_of_change_is_reported_by_its_meaning() {
    print(
        Format::Text,
        &[Check::Widening],
        "",
        expect![[r#"
            orders.proto:5:34: widened shop.v1.Orders/Get
              was:     admin
              now:     any of admin, clerk
              admits:  a caller with a token and the role clerk
            orders.proto:6:35: widened shop.v1.Orders/List
              was:     authenticated; peers spiffe://example.org/ns/shop/**
              now:     authenticated; peers spiffe://example.org/ns/**
              admits:  a caller with a token and the certificate spiffe://example.org/ns/client
            orders.proto:10:36: moved shop.v1.Orders/Watch
              was:     any of admin, clerk; scopes orders:read
              now:     authenticated; scopes orders:read, orders:watch
              admits:  a caller with a token and the scopes orders:read, orders:watch
              refuses: a caller with a token, the role clerk and the scope orders:read
            orders.proto:8:35: added shop.v1.Orders/Ping
              now:     public
              admits:  anyone without a credential
            orders.proto:9:34: narrowed shop.v1.Orders/Put
              was:     any of admin, clerk
              now:     admin
              refuses: a caller with a token and the role clerk
            orders.proto:5:36: removed shop.v1.Orders/Close
              was:     denied
            2 widened, 1 moved, 1 added, 1 narrowed, 1 removed
            orders.proto:5:34: error[no-widening]: shop.v1.Orders/Get: a caller with a token and the role clerk may call now and could not before
            orders.proto:6:35: error[no-widening]: shop.v1.Orders/List: a caller with a token and the certificate spiffe://example.org/ns/client may call now and could not before
            orders.proto:10:36: error[no-widening]: shop.v1.Orders/Watch: a caller with a token and the scopes orders:read, orders:watch may call now and could not before
        "#]],
    );
}

#[test]
fn markdown_is_a_comment_on_a_pull_request() {
    print(
        Format::Markdown,
        &[Check::Widening],
        "",
        expect![[r#"
            ### 2 widened

            | Method | Was | Now | Admits now | Refuses now |
            |---|---|---|---|---|
            | shop.v1.Orders/Get | admin | any of admin, clerk | a caller with a token and the role clerk |  |
            | shop.v1.Orders/List | authenticated; peers spiffe://example.org/ns/shop/\*\* | authenticated; peers spiffe://example.org/ns/\*\* | a caller with a token and the certificate spiffe://example.org/ns/client |  |

            ### 1 moved

            | Method | Was | Now | Admits now | Refuses now |
            |---|---|---|---|---|
            | shop.v1.Orders/Watch | any of admin, clerk; scopes orders:read | authenticated; scopes orders:read, orders:watch | a caller with a token and the scopes orders:read, orders:watch | a caller with a token, the role clerk and the scope orders:read |

            ### 1 added

            | Method | Was | Now | Admits now | Refuses now |
            |---|---|---|---|---|
            | shop.v1.Orders/Ping |  | public | anyone without a credential |  |

            ### 1 narrowed

            | Method | Was | Now | Admits now | Refuses now |
            |---|---|---|---|---|
            | shop.v1.Orders/Put | any of admin, clerk | admin |  | a caller with a token and the role clerk |

            ### 1 removed

            | Method | Was | Now | Admits now | Refuses now |
            |---|---|---|---|---|
            | shop.v1.Orders/Close | denied |  |  |  |

            ### Refused by a check

            - no-widening at orders.proto:5:34: shop.v1.Orders/Get: a caller with a token and the role clerk may call now and could not before
            - no-widening at orders.proto:6:35: shop.v1.Orders/List: a caller with a token and the certificate spiffe://example.org/ns/client may call now and could not before
            - no-widening at orders.proto:10:36: shop.v1.Orders/Watch: a caller with a token and the scopes orders:read, orders:watch may call now and could not before
        "#]],
    );
}

#[test]
fn annotations_are_at_the_line_of_the_rule() {
    print(
        Format::Github,
        &[Check::Widening],
        "",
        expect![[r#"
        ::error file=orders.proto,line=5,col=34,title=no-widening::shop.v1.Orders/Get: a caller with a token and the role clerk may call now and could not before
        ::error file=orders.proto,line=6,col=35,title=no-widening::shop.v1.Orders/List: a caller with a token and the certificate spiffe://example.org/ns/client may call now and could not before
        ::error file=orders.proto,line=10,col=36,title=no-widening::shop.v1.Orders/Watch: a caller with a token and the scopes orders:read, orders:watch may call now and could not before
    "#]],
    );
}

#[test]
fn sarif_has_one_result_for_each_finding() {
    print(
        Format::Sarif,
        &[Check::NewAccess],
        "",
        expect![[r#"
            {
              "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
              "runs": [
                {
                  "results": [
                    {
                      "level": "error",
                      "locations": [
                        {
                          "physicalLocation": {
                            "artifactLocation": {
                              "uri": "orders.proto"
                            },
                            "region": {
                              "startColumn": 35,
                              "startLine": 8
                            }
                          }
                        }
                      ],
                      "message": {
                        "text": "shop.v1.Orders/Ping: anyone without a credential may call this new method"
                      },
                      "ruleId": "no-new-access"
                    }
                  ],
                  "tool": {
                    "driver": {
                      "name": "protoc-gen-secure",
                      "rules": [
                        {
                          "id": "no-new-access"
                        }
                      ],
                      "version": "0.1.0"
                    }
                  }
                }
              ],
              "version": "2.1.0"
            }
        "#]],
    );
}

#[test]
fn json_has_rules_and_callers() {
    print(
        Format::Json,
        &[],
        "",
        expect![[r#"
        {
          "changes": [
            {
              "admits": {
                "principal": {
                  "proven_by": "JWT",
                  "roles": [
                    "clerk"
                  ]
                }
              },
              "at": "orders.proto:5:34",
              "kind": "widened",
              "method": "shop.v1.Orders/Get",
              "new": {
                "required_roles": [
                  "admin",
                  "clerk"
                ]
              },
              "old": {
                "required_roles": [
                  "admin"
                ]
              }
            },
            {
              "admits": {
                "certificate": "spiffe://example.org/ns/client",
                "principal": {
                  "proven_by": "JWT"
                }
              },
              "at": "orders.proto:6:35",
              "kind": "widened",
              "method": "shop.v1.Orders/List",
              "new": {
                "authenticated": true,
                "peers": [
                  "spiffe://example.org/ns/**"
                ]
              },
              "old": {
                "authenticated": true,
                "peers": [
                  "spiffe://example.org/ns/shop/**"
                ]
              }
            },
            {
              "admits": {
                "principal": {
                  "proven_by": "JWT",
                  "scopes": [
                    "orders:read",
                    "orders:watch"
                  ]
                }
              },
              "at": "orders.proto:10:36",
              "kind": "moved",
              "method": "shop.v1.Orders/Watch",
              "new": {
                "authenticated": true,
                "required_scopes": [
                  "orders:read",
                  "orders:watch"
                ]
              },
              "old": {
                "required_roles": [
                  "admin",
                  "clerk"
                ],
                "required_scopes": [
                  "orders:read"
                ]
              },
              "refuses": {
                "principal": {
                  "proven_by": "JWT",
                  "roles": [
                    "clerk"
                  ],
                  "scopes": [
                    "orders:read"
                  ]
                }
              }
            },
            {
              "admits": {
                "principal": null
              },
              "at": "orders.proto:8:35",
              "kind": "added",
              "method": "shop.v1.Orders/Ping",
              "new": {
                "public": true
              }
            },
            {
              "at": "orders.proto:9:34",
              "kind": "narrowed",
              "method": "shop.v1.Orders/Put",
              "new": {
                "required_roles": [
                  "admin"
                ]
              },
              "old": {
                "required_roles": [
                  "admin",
                  "clerk"
                ]
              },
              "refuses": {
                "principal": {
                  "proven_by": "JWT",
                  "roles": [
                    "clerk"
                  ]
                }
              }
            },
            {
              "at": "orders.proto:5:36",
              "kind": "removed",
              "method": "shop.v1.Orders/Close",
              "old": {
                "denied": true
              }
            }
          ],
          "findings": []
        }
    "#]],
    );
}

#[test]
fn allowed_change_is_not_a_finding_and_shows_its_reason() {
    let allowed = "# agreed\n\nshop.v1.Orders/Get  # clerks answer the phone\nshop.v1.Orders/Gone # old\n";
    print(
        Format::Text,
        &[Check::Widening, Check::NewAccess, Check::Role("clerk".to_owned())],
        allowed,
        expect![[r#"
            orders.proto:5:34: widened shop.v1.Orders/Get
              was:     admin
              now:     any of admin, clerk
              admits:  a caller with a token and the role clerk
              allowed: clerks answer the phone
            orders.proto:6:35: widened shop.v1.Orders/List
              was:     authenticated; peers spiffe://example.org/ns/shop/**
              now:     authenticated; peers spiffe://example.org/ns/**
              admits:  a caller with a token and the certificate spiffe://example.org/ns/client
            orders.proto:10:36: moved shop.v1.Orders/Watch
              was:     any of admin, clerk; scopes orders:read
              now:     authenticated; scopes orders:read, orders:watch
              admits:  a caller with a token and the scopes orders:read, orders:watch
              refuses: a caller with a token, the role clerk and the scope orders:read
            orders.proto:8:35: added shop.v1.Orders/Ping
              now:     public
              admits:  anyone without a credential
            orders.proto:9:34: narrowed shop.v1.Orders/Put
              was:     any of admin, clerk
              now:     admin
              refuses: a caller with a token and the role clerk
            orders.proto:5:36: removed shop.v1.Orders/Close
              was:     denied
            allowed, and not changed: shop.v1.Orders/Gone
            2 widened, 1 moved, 1 added, 1 narrowed, 1 removed
            orders.proto:6:35: error[no-widening]: shop.v1.Orders/List: a caller with a token and the certificate spiffe://example.org/ns/client may call now and could not before
            orders.proto:10:36: error[no-widening]: shop.v1.Orders/Watch: a caller with a token and the scopes orders:read, orders:watch may call now and could not before
            orders.proto:8:35: error[no-new-access]: shop.v1.Orders/Ping: anyone without a credential may call this new method
            orders.proto:7:35: error[no-role=clerk]: shop.v1.Orders/Pack: the role clerk has access
        "#]],
    );
}

#[test]
fn equal_rules_in_other_places_are_no_change() {
    let (one, other) = (
        manifest(&[("A", "public: true"), ("B", "denied: true")]),
        manifest(&[("B", "denied: true"), ("A", "public: true")]),
    );
    assert_eq!(compare(&one, &other), []);
    assert_eq!(Format::Markdown.print(&[], &[], &Allowed::default()), "No rule means anything else.\n");
}

#[test]
fn an_allow_file_without_a_method_or_a_reason_is_refused() {
    for (text, expected) in [
        ("Get # why", "line 1: write `package.Service/Method  # reason`"),
        ("\nshop.v1.Orders/Get", "line 2: say why after a `#`"),
    ] {
        assert_eq!(Allowed::parse(text).expect_err("a refusal").to_string(), expected);
    }
}

#[test]
fn an_unknown_check_names_the_known_ones() {
    assert!("no-role=".parse::<Check>().is_err_and(|error| error.contains("`no-new-access`")));
    for check in ["no-widening", "no-new-access", "no-public-without-reason", "no-role=clerk"] {
        assert_eq!(check.parse::<Check>().expect("a check").to_string(), check);
    }
}

#[test]
fn the_rule_of_a_vendored_service_is_compared_with_that_of_its_methods() {
    let vendored = |access: Access| {
        let (rule, name) = (Rule::of(access), "grpc.health.v1.Health");
        let digest = digest(name, &BTreeMap::new(), Some(&rule));
        let (declared_at, methods) = (Location::file("src/main.rs"), BTreeMap::new());
        let service = Service { digest, rule: Some(rule), ..Service::new(name, declared_at, methods) };
        Manifest::of([(name.to_owned(), service)].into())
    };
    let changes = compare(&vendored(Access::Authenticated), &vendored(Access::Public));
    expect![[r#"
        src/main.rs: widened grpc.health.v1.Health/*
          was:     authenticated
          now:     public
          admits:  anyone without a credential
        1 widened
    "#]]
    .assert_eq(&Format::Text.print(&changes, &[], &Allowed::default()));
    let text = vendored(Access::Public).to_text();
    assert_eq!(Manifest::parse(text.as_bytes()).expect("a manifest"), vendored(Access::Public));
}

#[test]
fn name_from_a_schema_cannot_start_a_workflow_command() {
    let finding = super::Finding {
        check: "no-widening".to_owned(),
        method: "a.B/C".to_owned(),
        at: Location { file: "a,b:c.proto".to_owned(), position: Some((1, 2)) },
        message: "100 %\n::error::forged".to_owned(),
    };
    expect![[r#"
        ::error file=a%2Cb%3Ac.proto,line=1,col=2,title=no-widening::100 %25\n::error::forged
    "#]]
    .assert_eq(&Format::Github.print(&[], &[finding], &Allowed::default()));
}

#[test]
fn name_of_a_file_adds_nothing_to_a_comment_on_a_pull_request() {
    let finding = super::Finding {
        check: "no-role=@org/team".to_owned(),
        method: "a.B/C".to_owned(),
        at: Location { file: "a`![x](http:..).proto".to_owned(), position: Some((1, 2)) },
        message: "a.B/C: @org/team, é@org/team and a@example.com may call now".to_owned(),
    };
    expect![[r"
        ### Refused by a check

        - no-role=@&#8203;org/team at a\`!\[x\](http:..).proto:1:2: a.B/C: @&#8203;org/team, é@&#8203;org/team and a@example.com may call now
    "]]
    .assert_eq(&Format::Markdown.print(&[], &[finding], &Allowed::default()));
}
