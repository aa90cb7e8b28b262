//go:build !noetcd

package group

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lagkit/lagkit/bond/chassis"
)

// The names of the files that keep it, after that of the group.
const (
	systemExt = ".identity"
	numberExt = ".number"
)

func (g *Group) file(ext string) string {
	return filepath.Join(g.dir, "chassis-"+g.Config.Group+"-"+g.Config.Name+ext)
}

// learn gets the identity from the store, or from the copy in files if the store does not answer.
func (g *Group) learn(ctx context.Context, d chassis.Directory) (id identity, err error) {
	if err := os.MkdirAll(g.dir, 0o700); err != nil {
		return id, err
	}
	group, err := chassis.LoadIdentity(ctx, d, g.file(systemExt))
	if err != nil {
		return id, err
	}
	id.System = group.System.MAC
	id.Number, err = chassis.Number(ctx, d, chassis.ID(g.Config.Name), g.Config.Number)
	var taken *chassis.NumberError
	switch {
	case err == nil:
		return id, os.WriteFile(g.file(numberExt), []byte(strconv.Itoa(id.Number)+"\n"), 0o600)
	case errors.As(err, &taken):
		return id, err
	}
	if id.Number = g.rememberedNumber(); id.Number == 0 {
		return id, err
	}
	return id, nil
}

// remembered returns the copy in files, as far as there is one.
func (g *Group) remembered() (id identity) {
	if g.Config.External {
		return id
	}
	group, err := chassis.LoadIdentity(context.Background(), offline{}, g.file(systemExt))
	if err != nil { // learn reports a copy that is damaged
		return id
	}
	return identity{group.System.MAC, g.rememberedNumber()}
}

// rememberedNumber returns the number that the store gave this box, or 0. If the file names another one,
// the store has to agree first.
func (g *Group) rememberedNumber() int {
	text, err := os.ReadFile(g.file(numberExt))
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || n < 1 || n > chassis.MaxNumber || g.Config.Number != 0 && g.Config.Number != n {
		return 0
	}
	return n
}

// offline is a store that does not answer.
type offline struct{ chassis.Directory }

var errOffline = errors.New("the store was not asked")

// Keep implements [chassis.Directory].
func (offline) Keep(context.Context, string, []byte) ([]byte, error) { return nil, errOffline }
