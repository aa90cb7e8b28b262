#!/usr/bin/env bash
# Runs golangci-lint on every module, given by their folders. Where its many dependencies can't
# be downloaded, it says so and runs the greatest part of it, staticcheck.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if GOBIN=$work go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0; then
	for module; do (cd "$module" && "$work/golangci-lint" run ./...); done
else
	echo "NOT RUN: golangci-lint can't be built here. staticcheck in its place:"
	GOBIN=$work go install honnef.co/go/tools/cmd/staticcheck@v0.8.2
	for module; do (cd "$module" && "$work/staticcheck" ./...); done
fi
