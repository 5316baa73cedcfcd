//! Tokens in the form that their issuers document.

use serde_json::{Value, json};

/// A token as its provider documents it.
pub(super) struct Published {
    pub(super) header: Value,
    pub(super) claims: Value,
    pub(super) audience: &'static str,
}

pub(super) fn auth0() -> Published {
    Published {
        audience: "https://orders.example.com",
        header: json!({ "alg": "RS256", "typ": "JWT", "kid": "NTY2MjBCNzQ1RTLPQzk3NzczRDk5Q0YxQzhDNjFBMzE5OEU0QkQ5Ng" }),
        claims: json!({
            "iss": "https://shop.eu.auth0.com/", "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
            "aud": ["https://orders.example.com", "https://shop.eu.auth0.com/userinfo"],
            "azp": "my_client_id", "exp": 1_311_281_970, "iat": 1_311_280_970,
            "scope": "openid profile read:orders", "permissions": ["read:orders"],
            "https://example.com/roles": ["admin"],
        }),
    }
}

pub(super) fn cognito() -> Published {
    Published {
        audience: "1example23456789",
        header: json!({ "kid": "abcdefghijklmnopqrsexample=", "alg": "RS256" }),
        claims: json!({
            "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "device_key": "us-west-2_aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:groups": ["mygroup"],
            "iss": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example", "version": 2,
            "client_id": "1example23456789", "origin_jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "event_id": "bbbbbbbb-cccc-dddd-eeee-aaaaaaaaaaaa", "token_use": "access",
            "scope": "phone openid profile resourceserver.1/appclient2 email",
            "auth_time": 1_676_313_851, "exp": 1_676_317_451, "iat": 1_676_313_851,
            "jti": "cccccccc-dddd-eeee-aaaa-bbbbbbbbbbbb", "username": "my-test-user",
        }),
    }
}

pub(super) fn entra_id() -> Published {
    Published {
        audience: "6e74172b-be56-4843-9ff4-e66a39bb12e3",
        header: json!({ "typ": "JWT", "alg": "RS256", "kid": "i6lGk3FZzxRcUb2C3nEQ7syHJlY" }),
        claims: json!({
            "aud": "6e74172b-be56-4843-9ff4-e66a39bb12e3",
            "iss": "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0",
            "iat": 1_537_231_048, "nbf": 1_537_231_048, "exp": 1_537_234_948,
            "aio": "AXQAi/8IAAAAtAaZLo3ChMif6KOnttRB7eBq4/DccQzjcJGxPYy/C3jDaNGxXd6wNIIVGRghNRnwJ1lOcAnNZcjvkoyrFxCttv33140RioOFJ4bCCGVuoCag1uOTT22222gIHpLqPkEAYOoBS",
            "azp": "6e74172b-be56-4843-9ff4-e66a39bb12e3", "azpacr": "0", "name": "Abe Lincoln",
            "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474", "preferred_username": "abeli@microsoft.com", "rh": "I",
            "roles": ["Orders.Admin"], "scp": "access_as_user",
            "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ", "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47",
            "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0",
        }),
    }
}

pub(super) fn firebase() -> Published {
    Published {
        audience: "shop-12345",
        header: json!({ "alg": "RS256", "kid": "aec4f8dd1b9e42a8", "typ": "JWT" }),
        claims: json!({
            "admin": true, "roles": ["clerk"], "iss": "https://securetoken.google.com/shop-12345",
            "aud": "shop-12345", "auth_time": 1_650_000_000, "user_id": "a1b2c3", "sub": "a1b2c3",
            "iat": 1_650_000_000, "exp": 1_650_003_600, "email": "alice@example.com", "email_verified": true,
            "firebase": { "identities": { "email": ["alice@example.com"] }, "sign_in_provider": "password" },
        }),
    }
}

