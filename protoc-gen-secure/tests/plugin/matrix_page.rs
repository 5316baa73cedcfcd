//! The page of `matrix --format html` in Chromium.

use std::fmt::Write as _;
use std::fs;
use std::process::Output;

use crate::tools::{PLUGIN, Workspace, have};

/// Runs a script after the page's own, in a frame of this width, and returns what it leaves in `window.found`.
#[track_caller]
fn drive(workspace: &Workspace, width: usize, script: &str) -> String {
    let page = fs::read_to_string(workspace.path("page.html")).expect("a page");
    let script = format!(
        "<script>addEventListener('error', (event) => {{ parent.document.title = `error: ${{event.message}}`; }});</script>{page}\
         <script>parent.document.title = (() => {{ {script} }})();</script>"
    );
    workspace.write("driven.html", &script);
    workspace.write(
        "frame.html",
        &format!("<iframe src='driven.html' style='width:{width}px;height:900px;border:0'></iframe>"),
    );
    let frame = format!("file://{}", workspace.path("frame.html").display());
    let arguments =
        ["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--virtual-time-budget=5000"];
    let Output { stdout, .. } = workspace.run("chromium", arguments.into_iter().chain(["--dump-dom", &frame]));
    let dom = String::from_utf8(stdout).expect("text");
    let title = dom.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    title.unwrap_or_else(|| panic!("no title: {dom}")).0.to_owned()
}

fn page(workspace: &Workspace, file: &str) {
    page_with(workspace, file, &[]);
}

fn page_with(workspace: &Workspace, file: &str, options: &[&str]) {
    fs::write(workspace.path("page.html"), matrix(workspace, file, "html", options)).expect("a file");
}

#[track_caller]
fn matrix(workspace: &Workspace, file: &str, format: &str, options: &[&str]) -> String {
    let arguments = ["matrix", "--format", format, "-I", ".", file];
    let Output { stdout, status, .. } = workspace.run(PLUGIN, arguments.iter().chain(options));
    assert!(status.success());
    String::from_utf8(stdout).expect("text")
}

/// An API of 1,000 methods with names as long as real ones.
fn big() -> String {
    let mut text =
        "syntax = \"proto3\"; package big.v1; import \"secure/v1/options.proto\"; message M { string tenant_id = 1; }"
            .to_owned();
    let rules = [
        "public: true",
        "required_roles: \"clerk\" tenant: { field: \"tenant_id\" claim: \"tenant\" exempt_roles: \"support\" }",
        "required_roles: [\"clerk\", \"admin\"] required_scopes: \"big:read\"",
        "authenticated: true peers: \"spiffe://example.org/ns/shop/with/a/long/path/**\"",
        "denied: true",
    ];
    for service in 0..100 {
        let _ = writeln!(text, "service AServiceWithALongName{service} {{");
        for (method, rule) in rules.iter().chain(&rules).enumerate() {
            let _ = writeln!(
                text,
                "rpc AMethodWithALongNameAsWell{method}(M) returns (M) {{ option (secure.v1.method) = {{ {rule} }}; }}"
            );
        }
        text += "}\n";
    }
    text
}

#[test]
fn filters_select_rows_and_a_caller_gets_decisions() {
    if !have(&["chromium"]) {
        return;
    }
    let workspace = Workspace::new::<&str>([]);
    workspace.write("big.proto", &big());
    page(&workspace, "big.proto");
    let filter = "const f = document.getElementById('filters'), w = document.getElementById('who'), found = [];
        const count = () => { f.dispatchEvent(new Event('input')); found.push(document.getElementById('count').textContent); };
        count(); f.elements.access.value = 'public'; count(); f.elements.access.value = ''; f.elements.role.value = 'admin'; count();
        f.elements.role.value = ''; f.elements.text.value = 'longname7/ support'; count(); f.elements.text.value = '';
        const check = (value) => { [...w.querySelectorAll('input')].find((input) => input.value === value).checked = true; };
        document.getElementById('caller').open = true; w.elements.token.checked = true; check('clerk'); count();
        w.elements.only.checked = true; check('big:read'); count();
        w.elements.certificate.checked = true; w.elements.peer.value = 'spiffe://example.org/ns/shop/with/a/long/path/x'; count();
        return found.join('|');";
    let found = drive(&workspace, 1200, filter);
    let expected = "1000 of 1000 methods|200 of 1000 methods|600 of 1000 methods|2 of 1000 methods\
        |1000 of 1000 methods; this caller may call 400 of 1000|600 of 1000 methods; this caller may call 600 of 1000\
        |800 of 1000 methods; this caller may call 800 of 1000";
    assert_eq!(found, expected);
}

