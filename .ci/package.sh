#!/usr/bin/env bash
# Makes the Debian package of lacpd, checks what it holds, and installs it as a newcomer does:
# in a root of its own, with systemd, ten lines of YAML and a partner at the other end of two
# cables. At the end nothing is left of it. NFPM names a built nfpm.
#
# usage: .ci/package.sh PROGRAM [DIR]
#
# PROGRAM is lacpd for this processor, of .ci/build.sh. DIR gets the package.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "${1:?usage: .ci/package.sh PROGRAM [DIR]}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dir=$(realpath -m "${2:-$work}")
fail() { echo "FAILED: $*" >&2; exit 1; }
command -v dpkg-deb >/dev/null || { echo "NOT RUN: the package needs dpkg"; exit 0; }

if [ -z "${NFPM:-}" ]; then
	GOWORK=off GOFLAGS=-mod=mod GOBIN=$work go install github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2
	NFPM=$work/nfpm
fi

# A tag v1.2.3 is version 1.2.3; a later commit 1.2.3+4.gabcdef1 sorts after it, and one before
# the first tag before all.
version=$(git describe --tags --match 'v[0-9]*' 2>/dev/null | sed 's/^v//; s/-\([0-9]*\)-g/+\1.g/; s/-/~/') || true
time=$(git log -1 --format=%ct)
export DEB_VERSION=${version:-0~$(date -u -d "@$time" +%Y%m%d).$(git rev-parse --short HEAD)}
DEB_ARCH=$(dpkg --print-architecture)
export DEB_ARCH PROGRAM=$program BUILT=$work/built SOURCE_DATE_EPOCH=$time
mkdir -p "$BUILT" "$dir"
for page in lacpd.8 lacpd.yaml.5; do gzip -9n <"examples/lacpd/packaging/$page" >"$BUILT/$page.gz"; done
gzip -9n <CHANGELOG.md >"$BUILT/changelog.gz"
printf 'lacpd (%s) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- lagkit maintainers <maintainers@users.noreply.github.com>  %s\n' \
	"$DEB_VERSION" "$(date -u -R -d "@$time")" | gzip -9n >"$BUILT/changelog.Debian.gz"
deb=$dir/lacpd_${DEB_VERSION}_$DEB_ARCH.deb
(cd examples/lacpd/packaging && "$NFPM" package -p deb -f nfpm.yaml -t "$deb") >/dev/null
(cd examples/lacpd/packaging && "$NFPM" package -p deb -f nfpm.yaml -t "$work/again.deb") >/dev/null
cmp "$deb" "$work/again.deb" || fail "two packages of the same files differ"

dpkg-deb -I "$deb" >"$work/control"
for want in "Package: lacpd" "Version: $DEB_VERSION" "Architecture: $DEB_ARCH" "Depends: adduser | systemd" postinst prerm postrm; do
	grep -qF "$want" "$work/control" || fail "dpkg-deb -I lacks $want: $(cat "$work/control")"
done
dpkg-deb -c "$deb" >"$work/files"
while read -r mode path; do
	grep -Eq "^$mode root/root .* \./?$path\$" "$work/files" || fail "the package lacks $mode $path: $(cat "$work/files")"
done <<-END
	-rwxr-xr-x usr/sbin/lacpd
	-rw-r--r-- usr/lib/systemd/system/lacpd.service
	-rw-r--r-- usr/lib/sysusers.d/lagkit.conf
	-rw-r--r-- usr/share/man/man8/lacpd.8.gz
	-rw-r--r-- usr/share/man/man5/lacpd.yaml.5.gz
	-rw-r--r-- usr/share/bash-completion/completions/lacpd
	-rw-r--r-- usr/share/zsh/vendor-completions/_lacpd
	-rw-r--r-- usr/share/fish/vendor_completions.d/lacpd.fish
	-rw-r--r-- usr/share/doc/lacpd/copyright
	-rw-r--r-- usr/share/doc/lacpd/changelog.Debian.gz
	-rw-r--r-- usr/share/doc/lacpd/examples/bonds.yaml
	drwxr-xr-x etc/lagkit/
END
echo "$(basename "$deb"): $(stat -c %s "$deb") octets, $(grep -vc '^d' "$work/files") files"

if [ "$(id -u)" != 0 ] || [ ! -x /lib/systemd/systemd ] || [ ! -c /dev/net/tun ]; then
	echo "NOT RUN: the installation needs root, systemd and TAP devices"
	exit 0
fi
examples/lacpd/packaging/newcomer.sh "$deb"
