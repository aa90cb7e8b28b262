#!/bin/sh
# Fetches promtool from Debian's package prometheus into a folder, without installing that.
# Prints its path. usage: promtool.sh FOLDER
set -eu
cd "$1"
apt-get download -qq prometheus >/dev/null 2>&1
dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xO ./usr/bin/promtool >promtool
rm prometheus_*.deb
chmod +x promtool
echo "$1/promtool"
