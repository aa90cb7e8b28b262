# Sourced by run: steps with a budget of time, and commands for all modules.
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# step SECONDS TEXT: begins a step and says how long it may take. It also prints how long the step
# before took, and fails the run if that was longer than allowed: a check that grows is noticed.
# 0 is for the line at the end.
start=$SECONDS began=$SECONDS budget=0 title=
step() {
	local took=$((SECONDS - began))
	[ "$budget" = 0 ] || printf -- '--- took %d s of at most %d s: %s\n' "$took" "$budget" "$title"
	[ "$budget" = 0 ] || [ "$took" -le "$budget" ] || fail "\"$title\" took $took s, its budget is $budget s"
	budget=$1 title=$2 began=$SECONDS
	printf '\n=== %4ds  %s\n' "$((SECONDS - start))" "$title"
}

# seconds LENGTH: prints a length of time such as 90s, 2m or 1h in seconds, for a budget.
seconds() {
	[[ $1 =~ ^([0-9]+)([smh])$ ]] || fail "length of time $1: allowed: a number with s, m or h"
	local -A unit=([s]=1 [m]=60 [h]=3600)
	echo $((10#${BASH_REMATCH[1]} * ${unit[${BASH_REMATCH[2]}]}))
}

# each_module COMMAND...: runs a command in the folder of every module.
modules=$(sed -n 's/^\t\(\..*\)$/\1/p' go.work)
[ -n "$modules" ] || fail "go.work names no module"
each_module() {
	local module
	for module in $modules; do (cd "$module" && "$@") || fail "$* in module $module"; done
}

root() { [ "$(id -u)" = 0 ]; }

# install_tools PACKAGE...: installs what all tests need, and these packages.
install_tools() {
	root && command -v apt-get >/dev/null || return 0
	step 900 "install what the tests need: Open vSwitch, iproute2, nftables, tshark, gcc, QEMU, teamd, busybox, systemd, shells, Chromium, etcd, FRR"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends openvswitch-switch iproute2 iputils-ping ethtool nftables tshark gcc libc6-dev \
		qemu-system-x86 xz-utils libteam-utils busybox-static qemu-user-static \
		systemd adduser man-db zsh fish chromium etcd-server frr "$@" >/dev/null
	# The guest's kernel; without it the tests that boot one say that they are skipped.
	internal/lab/fetch-kernel.sh || echo "no kernel package for the lab's guest"
	# Checks of lacpd's page and of its alert rules; without them their tests are skipped too.
	tools=$(mktemp -d)
	command -v npm >/dev/null || apt-get install -y -qq --no-install-recommends npm >/dev/null || true
	if examples/lacpd/webtest/axe.sh "$tools" >/dev/null; then
		export AXE=$tools
	else
		echo "no axe-core: the accessibility of lacpd's page is not checked"
	fi
	if PROMTOOL=$(examples/lacpd/monitoring/promtool.sh "$tools"); then
		export PROMTOOL
	else
		unset PROMTOOL
		echo "no promtool: the tests of the alert rules are not run"
	fi
}

# clean: checks that the run has left nothing on the machine and in the repository.
files=$(git status --porcelain)
clean() {
	step 60 "nothing is left behind"
	[ -z "${tools:-}" ] || rm -r "$tools"
	local left
	left=$(ip netns list 2>/dev/null | grep -E '^lagkit' || true)
	[ -z "$left" ] || fail "network namespaces left: $left"
	[ "$(git status --porcelain)" = "$files" ] || fail "the run has changed files of the repository: $(git status --porcelain)"
}

# lane NAME COMMAND...: runs a command beside others, in a process group of its own. join_lanes waits
# for all of them, prints what each has written, and fails if one fails. Both are for a subshell of
# their own: whatever ends it ends the lanes, and its caller keeps its trap.
declare -A lane_of=() # by the number of the process
lane_outputs=
lane() {
	[ -n "$lane_outputs" ] || lane_outputs=$(mktemp -d)
	trap end_lanes EXIT
	set -m
	(
		trap 'echo "--- took $((SECONDS - began)) s"' EXIT
		"${@:2}"
	) >"$lane_outputs/$1" 2>&1 &
	set +m
	lane_of[$!]=$1
}
end_lanes() {
	local process
	for process in "${!lane_of[@]}"; do kill -- "-$process" 2>/dev/null || true; done
	rm -rf "$lane_outputs"
}
join_lanes() {
	local process failed=
	for process in "${!lane_of[@]}"; do
		wait "$process" || failed+=" ${lane_of[$process]};"
		printf -- '--- %s:\n' "${lane_of[$process]}"
		cat "$lane_outputs/${lane_of[$process]}"
	done
	[ -z "$failed" ] || fail "$failed"
}

# ordinary_user: runs the tests and the quickstart in a copy of the clone as an ordinary user, without a
# look at anything outside it.
ordinary_user() (
	folder=$(mktemp -d)
	trap 'rm -rf "$folder"' EXIT
	git ls-files -z | xargs -0 cp --parents -t "$folder"
	chmod 755 "$folder"
	# The module cache may lie where only root looks: hand over a copy of the downloads.
	mkdir -p "$folder/.home/mod/cache"
	cp -r "$(go env GOMODCACHE)/cache/download" "$folder/.home/mod/cache/"
	chown -R nobody "$folder"
	goroot=$(go env GOROOT)
	cd "$folder"
	as_nobody() {
		setpriv --reuid=nobody --regid=nogroup --clear-groups env -i \
			PATH="$goroot/bin:/usr/bin:/bin" HOME="$folder/.home" GOMODCACHE="$folder/.home/mod" \
			GOPROXY="file://$folder/.home/mod/cache/download" GOSUMDB=off CGO_ENABLED=0 "$@"
	}
	as_nobody go test -count=1 -timeout 20m work
	as_nobody go run ./examples/quickstart
)

# The steps below take as long as they are told to.

# lives COUNT SECONDS: lets so many bonds live and die, within the budget.
lives() {
	step "$2" "members are as they were after $1 lives of a bond, killed and disturbed"
	BOND_CYCLES=$1 go test -count=1 -timeout "$2s" -run StateCycles ./bond/netif
}

# swarm FIRST COUNT SECONDS: runs so many seeds of faults from a first one on.
swarm() {
	step "$3" "$2 seeds of faults from $1 on"
	timeout "$3" go test ./lacp -count=1 -timeout 0 -run '^TestSwarm$' -v -first-seed "$1" -seeds "$2" | tail -n 20 ||
		fail "a seed fails, or they took too long"
}

# chaos LENGTH SEED: plays an operator for so long with each of two partners, side by side.
chaos() {
	local length
	length=$(seconds "$1")
	step $((length + 300)) "an operator's chaos for $1 with each partner, seed $2"
	(
		lane "chaos with Open vSwitch" env SEED="$2" PARTNER=ovs internal/bench/chaos.sh "$1"
		lane "chaos with lagkit" env SEED="$2" PARTNER=lagkit internal/bench/chaos.sh "$1"
		join_lanes
	)
}

# soak LENGTH: changes a bond under load for so long.
soak() {
	local length
	length=$(seconds "$1")
	step $((length + 900)) "a bond under load for $1 while everything changes, and 1,000 members added and removed"
	internal/bench/bond/soak.sh "$1"
}

# fuzz LENGTH: runs each fuzz target for so long.
fuzz() {
	local length targets
	length=$(seconds "$1")
	targets=$(grep -rhE '^func Fuzz' --include='*_test.go' . | wc -l)
	step $((targets * (length + 60))) "each of $targets fuzz targets for $1"
	FUZZTIME=$1 fuzz/run.sh
}