pub(super) fn keycloak() -> Published {
    Published {
        audience: "orders",
        header: json!({ "alg": "RS256", "typ": "JWT", "kid": "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE" }),
        claims: json!({
            "exp": 1_650_000_300, "iat": 1_650_000_000, "jti": "b1b3f2a0-1c1a-4d3b-8f0e-1f2c3d4e5f60",
            "iss": "https://id.example.com/realms/shop", "aud": ["orders", "account"],
            "sub": "f:11111111-2222:alice", "typ": "Bearer", "azp": "web", "sid": "0f1e2d3c", "acr": "1",
            "allowed-origins": ["https://shop.example.com"],
            "realm_access": { "roles": ["clerk", "offline_access", "uma_authorization"] },
            "resource_access": { "orders": { "roles": ["reader"] }, "account": { "roles": ["view-profile"] } },
            "scope": "openid profile email", "email_verified": false, "preferred_username": "alice",
        }),
    }
}

pub(super) fn okta() -> Published {
    Published {
        audience: "api://default",
        header: json!({ "alg": "RS256", "kid": "45js03w0djwedsw" }),
        claims: json!({
            "ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
            "iss": "https://shop.okta.com/oauth2/default", "aud": "api://default", "sub": "00ujmkLgagxeRrAg20g3",
            "iat": 1_467_145_094, "exp": 1_467_148_694, "cid": "nmdP1fcyvdVO11AL7ECm", "uid": "00ujmkLgagxeRrAg20g3",
            "scp": ["openid", "email"], "groups": ["Clerks", "Everyone"],
        }),
    }
}

pub(super) fn rfc_9068() -> Published {
    Published {
        audience: "https://rs.example.com/",
        header: json!({ "typ": "at+JWT", "alg": "RS256", "kid": "RjEwOwOA" }),
        claims: json!({
            "iss": "https://authorization-server.example.com/", "sub": "5ba552d67", "aud": "https://rs.example.com/",
            "exp": 1_639_528_912, "iat": 1_618_354_090, "jti": "dbe39bf3a3ba4238a513f51d6e1691c4",
            "client_id": "s6BhdRkqt3", "scope": "openid profile reademail", "roles": ["clerk"],
        }),
    }
}

pub(super) fn svid() -> Published {
    Published {
        audience: "spiffe://example.org/ns/shop/sa/stock",
        header: json!({ "alg": "ES256", "kid": "xKvvZ3uoZ2Zk2PE5w3Z0BpCqfpYQ3yyW", "typ": "JWT" }),
        claims: json!({
            "aud": ["spiffe://example.org/ns/shop/sa/stock"], "exp": 1_650_000_300, "iat": 1_650_000_000,
            "sub": "spiffe://example.org/ns/shop/sa/orders",
        }),
    }
}

pub(super) fn zitadel() -> Published {
    Published {
        audience: "69234237810729019",
        header: json!({ "alg": "RS256", "kid": "172651372385664002", "typ": "JWT" }),
        claims: json!({
            "iss": "https://shop.zitadel.cloud", "sub": "170079991923474689",
            "aud": ["69234237810729019", "170082363181957377@shop"], "exp": 1_650_043_200, "iat": 1_650_000_000,
            "nbf": 1_650_000_000, "client_id": "170082363181957377@shop", "jti": "V1_170082363181957377",
            "urn:zitadel:iam:org:project:roles": { "clerk": { "200132120": "shop.zitadel.cloud" } },
        }),
    }
}

