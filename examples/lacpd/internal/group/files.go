package group

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/lacp"
)

// Files is the content of the files that the section chassis names. lacpd reads them before it gives up
// the right to, so a changed file counts when it starts again.
type Files struct {
	Secret         []byte
	CA, Cert, Key  []byte // PEM
	User, Password string
}

const (
	mostOctets  = 1 << 20 // of a file
	leastSecret = 16      // octets
)

// Read reads the files, if there is a section. The error is that of a file, or a [*lacp.FieldError].
func Read(c *config.Chassis) (f Files, err error) {
	if c == nil {
		return f, nil
	}
	var user []byte
	for _, r := range []struct {
		key, name string
		secret    bool
		to        *[]byte
	}{
		{"heartbeat_secret", c.SecretFile, true, &f.Secret},
		{"store.ca", c.Store.CA, false, &f.CA},
		{"store.cert", c.Store.Cert, false, &f.Cert},
		{"store.key", c.Store.Key, true, &f.Key},
		{"store.user", c.Store.User, true, &user},
	} {
		if r.name == "" {
			continue
		}
		if *r.to, err = readFile(r.key, r.name, r.secret); err != nil {
			return f, err
		}
	}
	f.Secret = bytes.TrimSpace(f.Secret)
	if len(f.Secret) < leastSecret && c.SecretFile != "" {
		return f, &lacp.FieldError{Field: "heartbeat_secret", Value: strconv.Itoa(len(f.Secret)) + " octets in " + c.SecretFile, Allowed: "at least " + strconv.Itoa(leastSecret)}
	}
	if c.Store.User != "" {
		name, password, ok := strings.Cut(strings.TrimSpace(string(user)), ":")
		if !ok || name == "" {
			return f, &lacp.FieldError{Field: "store.user", Value: c.Store.User, Allowed: "a file with one line name:password"}
		}
		f.User, f.Password = name, password
	}
	return f, nil
}

// readFile reads a file. A secret one that others can read is refused.
func readFile(key, name string, secret bool) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	if mode := info.Mode().Perm(); secret && mode&0o077 != 0 {
		return nil, &lacp.FieldError{Field: key, Value: fmt.Sprintf("%s with mode %#o", name, mode), Allowed: "a file that only its owner can read: chmod 600"}
	}
	b, err := io.ReadAll(io.LimitReader(file, mostOctets+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", key, err)
	case len(b) > mostOctets:
		return nil, &lacp.FieldError{Field: key, Value: name, Allowed: "a file of at most " + strconv.Itoa(mostOctets) + " octets"}
	}
	return b, nil
}
