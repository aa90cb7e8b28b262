package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// certificates are the files of a certificate authority, of the members of etcd, and of their
// clients.
type certificates struct {
	ca                string
	server, root, box pair // those of the clients name their users
}

// pair are the files of a certificate and its key.
type pair struct{ cert, key string }

// clientTLS returns the settings of a client, which has a certificate of its own unless own is empty.
func clientTLS(ca string, own pair) (*tls.Config, error) {
	config := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	if own != (pair{}) {
		cert, err := tls.LoadX509KeyPair(own.cert, own.key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{cert}
	}
	text, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	config.RootCAs.AppendCertsFromPEM(text)
	return config, nil
}

// newCertificates makes certificates for servers with addresses.
func newCertificates(t testing.TB, addresses ...string) *certificates {
	t.Helper()
	dir := t.TempDir()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lab"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	key := newKey(t)
	one := func(name string, number int64, addresses []string) pair {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(number), Subject: pkix.Name{CommonName: name},
			NotBefore: authority.NotBefore, NotAfter: authority.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}
		for _, a := range addresses {
			template.IPAddresses = append(template.IPAddresses, net.ParseIP(a))
		}
		own := newKey(t)
		p := pair{filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")}
		writeCertificate(t, p.cert, template, authority, own, key)
		der, err := x509.MarshalECPrivateKey(own)
		if err != nil {
			t.Fatal(err)
		}
		writePEM(t, p.key, "EC PRIVATE KEY", der)
		return p
	}
	c := &certificates{ca: filepath.Join(dir, "ca.crt"), server: one("server", 2, addresses), root: one(rootUser, 3, nil), box: one(boxUser, 4, nil)}
	writeCertificate(t, c.ca, authority, authority, key, key)
	return c
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// writeCertificate signs a certificate for a key with the key of an issuer.
func writeCertificate(t testing.TB, file string, template, issuer *x509.Certificate, own, by *ecdsa.PrivateKey) {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &own.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, file, "CERTIFICATE", der)
}

func writePEM(t testing.TB, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
