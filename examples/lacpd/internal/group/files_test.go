package group

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// opener returns an Open of a store in memory.
func opener(m *chassistest.Memory) Open {
	return func(context.Context, *config.Chassis, *Files, *slog.Logger) (chassis.Directory, error) {
		return m.OpenDirectory(), nil
	}
}

func TestReadFiles(t *testing.T) {
	c := &config.Chassis{
		SecretFile: write(t, "0123456789abcdef\n", 0o600),
		Store:      config.Store{CA: write(t, "ca", 0o644), Cert: write(t, "cert", 0o644), Key: write(t, "key", 0o400), User: write(t, "head-a:a:b\n", 0o600)},
	}
	f, err := Read(c)
	if err != nil || string(f.Secret) != "0123456789abcdef" || string(f.CA) != "ca" || string(f.Cert) != "cert" || string(f.Key) != "key" || f.User != "head-a" || f.Password != "a:b" {
		t.Errorf("got %+v, %v", f, err)
	}
	for what, tt := range map[string]struct {
		c     config.Chassis
		field string
	}{
		"a secret that others read": {config.Chassis{SecretFile: write(t, "0123456789abcdef", 0o640)}, "heartbeat_secret"},
		"a short secret":            {config.Chassis{SecretFile: write(t, "012345678\n", 0o600)}, "heartbeat_secret"},
		"a large secret":            {config.Chassis{SecretFile: write(t, strings.Repeat("x", mostOctets+1), 0o600)}, "heartbeat_secret"},
		"a key that others read":    {config.Chassis{Store: config.Store{Key: write(t, "key", 0o604)}}, "store.key"},
		"a user without a password": {config.Chassis{Store: config.Store{User: write(t, "head-a", 0o600)}}, "store.user"},
	} {
		_, err := Read(&tt.c)
		refused(t, what, err, tt.field)
	}
	if _, err := Read(&config.Chassis{SecretFile: "/no/such/file"}); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "heartbeat_secret: ") {
		t.Errorf("no file: %v, want that heartbeat_secret does not exist", err)
	}
}
