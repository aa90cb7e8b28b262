#!/bin/bash -eu
# Builds the fuzz targets for OSS-Fuzz and ClusterFuzzLite. It runs in their base
# image for Go, which provides compile_native_go_fuzzer, $SRC and $OUT. The target of
# examples/lacpd is not among them: that tool can't import a program.
cd "$SRC/lagkit"
module=$(GOWORK=off go list -m)
grep -rlE '^func Fuzz' --include='*_test.go' fuzz | sort | while read -r file; do
	dir=$(dirname "$file")
	grep -oE '^func Fuzz[A-Za-z0-9_]+' "$file" | awk '{print $2}' | while read -r target; do
		compile_native_go_fuzzer "$module/$dir" "$target" "$target"
		corpus=$dir/testdata/fuzz/$target
		if [ -d "$corpus" ]; then
			zip -qj "$OUT/${target}_seed_corpus.zip" "$corpus"/*
		fi
	done
done
