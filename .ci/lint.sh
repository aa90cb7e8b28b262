#!/usr/bin/env bash
# Runs golangci-lint on modules of the workspace, given by their folders; without one it only builds it.
# Where its many dependencies can't be downloaded, it says so and runs the greatest part of it,
# staticcheck. With LINT_BUILD, in seconds, it says so and runs go vet alone if the linter can't be
# built in that time, as on a machine where it was never built.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
built=0
GOBIN=$work timeout "${LINT_BUILD:-0}" go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 || built=$?
if [ "$built" = 0 ]; then
	[ $# = 0 ] || "$work/golangci-lint" run "${@/%//...}" # of the workspace, so what they share is read once
elif [ "$built" = 124 ]; then
	echo "NOT RUN: golangci-lint is not built yet, which takes minutes. .ci/lint.sh builds and runs it. go vet in its place."
	[ $# = 0 ] || go vet "${@/%//...}"
else
	echo "NOT RUN: golangci-lint can't be built here. staticcheck in its place:"
	GOBIN=$work go install honnef.co/go/tools/cmd/staticcheck@v0.8.2
	[ $# = 0 ] || "$work/staticcheck" "${@/%//...}"
fi
