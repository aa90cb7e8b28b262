//go:build noetcd

package group

import (
	"context"
	"errors"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
)

// OpenEtcd fails: the file is refused before.
func OpenEtcd(context.Context, *config.Chassis, *Files) (chassis.Directory, error) {
	return nil, errors.ErrUnsupported
}
