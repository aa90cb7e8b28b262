#!/usr/bin/env bash
# Builds the programs of HEAD as a release does: static, without paths of the machine, the
# commit in them. It checks lacpd's size. With -twice it builds them again in another folder
# with an empty build cache, and compares.
#
# net/http is built without HTTP/2, which lacpd's page without TLS never uses, and packages that
# no frame passes are built without inlined calls: 0.8 MB less.
#
# usage: .ci/build.sh [-twice] DIR GOOS/GOARCH...
#
# DIR/GOOS-GOARCH gets lacpd, lacpd-noetcd (with the tag noetcd, which leaves the driver of
# etcd out) and lacpdump.
set -euo pipefail
cd "$(dirname "$0")/.."
twice=
[ "${1:-}" != -twice ] || { twice=1; shift; }
[ $# -ge 2 ] || { echo "usage: .ci/build.sh [-twice] DIR GOOS/GOARCH..." >&2; exit 2; }
out=$(realpath -m "$1")
shift
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# The floating point of processors that have several kinds. ARMv7 is the oldest of Debian armhf.
declare -A kind=([linux/arm]=GOARM=7 [linux/mips]=GOMIPS=softfloat)

# The packages whose size matters more than their speed.
small="github.com/cilium/ebpf/... github.com/goccy/... github.com/prometheus/... google.golang.org/protobuf/...
	crypto/tls crypto/x509 math/big net/http github.com/lagkit/lagkit/examples/lacpd/... github.com/lagkit/lagkit/bond/chassis
	encoding/... kernel.org/... github.com/landlock-lsm/... github.com/coreos/... mime/... compress/... html/... regexp/...
	log/... text/... os/exec net vendor/... github.com/lagkit/lagkit/internal/rtnl github.com/lagkit/lagkit/bond/plane/team
	github.com/lagkit/lagkit/bond/plane/ebpf github.com/mdlayher/netlink github.com/mdlayher/genetlink"

# build FOLDER OUT TARGET: builds the clone in a folder.
build() {
	local options=(-trimpath -buildvcs=true -ldflags=-s\ -w) tags=nethttpomithttp2 package
	for package in $small; do options+=("-gcflags=$package=-l"); done
	local -x CGO_ENABLED=0 GOWORK=off GOFLAGS=-mod=readonly GOOS=${3%/*} GOARCH=${3#*/}
	[ -z "${kind[$3]:-}" ] || local -x "${kind[$3]?}"
	mkdir -p "$2"
	go build -C "$1/examples/lacpd" "${options[@]}" -tags $tags -o "$2/lacpd" .
	go build -C "$1/examples/lacpd" "${options[@]}" -tags $tags,noetcd -o "$2/lacpd-noetcd" .
	go build -C "$1" "${options[@]}" -o "$2/lacpdump" ./examples/lacpdump
}

git clone -q . "$work/one"
[ -z "$twice" ] || git clone -q . "$work/another/folder"
for target; do
	name=${target/\//-}
	build "$work/one" "$out/$name" "$target"
	if [ -n "$twice" ]; then
		GOCACHE=$work/cache build "$work/another/folder" "$work/again/$name" "$target"
		for program in lacpd lacpd-noetcd lacpdump; do
			cmp "$out/$name/$program" "$work/again/$name/$program" || fail "$program for $target differs between two builds"
		done
	fi
	grep -aq "$work" "$out/$name/lacpd" && fail "lacpd for $target has a path of this machine in it"
	go version -m "$out/$name/lacpd" | grep -q "vcs.modified=false" || fail "lacpd for $target does not know its commit"
	most=$((14 * 1024 * 1024))
	[ "$target" != linux/mips ] || most=$((31 * 1024 * 1024 / 2))
	size=$(stat -c %s "$out/$name/lacpd-noetcd")
	echo "$target: lacpd $(stat -c %s "$out/$name/lacpd") octets, with noetcd $size of at most $most, lacpdump $(stat -c %s "$out/$name/lacpdump")${twice:+, the same twice}"
	[ "$size" -le "$most" ] || fail "lacpd for $target with noetcd has $size octets"
done
