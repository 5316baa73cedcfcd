use expect_test::{Expect, expect};

use super::{Exposure, Filter, Format, Matrix};
use crate::testing::{orders, request};

fn matrix() -> Matrix {
    let text = orders(
        r#"service Orders {
  option (secure.v1.service).default = { required_roles: "clerk" tenant: { field: "tenant_id" claim: ["org", "id"] exempt_roles: "support" } };
  rpc Get(Query) returns (Order);
  rpc Close(Order) returns (Order) { option (secure.v1.method).denied = true; }
  rpc List(Order) returns (stream Order) { option (secure.v1.method) = { authenticated: true required_scopes: ["a", "b"] peers: "cart.internal" }; }
  rpc Ping(Order) returns (Order) { option (secure.v1.method).public = true; }
}
message Query { string tenant_id = 1; }"#,
    );
    let carts = r#"syntax = "proto3"; package cart.v1; import "secure/v1/options.proto"; message Cart {}
        service Carts { rpc Get(Cart) returns (Cart) { option (secure.v1.method) = { required_roles: ["a|b", "=clerk, \"x\""] }; } }"#;
    Matrix::new(&crate::generate(&request(&[("orders.proto", &text), ("carts.proto", carts)])).expect("files").manifest)
}

#[track_caller]
fn check(format: Format, filter: &Filter, expected: Expect) {
    let mut matrix = matrix();
    filter.apply(&mut matrix);
    // Rust reads the line breaks of a raw string as line feeds.
    expected.assert_eq(&format.print(&matrix).replace("\r\n", "\n"));
}

#[test]
fn csv_lines_end_as_rfc_4180_requires() {
    let text = Format::Csv.print(&matrix());
    assert!(text.ends_with("\r\n"));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
}

#[test]
fn public_methods_are_listed_first() {
    check(
        Format::Text,
        &Filter::default(),
        expect![[r#"
            method                access         =clerk, "x"  a|b  clerk  support  conditions                               declared at        notes
            shop.v1.Orders/Ping   public         yes          yes  yes    yes                                               orders.proto:7:37
            shop.v1.Orders/List   authenticated  if           if   if     if       scopes a, b; peers cart.internal         orders.proto:6:44
            cart.v1.Carts/Get     roles          yes          yes  -      -                                                 carts.proto:2:56
            shop.v1.Orders/Get    roles          -            -    if     -        tenant_id = claim org.id unless support  orders.proto:3:3
            shop.v1.Orders/Close  denied         -            -    -      -                                                 orders.proto:5:38
        "#]],
    );
}

#[test]
fn markdown_escapes_text_of_schemas() {
    check(
        Format::Markdown,
        &Filter::default(),
        expect![[r#"
            | method | access | =clerk, "x" | a\|b | clerk | support | conditions | declared at | notes |
            |---|---|---|---|---|---|---|---|---|
            | shop.v1.Orders/Ping | public | yes | yes | yes | yes |  | orders.proto:7:37 |  |
            | shop.v1.Orders/List | authenticated | if | if | if | if | scopes a, b; peers cart.internal | orders.proto:6:44 |  |
            | cart.v1.Carts/Get | roles | yes | yes | - | - |  | carts.proto:2:56 |  |
            | shop.v1.Orders/Get | roles | - | - | if | - | tenant\_id = claim org.id unless support | orders.proto:3:3 |  |
            | shop.v1.Orders/Close | denied | - | - | - | - |  | orders.proto:5:38 |  |
        "#]],
    );
}

#[test]
fn csv_is_quoted_and_has_no_formula() {
    check(
        Format::Csv,
        &Filter::default(),
        expect![[r#"
            method,access,"'=clerk, ""x""",a|b,clerk,support,conditions,declared at,notes
            shop.v1.Orders/Ping,public,yes,yes,yes,yes,,orders.proto:7:37,
            shop.v1.Orders/List,authenticated,if,if,if,if,"scopes a, b; peers cart.internal",orders.proto:6:44,
            cart.v1.Carts/Get,roles,yes,yes,no,no,,carts.proto:2:56,
            shop.v1.Orders/Get,roles,no,no,if,no,tenant_id = claim org.id unless support,orders.proto:3:3,
            shop.v1.Orders/Close,denied,no,no,no,no,,orders.proto:5:38,
        "#]],
    );
}

#[test]
fn json_has_every_rule() {
    check(
        Format::Json,
        &Filter { text: Some("list".to_owned()), ..Filter::default() },
        expect![[r#"
            {
              "methods": [
                {
                  "conditions": [
                    "scopes a, b",
                    "peers cart.internal"
                  ],
                  "declared_at": "orders.proto:6:44",
                  "exposure": "authenticated",
                  "kind": "server_streaming",
                  "method": "List",
                  "package": "shop.v1",
                  "rule": {
                    "authenticated": true,
                    "peers": [
                      "cart.internal"
                    ],
                    "required_scopes": [
                      "a",
                      "b"
                    ]
                  },
                  "service": "shop.v1.Orders",
                  "source": "method"
                }
              ],
              "roles": [
                {
                  "name": "=clerk, \"x\"",
                  "sensitive": false
                },
                {
                  "name": "a|b",
                  "sensitive": false
                },
                {
                  "name": "clerk",
                  "sensitive": false
                },
                {
                  "name": "support",
                  "sensitive": false
                }
              ]
            }
        "#]],
    );
}

#[test]
fn filters_are_combined() {
    let role = |role: &str| Filter { role: Some(role.to_owned()), ..Filter::default() };
    check(
        Format::Text,
        &role("clerk"),
        expect![[r#"
            method               access         clerk  conditions                               declared at        notes
            shop.v1.Orders/Ping  public         yes                                             orders.proto:7:37
            shop.v1.Orders/List  authenticated  if     scopes a, b; peers cart.internal         orders.proto:6:44
            shop.v1.Orders/Get   roles          if     tenant_id = claim org.id unless support  orders.proto:3:3
        "#]],
    );
    check(
        Format::Text,
        &Filter { access: Some(Exposure::Roles), ..role("clerk") },
        expect![[r#"
            method              access  clerk  conditions                               declared at       notes
            shop.v1.Orders/Get  roles   if     tenant_id = claim org.id unless support  orders.proto:3:3
        "#]],
    );
    check(
        Format::Text,
        &Filter { package: Some("cart".to_owned()), ..Filter::default() },
        expect![[r#"
            method             access  =clerk, "x"  a|b  clerk  support  conditions  declared at       notes
            cart.v1.Carts/Get  roles   yes          yes  -      -                    carts.proto:2:56
        "#]],
    );
    check(
        Format::Text,
        &Filter { package: Some("car".to_owned()), ..Filter::default() },
        expect![[r#"
            method  access  =clerk, "x"  a|b  clerk  support  conditions  declared at  notes
        "#]],
    );
}

#[test]
fn page_loads_nothing_and_its_data_closes_no_element() {
    let mut matrix = matrix();
    matrix.methods[0].method = "</script><script>alert(1)</script>".to_owned();
    let page = Format::Html.print(&matrix);
    assert_eq!(page.matches("</script>").count(), 2, "the data and the script");
    assert!(page.contains("default-src 'none'"));
    for external in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(external), "{external}");
    }
}
