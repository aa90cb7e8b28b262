#!/usr/bin/env bash
# Tags a commit of this repository as a release does, and installs lacpd from it as
# anybody would: go install PATH@VERSION. A release drops the replaces of the nested
# modules and names the root module's version in their place.
#
# usage: .ci/install.sh [COMMIT]   (default: HEAD)
#
# The tags exist in a temporary repository only. From that the go command fills a module
# cache, and the folder of its downloads is the file proxy that lacpd is installed from.
set -euo pipefail
. "$(dirname "$0")/origin.sh"
version=v0.0.1
nested=$(sed -n 's/^\t\.\/\(.*\)$/\1/p' go.work)
[ -n "$nested" ] || { echo "FAILED: go.work names no nested module" >&2; exit 1; }
git push -q --no-verify "$folder/origin.git" "$commit:refs/tags/$version"
git clone -q "$folder/origin.git" "$folder/release"
git -C "$folder/release" config user.name release
git -C "$folder/release" config user.email release@localhost

# quietly COMMAND...: shows what it prints only if it fails.
quietly() { "$@" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; echo "FAILED: $*" >&2; exit 1; }; }

cd "$folder/release"
for dir in $nested; do
	(cd "$dir" && go mod edit -dropreplace="$module" -require="$module@$version" && quietly go mod tidy)
	git commit -q -m "Release $dir" "$dir"
	git tag "$dir/$version"
	git push -q origin "$dir/$version"
done
cd "$folder"
quietly go mod download "$module/examples/lacpd@$version"

# The file proxy: what was downloaded, and nothing of the clone.
quietly env -u GIT_CONFIG_COUNT GOBIN="$folder/bin" GOMODCACHE="$folder/fresh" GONOPROXY=none \
	GOPROXY="file://$folder/cache/cache/download,$proxy" GOSUMDB=off CGO_ENABLED=0 \
	go install "$module/examples/lacpd@$version"
"$folder/bin/lacpd" check -config /dev/null >"$folder/log" 2>&1 && { echo "FAILED: lacpd takes an empty file" >&2; exit 1; }
grep -q bonds "$folder/log" || { cat "$folder/log" >&2; echo "FAILED: lacpd does not say what an empty file lacks" >&2; exit 1; }
echo "go install $module/examples/lacpd@$version: $(go version -m "$folder/bin/lacpd" | awk '$1 == "mod" { print $2, $3 }')"
