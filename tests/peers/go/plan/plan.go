// Package plan reads what a peer is asked to do, and reports what it saw.
package plan

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
)

// Plan names certificates, and the calls of a client.
type Plan struct {
	Address     string
	CA          string
	Certificate string
	Key         string
	Calls       []Call
}

// Call is one call, with a token or without.
type Call struct {
	Method string
	Caller string
	Token  *string
}

// Read reads the plan that the command line names.
func Read() (plan Plan) {
	text, err := os.ReadFile(os.Args[1])
	Must(err)
	Must(json.Unmarshal(text, &plan))
	return plan
}

// Roots are the certificates of the CA.
func (plan Plan) Roots() *x509.CertPool {
	pem, err := os.ReadFile(plan.CA)
	Must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return roots
}

// Own is the peer's certificate, if it has one.
func (plan Plan) Own() []tls.Certificate {
	if plan.Certificate == "" {
		return nil
	}
	own, err := tls.LoadX509KeyPair(plan.Certificate, plan.Key)
	Must(err)
	return []tls.Certificate{own}
}

// Streams tells which sides of a method stream, from its name.
func Streams(method string) (requests, responses bool) {
	bidi := strings.HasPrefix(method, "Bidi")
	return bidi || strings.HasPrefix(method, "ClientStream"), bidi || strings.HasPrefix(method, "ServerStream")
}

// Report prints one line of JSON.
func Report(line any) {
	text, err := json.Marshal(line)
	Must(err)
	fmt.Println(string(text))
}

// Must ends the peer on an error.
func Must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
