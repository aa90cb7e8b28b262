#!/bin/sh
# Gets Debian's kernel package for the lab's guest, without installing it: into the
# directory $LAGKIT_KERNEL, or ~/.cache/lagkit. Does nothing if one is there.
set -eu
dir=${LAGKIT_KERNEL:-${XDG_CACHE_HOME:-$HOME/.cache}/lagkit}
mkdir -p "$dir"
cd "$dir"
for f in linux-image-*_amd64.deb; do
	[ -e "$f" ] && exit 0
done
package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ { print $2; exit }')
exec apt-get download -qq "$package"