/// Two roles, and one of them is sensitive.
const ROLES: &str = r#"syntax = "proto3"; package shop.v1; import "secure/v1/options.proto"; message M { string id = 1; }
    enum Role {
      option (secure.v1.roles) = {};
      ROLE_UNSPECIFIED = 0;
      ADMIN = 1 [(secure.v1.role) = { name: "admin" sensitive: true description: "May do all" }];
      CLERK = 2 [(secure.v1.role) = { name: "clerk" }];
      SUPPORT = 3 [(secure.v1.role) = { name: "support" }];
    }
    service Orders {
      option (secure.v1.service).roles = "shop.v1.Role";
      rpc Get(M) returns (M) { option (secure.v1.method) = { required_roles: ["clerk", "admin"] }; }
      rpc Own(M) returns (M) { option (secure.v1.method) = {
        required_roles: "clerk" owner: { field: "id" exempt_roles: "support" } }; }
    }"#;

#[test]
fn page_for_one_role_describes_every_role_of_its_rules() {
    if !have(&["chromium"]) {
        return;
    }
    let workspace = Workspace::new::<&str>([]);
    workspace.write("roles.proto", ROLES);
    page_with(&workspace, "roles.proto", &["--role", "clerk"]);
    let script = "const buttons = [...document.querySelectorAll('#rows button')], found = [];
        buttons.forEach((button) => button.click());
        found.push(document.querySelectorAll('tr.more').length, document.querySelector('tr.more').textContent.includes('admin: May do all'));
        found.push(document.querySelectorAll('#head .role').length);
        const boxes = [...document.querySelectorAll('#roles input')];
        found.push(boxes.map((box) => box.value).join(' '));
        document.getElementById('caller').open = true;
        document.getElementById('who').elements.token.checked = true;
        boxes.find((box) => box.value === 'admin').checked = true;
        document.getElementById('filters').dispatchEvent(new Event('input'));
        found.push(document.getElementById('count').textContent);
        return found.join('|');";
    let expected = "2|true|1|admin clerk support|2 of 2 methods; this caller may call 1 of 2";
    assert_eq!(drive(&workspace, 1200, script), expected);
}

#[test]
fn page_and_csv_have_equal_cells() {
    if !have(&["chromium"]) {
        return;
    }
    let rules = [
        "public: true",
        "public: true, ignore_credentials: true",
        "public: true, delegation: { mode: DELEGATION_ALLOWED }",
        "authenticated: true",
        "authenticated: true, delegation: { mode: DELEGATION_ALLOWED }",
        r#"authenticated: true, delegation: { mode: DELEGATION_ALLOWED, actors: "https://id.example.com#cart" }"#,
        r#"authenticated: true, required_scopes: "a""#,
        "authenticated: true, required_credentials: CREDENTIAL_JWT",
        r#"authenticated: true, peers: "cart.internal""#,
        r#"required_roles: "clerk""#,
        r#"required_roles: "clerk", delegation: { mode: DELEGATION_ALLOWED }"#,
        r#"required_roles: ["clerk", "admin"], owner: { field: "id" }"#,
        r#"required_roles: "admin", tenant: { field: "id", claim: "t", exempt_roles: "clerk" }"#,
        "denied: true",
    ];
    let methods = rules
        .iter()
        .enumerate()
        .map(|(index, rule)| format!("rpc M{index}(M) returns (M) {{ option (secure.v1.method) = {{ {rule} }}; }}\n"));
    let head = r#"syntax = "proto3"; package all.v1; import "secure/v1/options.proto"; message M { string id = 1; }"#;
    let workspace = Workspace::new::<&str>([]);
    workspace.write("all.proto", &format!("{head}\nservice All {{ {} }}", methods.collect::<String>()));
    page(&workspace, "all.proto");
    // The columns are method, access, admin, clerk.
    let csv = matrix(&workspace, "all.proto", "csv", &[]);
    let expected = csv.lines().skip(1).map(|line| line.split(',').skip(2).take(2).collect::<Vec<_>>().join(" "));
    let expected = expected.collect::<Vec<_>>();
    let script = "return [...document.querySelectorAll('#rows tr.row')]
        .map((row) => [...row.querySelectorAll('td.role')].map((cell) => cell.dataset.cell).join(' ')).join('|');";
    assert_eq!(drive(&workspace, 1200, script), expected.join("|"));
    assert_eq!(expected.len(), rules.len());
    for cell in ["yes yes", "if if", "no yes", "no no"] {
        assert!(expected.contains(&cell.to_owned()), "{cell}: {expected:?}");
    }
}

