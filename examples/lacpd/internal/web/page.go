package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed page
var page embed.FS

// file is one file of the page.
type file struct {
	plain, packed []byte // packed by gzip
	kind, tag     string
}

// pageFiles returns the files of the page by their paths.
func pageFiles() map[string]*file {
	files := make(map[string]*file)
	entries, err := page.ReadDir("page")
	if err != nil {
		panic(err) // embedded
	}
	for _, e := range entries {
		plain, err := fs.ReadFile(page, path.Join("page", e.Name()))
		if err != nil {
			panic(err) // embedded
		}
		name := "/" + e.Name()
		if name == "/index.html" {
			name = "/{$}"
		}
		files[name] = newFile(e.Name(), plain)
	}
	return files
}

func newFile(name string, plain []byte) *file {
	sum := sha256.Sum256(plain)
	return &file{plain: plain, packed: pack(plain), kind: kindOf(name), tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
}

func pack(plain []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(plain) // a Buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// kindOf returns the media type of a file. The system's own table is not asked: it may differ.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// ServeHTTP gives the file, or tells a browser that it has it.
func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache") // ask each time: another lacpd may run by then
	h.Set("ETag", f.tag)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), f.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.kind)
	body := f.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	_, _ = w.Write(body) // the client may be gone
}
