package main

import (
	"bytes"
	"context"
	"encoding/json"
	"runtime"
	"runtime/debug"
	"testing"
)

// TestVersionShowsHowTheProgramWasBuilt checks both forms for a release, for a build from
// changed files and for one without information about the commit.
func TestVersionShowsHowTheProgramWasBuilt(t *testing.T) {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	stamped := []debug.BuildSetting{
		{Key: "-tags", Value: "noetcd"}, {Key: "vcs.revision", Value: "0a1b"},
		{Key: "vcs.time", Value: "2026-11-27T10:00:00Z"}, {Key: "vcs.modified", Value: "true"},
	}
	for _, tt := range []struct {
		info debug.BuildInfo
		want string
	}{
		{debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.0"}}, "lacpd v1.2.0\ngo1.26.8 " + platform + "\n"},
		{debug.BuildInfo{GoVersion: "go1.26.8"}, "lacpd (devel)\ngo1.26.8 " + platform + "\n"},
		{debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.1-0.2026+dirty"}, Settings: stamped},
			"lacpd v1.2.1-0.2026+dirty\ncommit 0a1b of 2026-11-27T10:00:00Z, modified\ngo1.26.8 " + platform + " tags noetcd\n"},
	} {
		v := versionOf(&tt.info)
		if got := v.String(); got != tt.want {
			t.Errorf("version prints\n%swant\n%s", got, tt.want)
		}
	}
}

// TestVersionJSON checks that version -json prints one object with the fields that every build
// has.
func TestVersionJSON(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(context.Background(), []string{"version", "-json"}, &out, &errs); code != exitOK || errs.Len() > 0 {
		t.Fatalf("version -json exits with %d and prints %q, want 0 and no error", code, &errs)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("version -json prints %s: %v", &out, err)
	}
	for key, want := range map[string]any{"go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH} {
		if got[key] != want {
			t.Errorf("%s = %v, want %v", key, got[key], want)
		}
	}
	if v, _ := got["version"].(string); v == "" {
		t.Errorf("version = %v, want a text", got["version"])
	}
}
