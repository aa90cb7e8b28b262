#!/bin/sh
# Compares package hash to the same arithmetic in C at -O2. They take turns.
# Arguments go to the Go side: -rounds 21, -tags inline, -limit 1.0, -h.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CC:-gcc}" -O2 -Wall -Wextra -o "$work/ref" c/ref.c
CGO_ENABLED=0 go build -o "$work/bench" .
# With taskset, use one processor: the two sides never run at the same time.
$(command -v taskset >/dev/null && echo taskset -c 0) "$work/bench" -ref "$work/ref" "$@"
