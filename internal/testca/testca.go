// Package testca is a certificate authority for tests of programs that use TLS: it signs certificates of
// servers and clients and writes them to files that are gone after the test.
package testca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// CA is an authority. Its certificates are valid for an hour.
type CA struct {
	t      testing.TB
	dir    string
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	issued int64
}

// Pair names the files of a certificate and its key, in PEM. The zero value is none.
type Pair struct{ Cert, Key string }

// New returns a new authority.
func New(t testing.TB) *CA {
	t.Helper()
	ca := &CA{t: t, dir: t.TempDir(), key: newKey(t)}
	ca.cert = ca.template("authority")
	ca.cert.IsCA, ca.cert.BasicConstraintsValid = true, true
	ca.cert.KeyUsage = x509.KeyUsageCertSign
	der := ca.sign(ca.cert, ca.key)
	ca.write(ca.File(), "CERTIFICATE", der)
	var err error
	if ca.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return ca
}

// File returns the file with the certificate of the authority, in PEM.
func (ca *CA) File() string { return filepath.Join(ca.dir, "ca.crt") }

// Issue returns a certificate with a common name, for a client, and for a server that is reached by hosts:
// names or IP addresses.
func (ca *CA) Issue(name string, hosts ...string) Pair {
	ca.t.Helper()
	cert, key := ca.template(name), newKey(ca.t)
	cert.KeyUsage = x509.KeyUsageDigitalSignature
	cert.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, host := range hosts {
		if ip, err := netip.ParseAddr(host); err == nil {
			cert.IPAddresses = append(cert.IPAddresses, ip.AsSlice())
		} else {
			cert.DNSNames = append(cert.DNSNames, host)
		}
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		ca.t.Fatal(err)
	}
	file := filepath.Join(ca.dir, strconv.FormatInt(ca.issued, 10))
	p := Pair{Cert: file + ".crt", Key: file + ".key"}
	ca.write(p.Cert, "CERTIFICATE", ca.sign(cert, key))
	ca.write(p.Key, "EC PRIVATE KEY", private)
	return p
}

// Client returns the settings of a client that trusts the authority and shows own, if there is one.
func (ca *CA) Client(own Pair) *tls.Config {
	ca.t.Helper()
	c, err := Client(ca.File(), own)
	if err != nil {
		ca.t.Fatal(err)
	}
	return c
}

// Client is [CA.Client] for a process that has only the file of the authority.
func Client(file string, own Pair) (*tls.Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	if !c.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s has no certificate", file)
	}
	if own == (Pair{}) {
		return c, nil
	}
	cert, err := tls.LoadX509KeyPair(own.Cert, own.Key)
	c.Certificates = []tls.Certificate{cert}
	return c, err
}

func (ca *CA) template(name string) *x509.Certificate {
	ca.issued++
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(ca.issued), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
	}
}

// sign signs the certificate of a key.
func (ca *CA) sign(cert *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	ca.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, cert, ca.cert, &key.PublicKey, ca.key)
	if err != nil {
		ca.t.Fatal(err)
	}
	return der
}

func (ca *CA) write(file, kind string, der []byte) {
	ca.t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		ca.t.Fatal(err)
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
