package lab

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// writeCaptures writes, by case, the frames that the peer sent and received on one cable, for
// each pair of lagkit and a peer with two members at the fast rate: LACPDUs, Markers and the
// first few data frames of both ends.
func (r *report) writeCaptures(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	manifest := bytes.NewBufferString("file\tframes\tpeer\tversion\tcase\tsha256\n")
	cases := make(map[string]string)
	for _, one := range r.results {
		if one.a != ours || one.b == ours || one.config != plain || one.frames == 0 {
			continue
		}
		name := captureName(one.b.name, one.name)
		if other, taken := cases[name]; taken {
			t.Fatalf("%q and %q of %s have one capture file, %s", other, one.name, one.b.name, name)
		}
		cases[name] = one.name
		if err := os.WriteFile(filepath.Join(dir, name), one.capture, 0o644); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(manifest, "%s\t%d\t%s\t%s\t%s\t%x\n", name, one.frames, one.b.name, one.version, one.name, sha256.Sum256(one.capture))
	}
	if err := os.WriteFile(filepath.Join(dir, manifestFile), manifest.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
