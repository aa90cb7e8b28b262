package chassis

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lagkit/lagkit/lacp"
)

// Identity is what all chassis of a group show their partners.
type Identity struct {
	Group  string        // a UUID of RFC 9562
	System lacp.SystemID // a locally administered MAC address; priority 0x7000 unless an operator changed it
}

// identityPriority is below the usual 0x8000, so that the group, not the partner, decides about standby
// links.
const identityPriority = 0x7000

// identityName is what the store keeps the identity under.
const identityName = "identity"

// LoadIdentity returns the identity of the group, which the first chassis that asks makes up at random.
// It keeps a copy in a file, unless file is empty: a chassis that does not reach the store uses the
// copy, and a store that has lost its content gets it back. Where the two differ, the store is right.
//
// The error is that of the store if there is no copy, a [*VersionError], an error that describes what
// is wrong with the identity, or one of the file.
func LoadIdentity(ctx context.Context, d Directory, file string) (Identity, error) {
	copied, err := readIdentity(file)
	if err != nil {
		return Identity{}, err
	}
	proposed := copied
	if proposed == nil {
		proposed = newIdentity().encode()
	}
	kept, err := d.Keep(ctx, identityName, proposed)
	if err != nil && copied == nil {
		return Identity{}, fmt.Errorf("chassis: identity not read from the store: %w", err)
	}
	if err != nil {
		return parseIdentity(copied)
	}
	id, err := parseIdentity(kept)
	if err == nil && file != "" && string(kept) != string(copied) {
		err = writeFile(file, kept)
	}
	return id, err
}

// newIdentity makes up an identity.
func newIdentity() Identity {
	var b [22]byte
	_, _ = rand.Read(b[:]) // never fails
	u, mac := b[:16], b[16:]
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80 // version 4 of a UUID
	mac[0] = mac[0]&^1 | 2                      // individual and locally administered
	return Identity{
		Group:  fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]),
		System: lacp.SystemID{Priority: identityPriority, MAC: lacp.MAC(mac)},
	}
}

// identityText is how an Identity is stored.
type identityText struct {
	V        int      `json:"v"`
	Group    string   `json:"group"`
	MAC      lacp.MAC `json:"mac"`
	Priority uint16   `json:"priority"`
}

func (id Identity) encode() []byte {
	text, _ := json.Marshal(identityText{textVersion, id.Group, id.System.MAC, id.System.Priority}) // never fails
	return text
}

// parseIdentity returns a stored identity.
func parseIdentity(text []byte) (Identity, error) {
	var t identityText
	if err := decode(text, &t); err != nil {
		return Identity{}, fmt.Errorf("chassis: identity: %w", err)
	}
	if t.MAC.IsGroup() || t.MAC == (lacp.MAC{}) || t.Group == "" {
		return Identity{}, fmt.Errorf("chassis: identity: group %q, MAC address %v, want a name and an individual address", t.Group, t.MAC)
	}
	return Identity{t.Group, lacp.SystemID{Priority: t.Priority, MAC: t.MAC}}, nil
}

// readIdentity returns the copy in a file; nil without one.
func readIdentity(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		_, err = parseIdentity(text)
	}
	if err != nil {
		return nil, fmt.Errorf("chassis: copy of the identity in %s: %w", file, err)
	}
	return text, nil
}

// writeFile replaces a file as a whole.
func writeFile(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// ESI returns an Ethernet Segment Identifier of type 1 (RFC 7432 section 5) for the LAG with a key. The
// RFC fills in the partner's System MAC and key. This one has the group's own, which are known before
// the partner is heard and are the same on all chassis; so it is unique all the same.
func (id Identity) ESI(key lacp.Key) (esi [10]byte) {
	esi[0] = 1
	copy(esi[1:], id.System.MAC[:])
	binary.BigEndian.PutUint16(esi[7:], uint16(key))
	return esi
}
