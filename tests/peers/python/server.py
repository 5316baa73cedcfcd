"""Serves kinds.v1.Kinds to clients with a certificate, and reports what it sees."""

from concurrent.futures import ThreadPoolExecutor

import grpc
from plan import METHODS, pem, protos, read, report, services


def handler(method):
    def answer(requests, context):
        requests = list(requests) if method.client_streaming else [requests]
        presented = [value for name, value in context.invocation_metadata() if name == "authorization"]
        report({"method": method.name, "requests": len(requests), "authorization": presented})
        return protos.Message(text=method.name)

    def stream(requests, context):
        message = answer(requests, context)
        yield from (message, message)

    return staticmethod(stream if method.server_streaming else answer)


def main():
    plan = read()
    own = (pem(plan["key"]), pem(plan["certificate"]))
    tls = grpc.ssl_server_credentials([own], pem(plan["ca"]), require_client_auth=True)
    servicer = type("Kinds", (services.KindsServicer,), {name: handler(method) for name, method in METHODS.items()})
    server = grpc.server(ThreadPoolExecutor())
    services.add_KindsServicer_to_server(servicer(), server)
    report({"port": server.add_secure_port("localhost:0", tls)})
    server.start()
    server.wait_for_termination()


main()
