//go:build noetcd

package group

import (
	"context"
	"errors"
	"log/slog"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
)

var errNoEtcd = errors.New("this lacpd was built without the driver of etcd")

// OpenEtcd fails: the file is refused before.
func OpenEtcd(context.Context, *config.Chassis, *Files, *slog.Logger) (chassis.Directory, error) {
	return nil, errNoEtcd
}

// Compare fails: there is no store to ask.
func Compare(context.Context, *config.File, Open) (config.Problems, error) {
	return nil, errNoEtcd
}

func (g *Group) join() {}

func (g *Group) remembered() identity { return identity{} }
