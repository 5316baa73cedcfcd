"""jwcrypto, configured with all the care its documentation asks for.

A line of settings, then a line for each token, all of them JSON; a line for each token comes back: null if it is
accepted, or else the error.
"""

import json
import sys

from jwcrypto.jwk import JWKSet
from jwcrypto.jwt import JWT


def verify(token, keys, settings):
    # `nbf` is looked at only where it must be there, and `iat` not at all.
    required = {"iss": settings["issuer"], "aud": settings["audience"], "exp": None, "nbf": None, "sub": None}
    jwt = JWT(algs=settings["algorithms"], check_claims=required, expected_type="JWS", strict_serialization=True)
    jwt.leeway = settings["leeway"]
    jwt.deserialize(token, keys)
    # The type of a token is compared by its caller.
    typ = json.loads(jwt.header).get("typ")
    if typ is None or jwt.norm_typ(typ) != "application/at+jwt":
        raise ValueError("not an access token")


def refusal(token, keys, settings):
    try:
        verify(token, keys, settings)
    except Exception as error:  # whatever it is, the token is refused
        return f"{type(error).__name__}: {error}"
    return None


settings, *tokens = (json.loads(line) for line in sys.stdin)
keys = JWKSet.from_json(json.dumps(settings["jwks"]))
for token in tokens:
    print(json.dumps(refusal(token, keys, settings)))
