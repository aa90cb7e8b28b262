package lab

import (
	"encoding/json"
	"io"
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

// playMember is the process of a member of the etcd that this program contains, with its arguments.
// It ends with its input, which ends with the test.
func playMember(text []byte) error {
	var args []string
	if err := json.Unmarshal(text, &args); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // there is nothing to read
		os.Exit(1)
	}()
	etcdmain.Main(append([]string{"etcd"}, args...))
	return nil
}
