package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// maxPage is the most octets of the page in all, without compression.
const maxPage = 200 << 10

func TestPageIsLight(t *testing.T) {
	plain, packed := 0, 0
	for _, f := range pageFiles() {
		plain += len(f.plain)
		packed += len(f.packed)
	}
	t.Logf("the page has %d octets, %d as sent", plain, packed)
	if plain > maxPage || plain == 0 {
		t.Errorf("the page has %d octets, want at most %d", plain, maxPage)
	}
}

// The Content-Security-Policy would break a page with inline code, and one that loads from
// elsewhere would not be private.
func TestPageHasNothingInlineAndNothingForeign(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<script(>|[^>]*[^>]>[^<])|<style|\sstyle=|\son[a-z]+=|javascript:`)
	foreign := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9.-]+\.[a-z]{2,}|@import|url\(`)
	unsafe := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function`)
	for name, f := range pageFiles() {
		text := strings.ReplaceAll(string(f.plain), "http://www.w3.org/2000/svg", "")
		if strings.HasPrefix(f.kind, "text/html") {
			if m := inline.FindString(text); m != "" {
				t.Errorf("%s has %q inline", name, m)
			}
		}
		if m := foreign.FindString(text); m != "" {
			t.Errorf("%s refers to %q", name, m)
		}
		if m := unsafe.FindString(text); m != "" {
			t.Errorf("%s makes markup or code from text: %s", name, m)
		}
	}
}

func TestPageIsCompressedAndCached(t *testing.T) {
	s := newServer()
	r := get(s, "GET", "localhost", "/", "Accept-Encoding", "gzip")
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil || !strings.Contains(string(b), "<title>lacpd</title>") {
		t.Errorf("the page is %q, %v", b, err)
	}
	tag := r.Header.Get("ETag")
	if r = get(s, "GET", "localhost", "/", "If-None-Match", tag); r.StatusCode != http.StatusNotModified || tag == "" {
		t.Errorf("with the tag %s: %d, want 304", tag, r.StatusCode)
	}
	for name, want := range map[string]string{"/": "text/html; charset=utf-8", "/main.js": "text/javascript; charset=utf-8", "/page.css": "text/css; charset=utf-8", "/icon.svg": "image/svg+xml"} {
		if got := get(s, "GET", "localhost", name).Header.Get("Content-Type"); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
