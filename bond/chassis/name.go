package chassis

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/lagkit/lagkit/lacp"
)

// NameError is the error of a name that another box of the group has.
type NameError struct {
	Me          ID
	Have, Owner string // the identifier of this box, and that of the box with the name
}

// Error names the chassis and both boxes.
func (e *NameError) Error() string {
	return fmt.Sprintf("chassis: name %s of box %s belongs to box %s", e.Me, e.Have, e.Owner)
}

// boxLen is the length of the identifier of a box, in octets before they are encoded.
const boxLen = 8

// OwnName checks that no other box has the name of this chassis. Of two boxes with one name only one
// carries a LAG, but the others can't tell them apart: call it before [Join]. Each box has a random identifier, which is
// made once and lives in a file; the store keeps that of the first box with a name for good. So a box of
// the same image, or with a copied configuration, is refused. A copy of the file is not noticed: leave
// it out of images. A box that has lost its file is refused too, so the file has to outlive restarts. An
// operator frees the name of a box that was replaced.
//
// The error is a [*NameError], a [*lacp.FieldError], that of the store, or one of the file.
func OwnName(ctx context.Context, d Directory, me ID, file string) error {
	if me == "" || len(me) > maxName {
		return &lacp.FieldError{Field: "me", Value: strconv.Quote(string(me)), Allowed: "1 to " + strconv.Itoa(maxName) + " octets"}
	}
	box, err := boxID(file)
	if err != nil {
		return err
	}
	owner, err := d.Keep(ctx, "name/"+string(me), []byte(box))
	switch {
	case err != nil:
		return fmt.Errorf("chassis: name %s not read from the store: %w", me, err)
	case string(owner) != box:
		return &NameError{me, box, string(owner)}
	}
	return nil
}

// boxID returns the identifier of this box, and makes it if there is no file.
func boxID(file string) (string, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		var b [boxLen]byte
		_, _ = rand.Read(b[:]) // never fails
		id := hex.EncodeToString(b[:])
		return id, writeFile(file, []byte(id+"\n"))
	}
	if err != nil {
		return "", fmt.Errorf("chassis: identifier of this box: %w", err)
	}
	id := strings.TrimSpace(string(text))
	if b, err := hex.DecodeString(id); err != nil || len(b) != boxLen {
		return "", fmt.Errorf("chassis: identifier of this box in %s: %.40q, want %d hexadecimal digits", file, id, 2*boxLen)
	}
	return id, nil
}