pub(super) fn entra_id_v1() -> Published {
    Published {
        audience: "api://6e74172b-be56-4843-9ff4-e66a39bb12e3",
        header: json!({
            "typ": "JWT", "alg": "RS256", "x5t": "i6lGk3FZzxRcUb2C3nEQ7syHJlY", "kid": "i6lGk3FZzxRcUb2C3nEQ7syHJlY",
        }),
        claims: json!({
            "aud": "api://6e74172b-be56-4843-9ff4-e66a39bb12e3",
            "iss": "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/",
            "iat": 1_537_233_106, "nbf": 1_537_233_106, "exp": 1_537_237_006, "acr": "1",
            "aio": "AXQAi/8IAAAAFm+E/QTG+gFnVxLjWdw8K+61AGrSOuMMF6ebaMj7XO3IbmD3fGmrOyD+NvZyGn2VaT/kDKXw4MIhrgGVq6Bn8wLXoT1LkIZ+FzQVkJPPLQOV4KcXqSlCVPDS/DiCDgE222TImMvWNaEMaUOTsIGvTQ==",
            "amr": ["wia"], "appid": "75dbe77f-10a3-4e59-85fd-8c127544f17c", "appidacr": "0", "family_name": "Lincoln",
            "given_name": "Abe (MSFT)", "ipaddr": "222.222.222.22", "name": "abeli",
            "oid": "02223b6b-aa1d-42d4-9ec0-1b2bb9194438", "rh": "I", "roles": ["Orders.Admin"], "scp": "access_as_user",
            "sub": "l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA", "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47",
            "unique_name": "abeli@microsoft.com", "uti": "FVsGxYXI30-TuikuuUoFAA", "ver": "1.0",
        }),
    }
}

pub(super) fn github_actions() -> Published {
    Published {
        audience: "https://orders.example.com",
        header: json!({ "typ": "JWT", "alg": "RS256", "x5t": "example-thumbprint", "kid": "example-key-id" }),
        claims: json!({
            "jti": "example-id", "sub": "repo:octo-org/octo-repo:environment:prod", "environment": "prod",
            "aud": "https://orders.example.com", "ref": "refs/heads/main", "sha": "example-sha",
            "repository": "octo-org/octo-repo", "repository_owner": "octo-org", "actor_id": "12",
            "repository_visibility": "private", "repository_id": "74", "repository_owner_id": "65",
            "run_id": "example-run-id", "run_number": "10", "run_attempt": "2", "runner_environment": "github-hosted",
            "actor": "octocat", "workflow": "example-workflow", "head_ref": "", "base_ref": "",
            "event_name": "workflow_dispatch", "ref_type": "branch",
            "job_workflow_ref": "octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main",
            "iss": "https://token.actions.githubusercontent.com", "nbf": 1_632_492_967, "exp": 1_632_493_867,
            "iat": 1_632_493_567,
        }),
    }
}

pub(super) fn gitlab() -> Published {
    Published {
        audience: "https://orders.example.com",
        header: json!({ "kid": "4i3sFE7sxqNPOT7FdvcGA1ZVGGI_r-tsDXnEuYT4ZqE", "typ": "JWT", "alg": "RS256" }),
        claims: json!({
            "namespace_id": "72", "namespace_path": "my-group", "project_id": "20",
            "project_path": "my-group/my-project", "user_id": "1", "user_login": "sample-user",
            "user_email": "sample-user@example.com", "pipeline_id": "574", "pipeline_source": "push", "job_id": "302",
            "ref": "feature-branch-1", "ref_type": "branch", "ref_protected": "false", "environment": "test-environment2",
            "environment_protected": "false", "runner_id": 1, "runner_environment": "self-hosted",
            "jti": "235b3a54-b797-45c7-ae9a-f72d7bc6ef5b", "iat": 1_681_395_193, "nbf": 1_681_395_188,
            "exp": 1_681_398_793, "iss": "https://gitlab.example.com",
            "sub": "project_path:my-group/my-project:ref_type:branch:ref:feature-branch-1",
            "aud": "https://orders.example.com",
        }),
    }
}

