# Sourced by run: what does not fit in the hour. It repeats nothing of the other modes. An
# ordinary user gets the steps up to fuzzing. PAIRBASE is the commit to compare the speed with
# (default: the last tag).
install_tools dpdk-dev libdpdk-dev

step 1800 "static builds for all processors, the same from two folders and two caches"
built=$(mktemp -d)
.ci/build.sh -twice "$built" linux/amd64 linux/arm64 linux/arm linux/mips linux/riscv64
rm -r "$built"

step 600 "all of it builds on the other systems that have a port"
for target in linux/arm64 linux/arm linux/386 linux/mips linux/riscv64 linux/s390x darwin/arm64 windows/amd64; do
	CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/} go build work
done

step 3600 "telegraf and the structs of OpenConfig take lacpd's status"
.ci/compat.sh telegraf openconfig

step 1800 "the longer explorations of the model, which need 6 GB of memory"
go test ./lacp -count=1 -timeout 30m -run '^TestModel$' -v -model

swarm 30001 1070000 5400 # .ci/run has the seeds before

step 10800 "each guard of the engine, broken, fails a test"
go run ./internal/mutate

fuzz "${FUZZTIME:-15m}"

root || { echo "not root: skipped are the lab, lives, chaos, soak and speed"; return 0; }

step 900 "lacpd is killed during a hundred changes"
LAGKIT_LAB=1 LAGKIT_LONG=1 go test ./examples/lacpd -count=1 -timeout 15m -run '^TestKillDuringAChange' -v

step 600 "a process that is stopped for longer than the slow timeout"
LAGKIT_LONG=1 go test ./internal/lab -count=1 -timeout 10m -run '^TestStoppedProcess$' -v

step 3600 "the lab with frames in the kernel"
LAGKIT_LAB=1 LAGKIT_PLANE=auto go test ./internal/lab -count=1 -timeout 50m -skip '^Test(Interop|Adapters|ChaosInGuest|Soak|Hosts)'

step 3600 "the planes in the kernel of a guest without TCX, and over the team driver; a chaos there"
go test ./internal/lab -count=1 -timeout 55m -run '^(TestKernelPlaneInGuest|TestTeamPlaneInGuest|TestLacpdOverTeamInGuest|TestChaosInGuest)$' -v

results=$(mktemp -d) # the tables of the repository stay as they are
trap 'rm -rf "$results"' EXIT
step 3600 "interoperation: all cases with each peer"
internal/lab/interop.sh -interop "$results/INTEROP.md" -captures "$results/captures"

step 3600 "adapters: never worse than the kernel's bonding driver"
internal/lab/adapters.sh -adapters "$results/ADAPTERS.md"

lives 1000 7200
chaos "${CHAOSTIME:-30m}" "${CHAOSSEED:-$RANDOM}"
soak "${SOAKTIME:-30m}"

base=${PAIRBASE:-$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || true)}
if [ -n "$base" ]; then
	step 14400 "CPU time of a frame, compared with $base: needs a machine with nothing else to do"
	internal/bench/bond/paired.sh "$base"
	step 1800 "the engine and the hash, compared with $base: needs a machine with nothing else to do"
	internal/bench/benchmarks.sh "$base" lacp SystemFast
	internal/bench/benchmarks.sh "$base" hash 'Sum32s?/.*/mix|Pick'
else
	echo "no tag and no PAIRBASE: the speed is compared with nothing"
fi

step 300 "200 chassis over three members of etcd: needs a machine with nothing else to do"
LAGKIT_LAB=1 go test ./bond/chassis/etcd/etcdtest -count=1 -run '^TestScale$' -v

step 900 "targets of speed: needs a machine with nothing else to do"
LACP_SPEED=check go test ./lacp -count=1 -run '^(TestSpeedRatios|TestHourOfTenThousandPorts)$' -v
HASH_SPEED=check go test ./hash/spread ./internal/bench/hash -count=1 -p 1 -run 'Speed$' -v
BOND_SPEED=check go test ./bond -count=1 -run '^TestCarrierLossSpeed$' -v

step 3600 "the plane in the kernel: a million frames for each policy, a hundred moves of flows"
EBPF_FRAMES=1000000 EBPF_MOVES=100 go test ./bond/plane/ebpf -count=1 -timeout 1h -run '^(TestHashOf|TestPlannedMoves|TestOrderOverPlannedMoves)' -v
