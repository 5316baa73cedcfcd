# For opa-envoy-plugin: data.envoy.authz.allow. Deny is the default.
#
# Envoy's jwt_authn verifies tokens before (`payload_in_metadata: payload`), and ext_authz passes the claims on
# (`metadata_context_namespaces: [envoy.filters.http.jwt_authn]`). Fields of the request are not known here: only exempt
# roles are admitted to methods with `tenant` or `owner`.
package envoy.authz

import rego.v1

default allow := false

allow if {
	input.attributes.request.http.method == "POST"
	data.secure.allow with input as call
}

call := {
	"path": input.attributes.request.http.path,
	"principal": principal,
	"certificate": certificate,
	"request": {},
}

settings := data.secure.settings

default claims := null

claims := input.attributes.metadataContext.filterMetadata["envoy.filters.http.jwt_authn"].payload

default principal := null

principal := {
	"subject": claims.sub,
	"proven_by": "JWT",
	"roles": listed(settings.roles),
	"scopes": listed(settings.scopes),
	"claims": claims,
	"actor": actor,
} if {
	claims.iss == settings.issuer
	claims.sub != ""
}

default actor := null

# An actor without an issuer is of the issuer of the token.
actor := {"issuer": object.get(claims.act, "iss", claims.iss), "subject": claims.act.sub}

principal := {
	"subject": certificate.name,
	"proven_by": "MTLS",
	"roles": object.get(settings.certificate_roles, certificate.name, []),
	"scopes": [],
	"claims": {},
} if {
	is_null(claims)
	settings.authenticate == true
	is_string(certificate.name)
}

listed(list) := [entry | some entry in object.get(claims, list.claim, [])] if list.form == "array"

listed(list) := split(object.get(claims, list.claim, ""), " ") if list.form == "words"

listed(list) := [name | some name, _ in object.get(claims, list.claim, {})] if list.form == "keys"

# Envoy names the caller by its URI or its DNS name, or else by its subject, which is no name of a peer.
default certificate := null

certificate := {"name": name} if {
	name := input.attributes.source.principal
	is_name(name)
}

is_name(name) if {
	startswith(name, "spiffe://")
	count(settings.trust_domains) == 0
}

is_name(name) if {
	some trust_domain in settings.trust_domains
	startswith(name, concat("", ["spiffe://", trust_domain, "/"]))
}

is_name(name) if {
	name != ""
	not contains(name, ":")
	not contains(name, "=")
}
