#!/bin/bash
# Fuzzes what reads foreign bytes: the targets of tests/fuzz, with libFuzzer under ASan and UBSan.
#
#   tests/fuzz.sh                            every target, ten minutes each, one after the other
#   tests/fuzz.sh --seconds 60 --only jws    this target alone, for a minute; --only may be given several times
#   tests/fuzz.sh --coverage                 which lines the seeds and what was found before reach
#   tests/fuzz.sh --list                     the targets
#
# Needs root once, to install clang (packages_fuzz in tests/lib/packages.sh). Inputs that reach new code are kept in
# build/fuzz-found/TARGET/corpus and start the next run. An input that breaks something is kept beside it as crash-*,
# timeout-* or oom-*: run build/fuzz/tests/fuzz/fuzz_TARGET on it, and see docs/fuzzing.md.
#
# One line a target: executions, edges reached, inputs kept, what was found. The exit status is 0 if nothing was found.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
. "$CIS2_ROOT/tests/lib/packages.sh"

FUZZ=$CIS2_ROOT/tests/fuzz
FOUND=$CIS2_BUILD/fuzz-found

targets() {
  sed -n 's/^cis2_fuzz(\([a-z_]*\) .*/\1/p' "$FUZZ/CMakeLists.txt"
}

# build FOLDER CMAKE-ARGUMENT...: the chosen targets, in build/FOLDER.
build() {
  local folder=$CIS2_BUILD/$1 log=$CIS2_BUILD/logs/$1.log
  shift
  say "building ${#only[@]} targets (the compiler's words: build/logs/${log##*/})"
  (cd "$CIS2_ROOT" && quietly "$log" cmake --preset fuzz -B "$folder" "$@") &&
    quietly "$log" cmake --build "$folder" -j "$(nproc)" --target "${only[@]/#/fuzz_}"
}

install_packages() {
  mkdir -p "$CIS2_BUILD/logs"
  # shellcheck disable=SC2046  # one word a package
  [ -z "$(packages_missing $(packages_fuzz))" ] || need_root
  packages_install_build
  # shellcheck disable=SC2046
  packages_install "on this machine" $(packages_fuzz)
}

# The last value that libFuzzer gave for NAME in its log: "cov: 812", or "stat::number_of_executed_units: 9001".
last_value() {
  { grep -o "$2:* *[0-9]*" "$1" || true; } | tail -n 1 | grep -o '[0-9]*$' || echo 0
}

count_files() {
  find "$1" -type f -name "$2" | wc -l
}

fuzz_one() {
  local name=$1 found=$FOUND/$1 log=$CIS2_BUILD/logs/fuzz-$1.log status=0 broken flags
  read -r flags <"$CIS2_BUILD/fuzz/tests/fuzz/$name.flags"
  mkdir -p "$found/corpus"
  # shellcheck disable=SC2086  # one word a flag
  nice -n 19 "$CIS2_BUILD/fuzz/tests/fuzz/fuzz_$name" $flags -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$found/" "$found/corpus" "$FUZZ/corpus/$name" >"$log" 2>&1 </dev/null ||
    status=$?
  broken=$(find "$found" -maxdepth 1 -type f | wc -l)
  [ $status = 0 ] || [ "$broken" != 0 ] || broken="stopped with $status"
  printf '%-16s %12s %8s %8s  %s\n' "$name" "$(last_value "$log" stat::number_of_executed_units)" \
    "$(last_value "$log" cov)" "$(count_files "$found/corpus" '*')" "${broken/#0/nothing}"
  [ $status = 0 ] && [ "$broken" = 0 ]
}

fuzz() {
  local name status=0
  build fuzz
  printf '%-16s %12s %8s %8s  %s\n' target executions edges kept found
  for name in "${only[@]}"; do fuzz_one "$name" || status=1; done
  [ $status = 0 ] || say "the inputs are in build/fuzz-found, libFuzzer's words in build/logs/fuzz-TARGET.log"
  return $status
}

# The covered lines of the files that CMakeLists.txt names for a target.
coverage_one() {
  local name=$1 here=$CIS2_BUILD/fuzz-coverage/tests/fuzz inputs=("$FUZZ/corpus/$1") files=() path
  [ ! -d "$FOUND/$name/corpus" ] || inputs+=("$FOUND/$name/corpus")
  LLVM_PROFILE_FILE=$here/$name.profraw quietly "$CIS2_BUILD/logs/coverage-$name.log" \
    "$here/fuzz_$name" -runs=0 "${inputs[@]}"
  llvm-profdata-19 merge -sparse "$here/$name.profraw" -o "$here/$name.profdata"
  while IFS= read -r path; do files+=("$CIS2_ROOT/$path"); done <"$here/$name.covers"
  llvm-cov-19 export -summary-only -instr-profile "$here/$name.profdata" "$here/fuzz_$name" "${files[@]}" |
    /usr/bin/python3 -c '
import json, sys
name, root = sys.argv[1:]
for file in json.load(sys.stdin)["data"][0]["files"]:
    lines = file["summary"]["lines"]
    path = file["filename"].removeprefix(root + "/")
    print("%-16s %-40s %4d of %4d lines %6.1f %%" % (name, path, lines["covered"], lines["count"], lines["percent"]))
' "$name" "$CIS2_ROOT"
}

coverage() {
  local name
  build fuzz-coverage -DCMAKE_BUILD_TYPE=Debug -DCIS2_SANITIZE= \
    -DCMAKE_CXX_FLAGS="-fprofile-instr-generate -fcoverage-mapping -fcoverage-compilation-dir=$CIS2_ROOT"
  for name in "${only[@]}"; do coverage_one "$name"; done
}

action=fuzz
seconds=600
only=()
while [ $# -gt 0 ]; do
  case $1 in
    --only) only+=("${2:?}") && shift 2 ;;
    --seconds) seconds=$((10#${2:?})) && shift 2 ;;
    --coverage) action=coverage && shift ;;
    --list) targets && exit 0 ;;
    --help | -h) sed -n '2,13s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) die "unknown argument: $1 (see --help)" ;;
  esac
done
for name in "${only[@]}"; do
  targets | grep -qxF -- "$name" || die "no such target: $name (see --list)"
done
[ ${#only[@]} -gt 0 ] || mapfile -t only < <(targets)

install_packages
"$action"
