#!/usr/bin/env bash
# Runs each fuzz target for FUZZ_SECONDS from its corpus. New inputs go to build/fuzz/found; those that crash stay there and
# are named at the end, ready to be copied to fuzz/corpus/TARGET once the fault is fixed.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-60}
status=0
for name in $(git ls-files '*CMakeLists.txt' | xargs sed -nE 's/^ *warren_fuzz\(([a-z0-9_]+).*/\1/p'); do
  target=build/fuzz/bin/$name
  found=build/fuzz/found/$name
  corpus=fuzz/corpus/$name
  mkdir -p "$found"
  echo "=== $name, $seconds s ==="
  "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$found/" "$found" $([[ -d $corpus ]] && echo "$corpus") || status=1
done
for crash in $(find build/fuzz/found -name 'crash-*' -o -name 'timeout-*' -o -name 'oom-*' -o -name 'leak-*'); do
  echo "kept: $crash"
done
exit $status
