package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

// versionView is what the command version prints: how this program was built.
type versionView struct {
	Version  string `json:"version"`            // of the module, such as v1.2.0; "(devel)" if unknown
	Revision string `json:"revision,omitempty"` // the commit
	Time     string `json:"time,omitempty"`     // of the commit, RFC 3339
	Modified bool   `json:"modified,omitempty"` // built from files that differ from the commit
	Go       string `json:"go"`
	Platform string `json:"platform"` // such as linux/amd64
	Tags     string `json:"tags,omitempty"`
}

var versionCommand = command{
	name:  "version",
	brief: "prints the version of this program",
	help:  "prints the version of this program and how it was built.",
	setup: func(f *flag.FlagSet) runFunc {
		asJSON := f.Bool("json", false, "print it as JSON")
		return func(_ context.Context, _ []string, stdout, stderr io.Writer) int {
			return runVersion(*asJSON, stdout, stderr)
		}
	},
}

// runVersion runs the command version and returns the exit status.
func runVersion(asJSON bool, stdout, stderr io.Writer) int {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	v := versionOf(info)
	if asJSON {
		return ended(stderr, printJSON(stdout, v))
	}
	_, err := io.WriteString(stdout, v.String())
	return ended(stderr, err)
}

func versionOf(info *debug.BuildInfo) versionView {
	v := versionView{Version: info.Main.Version, Go: info.GoVersion, Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if v.Version == "" {
		v.Version = "(devel)"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		case "-tags":
			v.Tags = s.Value
		}
	}
	return v
}

// String returns the lines for people.
func (v versionView) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "lacpd %s\n", v.Version)
	if v.Revision != "" {
		fmt.Fprintf(&b, "commit %s of %s", v.Revision, v.Time)
		if v.Modified {
			b.WriteString(", modified")
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%s %s", v.Go, v.Platform)
	if v.Tags != "" {
		fmt.Fprintf(&b, " tags %s", v.Tags)
	}
	b.WriteString("\n")
	return b.String()
}