#[test]
fn page_fits_360_pixels_and_works_by_keyboard() {
    if !have(&["chromium"]) {
        return;
    }
    let workspace = Workspace::new::<&str>([]);
    workspace.write("big.proto", &big());
    page(&workspace, "big.proto");
    let script = "document.getElementById('caller').open = true;
        const buttons = [...document.querySelectorAll('#rows button')];
        buttons[250].focus(); buttons[250].click();
        const wide = [...document.querySelectorAll('body *')].filter((node) => node.getBoundingClientRect().right > innerWidth + 1);
        const more = document.querySelector('tr.more');
        return [innerWidth, document.documentElement.scrollWidth <= innerWidth, wide.length, document.activeElement === buttons[250],
            buttons[250].getAttribute('aria-expanded'), more.textContent.includes('big.proto:')].join(' ');";
    assert_eq!(drive(&workspace, 360, script), "360 true 0 true true true");
}

#[test]
fn page_and_server_decide_equally_on_every_vector() {
    if !have(&["chromium"]) {
        return;
    }
    let workspace = Workspace::new::<&str>([]);
    workspace.write("big.proto", &big());
    page(&workspace, "big.proto");
    let vectors = fs::read_to_string("../tests/conformance/decisions.json").expect("vectors").replace('<', "\\u003c");
    let script = format!(
        "const {{ vectors }} = {vectors};
        const missing = ['a credential is required', 'a certificate is required', 'a token is required',
          'a token that is bound to the certificate is required'];
        const said = ({{ verdict, why }}) => verdict === 'yes' ? 'ALLOW' : missing.includes(why) ? 'CREDENTIAL_MISSING' : 'PERMISSION_DENIED';
        const wrong = [];
        let calls = 0;
        for (const {{ name, manifest, callers, calls: all }} of vectors) {{
          for (const {{ method, caller, decision }} of all) {{
            const {{ principal, certificate }} = callers[caller], rule = manifest.methods[method];
            const peers = certificate?.names ?? (certificate?.name ? [certificate.name] : []);
            const found = decide(rule, {{ authenticated: principal !== null, token: ['JWT', 'BOUND_JWT'].includes(principal?.proven_by),
              bound: principal?.proven_by === 'BOUND_JWT',
              actor: principal?.actor ? `${{principal.actor.issuer}}#${{principal.actor.subject}}` : '', peers,
              roles: new Set(principal?.roles), scopes: new Set(principal?.scopes) }});
            const isOpen = found.verdict === 'if' && (rule.tenant || rule.owner) && decision !== 'CREDENTIAL_MISSING';
            if (!isOpen && said(found) !== decision) wrong.push(`${{name}}: ${{method}} ${{caller}}`);
            calls += 1;
          }}
        }}
        return `${{calls > 100}} ${{wrong.join('; ')}}`;"
    );
    assert_eq!(drive(&workspace, 1200, &script).trim(), "true");
}
