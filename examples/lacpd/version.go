package main

import (
	"context"
	"encoding/json"
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
	name: "version",
	help: "prints the version of this program and how it was built.",
	flags: func(f *flag.FlagSet, a *arguments) {
		f.BoolVar(&a.json, "json", false, "print it as JSON")
	},
	run: runVersion,
}

// runVersion runs the command version and returns the exit status.
func runVersion(_ context.Context, a *arguments, stdout, stderr io.Writer) int {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	v := versionOf(info)
	var err error
	if a.json {
		e := json.NewEncoder(stdout)
		e.SetIndent("", "  ")
		err = e.Encode(v)
	} else {
		_, err = io.WriteString(stdout, v.String())
	}
	if err != nil {
		return failed(stderr, err)
	}
	return exitOK
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