pub(super) fn kubernetes() -> Published {
    Published {
        audience: "orders",
        header: json!({ "alg": "RS256", "kid": "y8s9hxn7mRvaEGgIVA2WWuNHMoMbeMYMcDS2gxPBrGg" }),
        claims: json!({
            "aud": ["orders"], "exp": 1_731_613_413, "iat": 1_700_077_413,
            "iss": "https://kubernetes.default.svc.cluster.local", "jti": "ea28ed49-2e11-4280-9ec5-bc3d1d84661a",
            "kubernetes.io": {
                "namespace": "shop",
                "node": { "name": "127.0.0.1", "uid": "58456cb0-dd00-45ed-b797-5578fdceaced" },
                "pod": { "name": "cart-69cbfb9798-jv9gn", "uid": "778a530c-b3f4-47c0-9cd5-ab018fb64f33" },
                "serviceaccount": { "name": "cart", "uid": "a087d5a0-e1dd-43ec-93ac-f13d89cd13af" },
                "warnafter": 1_700_081_020,
            },
            "nbf": 1_700_077_413, "sub": "system:serviceaccount:shop:cart",
        }),
    }
}

pub(super) fn google_service_account() -> Published {
    Published {
        audience: "https://orders.example.com",
        header: json!({ "alg": "RS256", "kid": "1489345", "typ": "JWT" }),
        claims: json!({
            "iss": "https://accounts.google.com", "iat": 1_634_000_000, "exp": 1_634_003_600,
            "aud": "https://orders.example.com", "azp": "107517467455664443766", "sub": "107517467455664443766",
            "email": "worker@shop.iam.gserviceaccount.com", "email_verified": true,
            "google": { "compute_engine": { "project_id": "shop", "zone": "us-east1-b", "instance_name": "vm" } },
        }),
    }
}

pub(super) fn google_iap() -> Published {
    Published {
        audience: "/projects/123456789/global/backendServices/987654321",
        header: json!({ "alg": "ES256", "typ": "JWT", "kid": "mpf0DA" }),
        claims: json!({
            "aud": "/projects/123456789/global/backendServices/987654321", "azp": "/projects/123456789/global",
            "email": "alice@example.com", "exp": 1_650_000_600, "hd": "example.com", "iat": 1_650_000_000,
            "iss": "https://cloud.google.com/iap", "sub": "accounts.google.com:10769150350006150715113082367",
            "google": { "access_levels": ["accessPolicies/1/accessLevels/office"] },
        }),
    }
}

pub(super) fn supabase() -> Published {
    Published {
        audience: "authenticated",
        header: json!({ "alg": "ES256", "kid": "b81269f1-21d8-4f2e-b719-c2240a840d90", "typ": "JWT" }),
        claims: json!({
            "aal": "aal1", "amr": [{ "method": "password", "timestamp": 1_640_991_600 }],
            "app_metadata": { "provider": "email", "providers": ["email"], "roles": ["clerk"] },
            "aud": "authenticated", "email": "user@example.com", "exp": 1_640_995_200, "iat": 1_640_991_600,
            "is_anonymous": false, "iss": "https://abcdefghijklmnopqrst.supabase.co/auth/v1", "phone": "",
            "role": "authenticated", "session_id": "123e4567-e89b-12d3-a456-426614174001",
            "sub": "123e4567-e89b-12d3-a456-426614174000", "user_metadata": { "roles": ["admin"] },
        }),
    }
}

pub(super) fn clerk() -> Published {
    Published {
        audience: "https://app.example.com",
        header: json!({ "alg": "RS256", "cat": "cl_B7d4PD111AAA", "kid": "ins_2abc", "typ": "JWT" }),
        claims: json!({
            "azp": "https://app.example.com", "exp": 1_744_928_754, "fea": "o:dashboard", "fva": [9, -1],
            "iat": 1_744_928_694, "iss": "https://clerk.example.com", "jti": "7f7c4d5e6a", "nbf": 1_744_928_684,
            "o": { "id": "org_123", "rol": "admin", "slg": "shop", "per": "manage", "fpm": "1" }, "pla": "u:free",
            "sid": "sess_123", "sts": "active", "sub": "user_123", "v": 2,
        }),
    }
}
