#!/usr/bin/env bash
# Imports a commit of this repository as a stranger does: a module of its own,
# outside the clone, fetches it by its path. The go command makes a module zip of the
# commit, so a file that such a zip cannot hold fails here as it would for everybody.
#
# usage: .ci/import.sh [COMMIT]   (default: HEAD)
#
# Only this module comes from the clone, by git's insteadOf; the others come as
# GOPROXY says. Nothing outside a temporary folder is changed.
set -euo pipefail
. "$(dirname "$0")/origin.sh"

# importer NAME PACKAGE... makes a program that imports the packages, builds it and
# shows what its go.mod and the program itself have come to hold.
importer() {
	local name=$1 package
	shift
	mkdir "$folder/$name"
	cd "$folder/$name"
	printf 'module example.com/%s\n\ngo %s\n' "$name" "$(go env GOVERSION | sed 's/^go//; s/[^0-9.].*//')" >go.mod
	{
		printf 'package main\n\nimport (\n'
		for package in "$@"; do printf '\t_ "%s/%s"\n' "$module" "$package"; done
		printf ')\n\nfunc main() {}\n'
	} >main.go
	go get "$module@$commit" 2>get.log || { cat get.log >&2; echo "FAILED: go get $module@$commit" >&2; exit 1; }
	go mod tidy 2>tidy.log || { cat tidy.log >&2; exit 1; }
	go build -o program .
	echo "a program that imports $*: go.mod"
	sed -n '/require/,$p' go.mod | sed 's/^/    /'
	echo "and built in:"
	go version -m program | awk '$1 == "dep" { print "    " $2, $3 }'
}

importer engine lacp
[ "$(go version -m program | awk '$1 == "dep" { print $2 }')" = "$module" ] ||
	{ echo "FAILED: a program that imports lacp alone has other modules built in" >&2; exit 1; }
[ "$(go mod edit -json | grep -c '"Path": ".*/')" = 2 ] || # its own name, and this module
	{ echo "FAILED: importing lacp alone pulls other modules into go.mod" >&2; exit 1; }
importer all lacp marker hash bond
