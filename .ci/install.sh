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

# release MODULE...: in this folder, names versions in place of the replaces of these modules.
release() {
	local path
	for path; do
		if go mod edit -json | grep -A 1 '"Old": {' | grep -qF "\"$path\""; then
			go mod edit -dropreplace="$path" -require="$path@$version"
		fi
	done
	quietly go mod tidy
}

cd "$folder/release"
released=$module # those before a module in go.work are all that it needs
for dir in $nested; do
	# shellcheck disable=SC2086 # one word a module
	(cd "$dir" && release $released)
	released+=" $module/$dir"
	git commit -q -m "Release $dir" "$dir"
	git tag "$dir/$version"
	git push -q origin "$dir/$version"
done
cd "$folder"
quietly go mod download "$module/examples/lacpd@$version"

# A program with the store in etcd gets etcd's client into its go.mod, and not the server that the
# tests of the store need.
mkdir "$folder/importer"
(
	cd "$folder/importer"
	printf 'module example.com/importer\n\ngo %s\n' "$(go env GOVERSION | sed 's/^go//; s/[^0-9.].*//')" >go.mod
	printf 'package main\n\nimport _ "%s/bond/chassis/etcd"\n\nfunc main() {}\n' "$module" >main.go
	quietly go get "$module/bond/chassis/etcd@$version"
	quietly go mod tidy
	quietly go build -o program .
	grep -q go.etcd.io/etcd/client/v3 go.mod || { echo "FAILED: the store in etcd needs no client" >&2; exit 1; }
	if grep -H go.etcd.io/etcd/server go.mod go.sum; then
		echo "FAILED: a program that imports the store in etcd gets the server into its go.mod or go.sum" >&2
		exit 1
	fi
	echo "a program that imports $module/bond/chassis/etcd: $(go version -m program | grep -c '^	dep') modules, no server of etcd"
)

# The file proxy: what was downloaded, and nothing of the clone.
quietly env -u GIT_CONFIG_COUNT GOBIN="$folder/bin" GOMODCACHE="$folder/fresh" GONOPROXY=none \
	GOPROXY="file://$folder/cache/cache/download,$proxy" GOSUMDB=off CGO_ENABLED=0 \
	go install "$module/examples/lacpd@$version"
"$folder/bin/lacpd" check -config /dev/null >"$folder/log" 2>&1 && { echo "FAILED: lacpd takes an empty file" >&2; exit 1; }
grep -q bonds "$folder/log" || { cat "$folder/log" >&2; echo "FAILED: lacpd does not say what an empty file lacks" >&2; exit 1; }
echo "go install $module/examples/lacpd@$version: $(go version -m "$folder/bin/lacpd" | awk '$1 == "mod" { print $2, $3 }')"
