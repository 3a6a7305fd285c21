#!/usr/bin/env bash
# Builds the fuzz targets and runs each for a while from its seeds.
#
#   tools/fuzz.sh [--seconds N] [--preset P] [NAME …]
#                       N per target, 60 when not given; P: fuzz (the default, optimised) or asan (what
#                       the sanitized tests are built with); no NAME: all
#
# What is found to be new stays under build/P/corpus/NAME, so that the next run goes on from there.
# An input that breaks something is written to build/P/found/NAME and named; run it again with
# build/P/bin/fuzz_NAME FILE. Ends with 1 when there is any, and when a target has no seeds.
set -euo pipefail
cd "$(dirname "$0")/.."

duration=60
preset=fuzz
names=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds)
      duration=$2
      shift 2
      ;;
    --preset)
      preset=$2
      shift 2
      ;;
    *)
      names+=("$1")
      shift
      ;;
  esac
done

cmake --preset "$preset" >/dev/null
if [ ${#names[@]} -eq 0 ]; then
  cmake --build --preset "$preset" --target fuzz_targets
  for binary in build/"$preset"/bin/fuzz_*; do
    names+=("${binary##*/fuzz_}")
  done
else
  cmake --build --preset "$preset" --target "${names[@]/#/fuzz_}"
fi

missing=0
for name in "${names[@]}"; do
  if [ -z "$(ls -A "tests/fuzz/seeds/$name" 2>/dev/null)" ]; then
    echo "fuzz: target $name has no seeds; put a few short ones into tests/fuzz/seeds/$name/" >&2
    missing=1
  fi
done
[ "$missing" -eq 0 ] || exit 1

run_one() {
  local name=$1 dir=build/$preset
  local log=$dir/log/$1 found=$dir/found/$1 corpus=$dir/corpus/$1
  mkdir -p "$found" "$corpus" "$dir/log"
  local status=ok
  "$dir/bin/fuzz_$name" -max_total_time="$duration" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$found/" "$corpus" "tests/fuzz/seeds/$name" >"$log" 2>&1 || status=FAIL
  local runs
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  printf '%-4s %-24s %12s executions  %6s inputs kept\n' "$status" "$name" "${runs:-?}" "$(find "$corpus" -type f | wc -l)"
  if [ "$status" = FAIL ]; then
    tail -n 40 "$log"
    return 1
  fi
}
export -f run_one
export duration preset

printf '%s\n' "${names[@]}" | xargs -P "$(nproc)" -I{} bash -c 'set -euo pipefail; run_one {}'
