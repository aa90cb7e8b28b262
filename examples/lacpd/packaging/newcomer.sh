#!/usr/bin/env bash
# Installs a package of lacpd in a root of its own, which is a copy of this one that is thrown
# away, with systemd as its first process and a network of its own. Then it does what a
# newcomer does, and checks each result. Run by .ci/package.sh as root.
#
# usage: newcomer.sh PACKAGE
set -euo pipefail
here=$(dirname "$(realpath "$0")")
package=$(realpath "$1")
fail() { echo "FAILED: $*" >&2; exit 1; }

# boot makes the root and becomes systemd. It runs in namespaces of its own.
boot() {
	mount --make-rprivate /
	mount -t tmpfs none "$1"
	cd "$1"
	mkdir upper work root
	mount -t overlay none -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" root
	mount -t proc proc root/proc
	mount -t sysfs sysfs root/sys
	mount -t cgroup2 none root/sys/fs/cgroup
	mount -t tmpfs none root/run
	mount -t tmpfs none root/tmp
	mount -t tmpfs -o mode=755 none root/dev
	mkdir -p root/dev/net root/dev/pts root/dev/shm root/run/upper
	local device
	for device in null zero full random urandom tty; do
		touch "root/dev/$device"
		mount --bind "/dev/$device" "root/dev/$device"
	done
	mknod -m 666 root/dev/net/tun c 10 200 # the mode that udev gives it
	touch root/dev/console root/run/console
	mount --bind root/run/console root/dev/console
	mount --bind upper root/run/upper
	cp "$2" root/run/lacpd.deb
	cp "$here/newcomer-inside.sh" root/run/
	# Nothing of this machine starts there, no lacpd is installed, and packages may start and stop
	# services, which an image for containers forbids.
	rm -rf root/etc/systemd/system/*.wants root/etc/lagkit root/usr/sbin/lacpd root/usr/sbin/policy-rc.d
	ln -sf /dev/null root/etc/systemd/system/systemd-udevd.service
	exec env -i container=lagkit PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		chroot root /lib/systemd/systemd --system --unit=basic.target --log-target=console --show-status=no
}
if [ "$package" = /boot ]; then
	boot "$2" "$3"
fi

folder=$(mktemp -d)
unshare --mount --pid --fork --kill-child --net --cgroup --uts --ipc "$0" /boot "$folder" "$package" >"$folder.log" 2>&1 &
outer=$!
trap 'kill -9 $outer 2>/dev/null || true; wait $outer 2>/dev/null || true; rm -rf "$folder" "$folder.log"' EXIT
inside() { nsenter --target "$init" --mount --pid --net --cgroup --uts --ipc --root env -i --chdir=/ PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

# running waits until systemd has started.
running() {
	local try
	for try in $(seq 300); do
		init=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null | tr -d ' ') || true
		if [ -n "$init" ] && inside systemctl is-system-running 2>/dev/null | grep -Eq 'running|degraded'; then
			return
		fi
		kill -0 $outer 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}
running || fail "systemd did not start in a root of its own: $(tail -n 20 "$folder.log")"
inside bash /run/newcomer-inside.sh || fail "the newcomer's path; the log of systemd: $(inside tail -n 40 /run/console)"
