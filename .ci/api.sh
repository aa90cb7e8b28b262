#!/usr/bin/env bash
# Compares the API of the root module with that of the last tag before HEAD. Fails if an
# incompatible change is not announced in CHANGELOG.md: see internal/apicheck. Without a tag
# there is nothing to compare.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOWORK=off
apidiff=golang.org/x/exp/cmd/apidiff@v0.0.0-20261113113407-e3970619a1a4

tag=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null) ||
	{ echo "no tag yet: there is no API to compare with"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/old"
git archive "$tag" | tar -x -C "$folder/old"
module=$(go list -m)

# compare ARGUMENT...: runs apidiff, without its remarks about internal packages.
compare() { go run "$apidiff" -m "$@" 2> >(grep -v '^Ignoring internal package' >&2); }
(cd "$folder/old" && compare -w "$folder/old.api" "$module")
compare -incompatible "$folder/old.api" "$module" >"$folder/changes"
echo "API compared with $tag"
go run ./internal/apicheck CHANGELOG.md <"$folder/changes"
