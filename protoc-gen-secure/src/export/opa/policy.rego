# Decides about a call by the rules in data.secure.methods. Deny is the default.
#
# The input is a caller whose credentials were verified:
#   path         "/shop.v1.Orders/Get"
#   principal    null, or {"subject", "proven_by": "JWT" | "MTLS" | ..., "roles", "scopes", "claims", "foreign"};
#                "actor" of a delegated token is its current one, {"issuer", "subject"}, and null or left out otherwise;
#                "BOUND_JWT" is a token that is bound to the client certificate of the connection (RFC 8705);
#                integers among the claims are written as text, and fractions are left out
#   certificate  null, or {"name": null or the one SPIFFE ID or DNS name of the client certificate}
#   request      the fields of the request that are neither empty nor 0, by path and as text: {"order.tenant_id": "7"}
package secure

import rego.v1

default allow := false

rule := data.secure.methods[input.path]

allow if rule.ignore_credentials == true

allow if {
	rule.public == true
	delegation_fits
}

allow if {
	is_object(input.principal)
	admitted
	scopes_fit
	credentials_fit
	peer_fits
	delegation_fits
	tenant_fits
	owner_fits
}

admitted if rule.authenticated == true

admitted if holds_one(rule.required_roles)

holds_one(roles) if {
	some role in roles
	role in input.principal.roles
}

scopes_fit if {
	every scope in object.get(rule, "required_scopes", []) {
		scope in input.principal.scopes
	}
}

credentials_fit if {
	every credential in object.get(rule, "required_credentials", []) {
		presented(credential)
	}
}

presented("JWT") if input.principal.proven_by in {"BOUND_JWT", "JWT"}

presented("BOUND_JWT") if input.principal.proven_by == "BOUND_JWT"

presented("MTLS") if is_string(input.certificate.name)

peer_fits if count(object.get(rule, "peers", [])) == 0

peer_fits if {
	is_string(input.certificate.name)
	some peer in rule.peers
	is_peer(input.certificate.name, peer)
}

is_peer(name, peer) if {
	not endswith(peer, "/**")
	name == peer
}

is_peer(name, peer) if {
	endswith(peer, "/**")
	parent := trim_suffix(peer, "**")
	startswith(name, parent)
	name != parent
}

delegation_fits if not is_object(input.principal.actor)

delegation_fits if {
	rule.delegation.mode == "ALLOWED"
	count(object.get(rule.delegation, "actors", [])) == 0
}

delegation_fits if {
	some allowed in rule.delegation.actors
	is_actor(input.principal.actor, allowed)
}

is_actor(actor, allowed) if {
	startswith(allowed, concat("", [actor.issuer, "#"]))
	not contains(actor.issuer, "#")
	is_peer(actor.subject, trim_prefix(allowed, concat("", [actor.issuer, "#"])))
}

tenant_fits if not rule.tenant

tenant_fits if holds_one(rule.tenant.exempt_roles)

tenant_fits if {
	object.get(input.principal, "foreign", false) == false
	text(input.request[rule.tenant.field]) == text(object.get(input.principal.claims, rule.tenant.claim, null))
}

owner_fits if not rule.owner

owner_fits if holds_one(rule.owner.exempt_roles)

owner_fits if {
	object.get(input.principal, "foreign", false) == false
	text(input.request[rule.owner.field]) == text(input.principal.subject)
}

# What is empty equals nothing.
text(value) := value if {
	is_string(value)
	value != ""
}
