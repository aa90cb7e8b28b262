#!/usr/bin/env bash
# Compares the benchmarks of a package with those of an earlier commit. Where the linker puts a
# function changes its time by up to 5 %, so each commit is built LAYOUTS times (16), with its
# functions in random order. In each of ROUNDS rounds (100) one program of each commit runs, for
# BENCHTIME a benchmark (50ms). Fails if the upper end of a 95 % interval of the median ratio is
# above LIMIT (1.03). It needs a machine with nothing else to do.
#   benchmarks.sh 785c6e9 lacp SystemFast
set -euo pipefail
base=${1:?the commit to compare with} package=${2:?the folder of the package} benchmarks=${3:?the benchmarks}
layouts=${LAYOUTS:-16} rounds=${ROUNDS:-100} limit=${LIMIT:-1.03}
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/internal/bench/interval.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/base"
git -C "$root" archive "$base" | tar -x -C "$work/base"
ln -s "$root" "$work/now"
for which in now base; do
	for ((k = 0; k < layouts; k++)); do
		(cd "$work/$which" && go test -c -ldflags "-randlayout=$((k + 1))" -o "$work/$which$k" "./$package")
	done
done

# once WHICH prints "NAME NANOSECONDS" of each benchmark, in a random layout
once() {
	"$work/$1$((RANDOM % layouts))" -test.run '^$' -test.cpu 1 -test.bench "$benchmarks" \
		-test.benchtime "${BENCHTIME:-50ms}" | awk '$4 == "ns/op" {print $1, $3}' >"$work/$1.times"
}

for ((r = 0; r < rounds; r++)); do
	if ((r % 2)); then once now; once base; else once base; once now; fi
	join <(sort "$work/now.times") <(sort "$work/base.times") |
		awk -v to="$work/ratios." '{name = $1; gsub("/", "@", name); print $2 / $3 >>(to name)}'
done
failed=
for file in "$work"/ratios.*; do
	name=${file#"$work"/ratios.} name=${name//@//}
	read -r count median low high <<<"$(interval "$file")"
	printf '%-50s ratio %.3f, 95 %% interval %.3f to %.3f, %d rounds\n' "$name" "$median" "$low" "$high" "$count"
	awk "BEGIN {exit !($high > $limit)}" && failed+=" $name"
done
[ -z "$failed" ] || { echo "above $limit:$failed" >&2; exit 1; }
