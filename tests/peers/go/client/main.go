// The client makes the calls of a plan, and reports how each ended.
package main

import (
	"context"
	"crypto/tls"
	"io"
	"peers/plan"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func main() {
	it := plan.Read()
	tls := &tls.Config{RootCAs: it.Roots(), Certificates: it.Own()}
	conn, err := grpc.NewClient(it.Address, grpc.WithTransportCredentials(credentials.NewTLS(tls)))
	plan.Must(err)
	for _, call := range it.Calls {
		messages, err := answer(conn, call)
		plan.Report(map[string]any{
			"method": call.Method, "caller": call.Caller, "code": status.Code(err), "messages": messages,
		})
	}
}

// answer calls a method of any kind, and reads its answer to the end.
func answer(conn *grpc.ClientConn, call plan.Call) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if call.Token != nil {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+*call.Token)
	}
	path := "/kinds.v1.Kinds/" + call.Method
	requests, responses := plan.Streams(call.Method)
	if requests || responses {
		return stream(ctx, conn, path, &grpc.StreamDesc{ClientStreams: requests, ServerStreams: responses})
	}
	var message wrapperspb.StringValue // on the wire, a kinds.v1.Message
	if err := conn.Invoke(ctx, path, wrapperspb.String("hello"), &message); err != nil {
		return []string{}, err
	}
	return []string{message.Value}, nil
}

func stream(ctx context.Context, conn *grpc.ClientConn, path string, desc *grpc.StreamDesc) ([]string, error) {
	messages := []string{}
	stream, err := conn.NewStream(ctx, desc, path)
	if err != nil {
		return messages, err
	}
	send(stream, desc.ClientStreams)
	for {
		var message wrapperspb.StringValue
		switch err := stream.RecvMsg(&message); {
		case err == io.EOF:
			return messages, nil
		case err != nil:
			return messages, err
		}
		messages = append(messages, message.Value)
		if !desc.ServerStreams {
			return messages, nil
		}
	}
}

// send sends one message, or two. Where it cannot, the call has ended, and receiving tells how.
func send(stream grpc.ClientStream, twice bool) {
	_ = stream.SendMsg(wrapperspb.String("hello"))
	if twice {
		_ = stream.SendMsg(wrapperspb.String("hello"))
	}
	_ = stream.CloseSend()
}
