// Command grpc serves every method behind a policy of gRFC A43: grpc DIRECTORY POLICY PORT.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"log"
	"net"
	"os"
	"path/filepath"

	"google.golang.org/grpc"
	"google.golang.org/grpc/authz"
	"google.golang.org/grpc/credentials"
)

func main() {
	directory, policy, port := os.Args[1], os.Args[2], os.Args[3]
	interceptor, err := authz.NewStatic(string(read(policy)))
	check(err)
	certificate, err := tls.LoadX509KeyPair(filepath.Join(directory, "tls.crt"), filepath.Join(directory, "tls.key"))
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(read(filepath.Join(directory, "ca.crt")))
	server := grpc.NewServer(
		grpc.Creds(credentials.NewTLS(&tls.Config{
			Certificates: []tls.Certificate{certificate},
			ClientAuth:   tls.VerifyClientCertIfGiven,
			ClientCAs:    roots,
		})),
		grpc.StreamInterceptor(interceptor.StreamInterceptor),
		grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error { return nil }),
	)
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	check(err)
	check(server.Serve(listener))
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	check(err)
	return content
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
