#!/usr/bin/env bash
# Prints which statements of the codecs and the engine the corpora reach alone:
# the fuzz targets replay their seeds, and nothing else runs. Fails if a package
# is below 95 %. With -v the lines that are not reached are listed too.
set -euo pipefail
cd "$(dirname "$0")/.."
module=$(GOWORK=off go list -m)
profile=$(mktemp)
trap 'rm -f "$profile"' EXIT
go test ./fuzz -count=1 -run '^Fuzz' -coverpkg="$module/lacp,$module/marker" -coverprofile="$profile" >/dev/null
# A line of the profile: file:from,to statements times. One block has several.
awk -v verbose="${1:-}" -v module="$module/" '
	NR > 1 {
		statements[$1] = $2
		times[$1] += $3
	}
	END {
		for (block in statements) {
			package = block
			sub(/\/[^\/]*$/, "", package)
			all[package] += statements[block]
			if (times[block] > 0)
				reached[package] += statements[block]
			else if (verbose == "-v" && statements[block] > 0)
				print substr(block, length(module) + 1), "is not reached" | "sort -V >&2"
		}
		for (package in all) {
			share = 100 * reached[package] / all[package]
			printf "%s: %d of %d statements, %.1f %%\n", package, reached[package], all[package], share
			if (share < 95) low = 1
			packages++
		}
		if (packages != 2) {
			print "measured", packages + 0, "packages, want lacp and marker" >"/dev/stderr"
			low = 1
		}
		exit low
	}' "$profile"
