package lab

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/lagkit/lagkit/bond/netif"
)

// The environment of a process that the test program starts of itself: what it is, and its
// configuration as JSON.
const (
	roleEnv   = "CHASSIS_LAB_ROLE"
	configEnv = "CHASSIS_LAB_CONFIG"
)

// roles are what such a process can be.
var roles = map[string]func(config []byte) error{
	"box":      playBox,
	"member":   playMember,
	"watchdog": playWatchdog,
}

// play runs a role and returns the exit status.
func play(role string) int {
	run, ok := roles[role]
	if !ok {
		fmt.Fprintf(os.Stderr, "%s=%s is no role\n", roleEnv, role)
		return 2
	}
	if err := run([]byte(os.Getenv(configEnv))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// roleCommand returns the command that starts this program in a role.
func roleCommand(role string, config any) (*exec.Cmd, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(withoutRole(os.Environ()), roleEnv+"="+role, configEnv+"="+string(text))
	return cmd, nil
}

// withoutRole removes the role of this process.
func withoutRole(env []string) (rest []string) {
	for _, v := range env {
		if !strings.HasPrefix(v, roleEnv+"=") && !strings.HasPrefix(v, configEnv+"=") {
			rest = append(rest, v)
		}
	}
	return rest
}

// playWatchdog takes the carrier of a box's members away when the box dies, or is silent for a time.
func playWatchdog(config []byte) error {
	var patience time.Duration
	if err := json.Unmarshal(config, &patience); err != nil {
		return err
	}
	_, err := netif.GuardMembers(os.Stdin, os.Stdout, patience)
	return err
}
