"""Writes a JSON Schema for each resource that exports make, from the CRDs of Istio, Gateway API and cert-manager: DIRECTORY CRD..."""

import json
import pathlib
import sys

import yaml

KINDS = {"AuthorizationPolicy", "Certificate", "GRPCRoute", "Issuer", "PeerAuthentication", "RequestAuthentication"}


def closed(schema):
    """Kubernetes drops members that it does not know. Here they are mistakes."""
    if isinstance(schema, dict):
        schema = {name: closed(value) for name, value in schema.items()}
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        return schema
    return [closed(value) for value in schema] if isinstance(schema, list) else schema


def main(directory, *crds):
    for path in crds:
        for crd in yaml.safe_load_all(pathlib.Path(path).read_text()):
            if not crd or crd["spec"]["names"]["kind"] not in KINDS:
                continue
            for version in crd["spec"]["versions"]:
                schema = version["schema"]["openAPIV3Schema"]
                schema["properties"].update(apiVersion={"type": "string"}, kind={"type": "string"}, metadata={"type": "object"})
                name = f"{crd['spec']['names']['kind']}-{version['name']}.json".lower()
                (pathlib.Path(directory) / name).write_text(json.dumps(closed(schema)))


main(*sys.argv[1:])
