// The server serves kinds.v1.Kinds to clients with a certificate, and reports what it sees.
package main

import (
	"crypto/tls"
	"io"
	"net"
	"path"
	"peers/plan"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func main() {
	it := plan.Read()
	tls := &tls.Config{Certificates: it.Own(), ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: it.Roots()}
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(tls)), grpc.UnknownServiceHandler(handle))
	listener, err := net.Listen("tcp", "localhost:0")
	plan.Must(err)
	plan.Report(map[string]any{"port": listener.Addr().(*net.TCPAddr).Port})
	plan.Must(server.Serve(listener))
}

// handle answers a call of any method: every kind is a stream underneath.
func handle(_ any, stream grpc.ServerStream) error {
	requests := 0
	for {
		var message wrapperspb.StringValue // on the wire, a kinds.v1.Message
		if err := stream.RecvMsg(&message); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		requests++
	}
	full, _ := grpc.MethodFromServerStream(stream)
	method := path.Base(full)
	presented := append([]string{}, metadata.ValueFromIncomingContext(stream.Context(), "authorization")...)
	plan.Report(map[string]any{"method": method, "requests": requests, "authorization": presented})
	if err := stream.SendMsg(wrapperspb.String(method)); err != nil {
		return err
	}
	if _, responses := plan.Streams(method); responses {
		return stream.SendMsg(wrapperspb.String(method))
	}
	return nil
}
