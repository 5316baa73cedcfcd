"""Takes the schemas of some kinds of Kubernetes out of the package kubernetes-validate: DIRECTORY WHEEL"""

import json
import pathlib
import re
import sys
import zipfile

PREFIX = "kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict/"
KINDS = {
    "deployment-apps-v1": "deployment-v1",
    "namespace-v1": "namespace-v1",
    "networkpolicy-networking-v1": "networkpolicy-v1",
    "service-v1": "service-v1",
    "serviceaccount-v1": "serviceaccount-v1",
}


def read(package, name):
    text = package.read(f"{PREFIX}{name}.json").decode()
    # References lead to a file on a server. Here each schema has the definitions that it needs.
    return json.loads(re.sub(r'"[^"#]*_definitions\.json#', '"#', text))


def needed(schema, definitions, found):
    for name in re.findall(r'"#/\$defs/([^"]+)"', json.dumps(schema)):
        if name not in found:
            found[name] = definitions[name]
            needed(definitions[name], definitions, found)
    return found


def main(directory, wheel):
    with zipfile.ZipFile(wheel) as package:
        definitions = read(package, "_definitions")["$defs"]
        for name, kept in KINDS.items():
            schema = read(package, name)
            schema.pop("$id", None)
            schema["$defs"] = needed(schema, definitions, {})
            (pathlib.Path(directory) / f"{kept}.json").write_text(json.dumps(schema))


main(*sys.argv[1:])
