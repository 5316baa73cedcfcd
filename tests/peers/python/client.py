"""Makes the calls of a plan, and reports how each ended."""

import grpc
from plan import METHODS, pem, protos, read, report, services


def call(stub, method, token):
    """Calls a method of any kind, and reads its answer to the end."""
    credentials = token and grpc.access_token_call_credentials(token)
    message = protos.Message(text="hello")
    request = iter([message, message]) if METHODS[method].client_streaming else message
    answer = getattr(stub, method)(request, timeout=30, credentials=credentials)
    return [message.text for message in (answer if METHODS[method].server_streaming else [answer])]


def main():
    plan = read()
    tls = grpc.ssl_channel_credentials(pem(plan["ca"]), pem(plan["key"]), pem(plan["certificate"]))
    with grpc.secure_channel(plan["address"], tls) as channel:
        stub = services.KindsStub(channel)
        for line in plan["calls"]:
            code, messages = grpc.StatusCode.OK, []
            try:
                messages = call(stub, line["method"], line["token"])
            except grpc.RpcError as error:
                code = error.code()
            report({"method": line["method"], "caller": line["caller"], "code": code.value[0], "messages": messages})


main()
