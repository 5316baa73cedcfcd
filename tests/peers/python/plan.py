"""What a peer is asked to do, and kinds.v1 as grpcio-tools generates it from the .proto."""

import json
import sys
from pathlib import Path

import grpc

ROOT = Path(__file__).parents[3]
sys.path += [str(ROOT / "proto"), str(ROOT / "tests" / "proto")]
protos, services = grpc.protos_and_services("kinds/v1/kinds.proto")

METHODS = protos.DESCRIPTOR.services_by_name["Kinds"].methods_by_name


def read():
    return json.loads(Path(sys.argv[1]).read_text())


def pem(path):
    return path and Path(path).read_bytes()


def report(line):
    print(json.dumps(line), flush=True)
