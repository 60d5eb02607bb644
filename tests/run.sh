#!/bin/bash
# Installs what is needed, builds, and runs every test.
#
#   sudo tests/run.sh [--presets "release dev"] [--only PATTERN]... [--no-demo] [--boot "RELEASE..."]
#
#   --presets   which builds are made and tested (default: "release dev"). dev has AddressSanitizer and
#               UndefinedBehaviorSanitizer. The scenarios run against release in full, and against dev in part. Each
#               preset is tested while the next is built, since the scenarios wait more than they compute.
#   --only      only tests whose id contains PATTERN, of every kind; demo and booted system are left out
#   --no-demo   leaves out the run of tests/demo.sh
#   --boot      for which releases of Debian tests/boot.sh builds the packages and uses them in a booted system, such as
#               "bookworm trixie" (default: that of this machine; "": none)
#
# The last line is `N passed, N failed, N skipped`; the exit status is 0 if nothing failed and every skip is one that
# tests/skips.txt permits. What happened, test by test, is in build/results/latest.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
. "$CIS2_ROOT/tests/lib/packages.sh"
. "$CIS2_ROOT/tests/lib/build.sh"
. "$CIS2_ROOT/tests/lib/snapshot.sh"

MACHINE=$CIS2_ROOT/tests/lib/machine.sh

# The scenarios that also run against dev: what feeds the programs broken input, and one of each kind of login.
DEV_SCENARIOS=(test_01 test_02 test_11 test_12 test_20)

presets="release dev"
only=()
demo=yes
boot=$(. /etc/os-release && echo "$VERSION_CODENAME")
while [ $# -gt 0 ]; do
  case $1 in
    --presets) presets=${2:?} && shift 2 ;;
    --only) only+=("${2:?}") && demo=no && boot= && shift 2 ;;
    --no-demo) demo=no && shift ;;
    --boot) boot=${2?} && shift 2 ;;
    --help | -h) sed -n '2,16s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) die "unknown argument: $1 (see --help)" ;;
  esac
done
need_root

# Everything this run starts carries its name, so that what is left of it at the end can be told from others'.
export CIS2_RUN=$$-$RANDOM
mkdir -p "$CIS2_BUILD/results"
results=$(mktemp -d "$CIS2_BUILD/results/run-$(date +%Y%m%d-%H%M%S)-XXXX")

# step ID STATE TEXT: a result that is no test program's.
step() {
  printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" >>"$results/steps.tsv"
  [ "$2" = passed ] || say "$1: $2: ${3:-}"
}

# The last runs are enough.
forget_old_results() {
  find "$CIS2_BUILD/results" -mindepth 1 -maxdepth 1 -name 'run-*' -printf '%T@ %p\n' | sort -rn | tail -n +6 |
    cut -d ' ' -f 2- | xargs -r -d '\n' rm -rf
  ln -sfn "${results##*/}" "$CIS2_BUILD/results/latest"
}

unit_tests() {
  local preset=$1 filter=()
  if [ ${#only[@]} -gt 0 ]; then
    filter=(-R "$(IFS='|' && echo "${only[*]}")")
  fi
  say "unit tests, $preset"
  with_lock "$CIS2_BUILD/$preset" quietly "$results/ctest-$preset.log" "$MACHINE" -- \
    ctest --test-dir "build/$preset" -j "$(nproc)" --timeout 300 --output-on-failure --no-tests=ignore \
    --output-junit "$results/ctest-$preset.xml" "${filter[@]}" ||
    say "unit tests, $preset: failures"
  [ -s "$results/ctest-$preset.xml" ] || step "ctest/$preset" failed "ctest gave no result"
}

# scenarios PRESET N/OF: part N of them, in a machine of its own.
scenarios() {
  local preset=$1 part=$2 name=$1 filter=() pattern
  [ "$part" = 1/1 ] || name+=-${part%/*}
  if [ ${#only[@]} -gt 0 ]; then
    for pattern in "${only[@]}"; do filter+=(--only "$pattern"); done
  elif [ "$preset" = dev ]; then
    for pattern in "${DEV_SCENARIOS[@]}"; do filter+=(--only "$pattern"); done
  fi
  say "scenarios, $name"
  "$MACHINE" --packages scenarios -- /usr/bin/python3 tests/system/run.py --preset "$preset" --results "$results" \
    --part "$part" "${filter[@]}" 2>&1 | tee "$results/system-$name.log"
  [ -s "$results/system-$name.xml" ] || step "system/$name" failed "the scenarios gave no result"
}

# The demo as a newcomer runs it.
demo_test() {
  local log=$results/demo.log
  say "tests/demo.sh"
  if quietly "$log" "$CIS2_ROOT/tests/demo.sh"; then
    step demo passed
  else
    step demo failed "$(tail -n 1 "$log")"
  fi
}

# boot_test RELEASE: its packages, in a booted system.
boot_test() {
  if "$CIS2_ROOT/tests/boot.sh" --probe >/dev/null 2>&1; then
    say "tests/boot.sh $1"
    "$CIS2_ROOT/tests/boot.sh" "$1" --results "$results" 2>&1 | tee "$results/boot-$1.log" || true
    [ -s "$results/boot-$1.xml" ] || step "boot/$1" failed "tests/boot.sh gave no result; see boot-$1.log"
  else
    step "boot/$1" skipped "no container can be booted"
  fi
}

# One after the other: a build takes all there is.
boot_tests() {
  local release
  for release in $boot; do boot_test "$release"; done
}

# parts PRESET: into how many machines its scenarios go; they wait more than they compute.
parts() {
  if [ "$1" = release ] && [ ${#only[@]} = 0 ]; then echo 1/2 2/2; else echo 1/1; fi
}

# test_preset PRESET N/OF: part N of what is tested once it is built.
test_preset() {
  [ "${2%/*}" != 1 ] || unit_tests "$1"
  case $1 in dev | release) scenarios "$1" "$2" ;; esac
}

# Jobs in the background do not hear Ctrl-C.
trap 'kill $(jobs -p) 2>/dev/null' EXIT
snapshot "$results/before"
built=()
if packages_install_build; then
  boot_tests &
  for preset in $presets; do
    if build_preset "$preset"; then
      built+=("$preset")
      for part in $(parts "$preset"); do test_preset "$preset" "$part" & done
    else
      step "build/$preset" failed "see build/logs/build-$preset.log"
    fi
  done
else
  step packages failed "see build/logs"
fi
wait
if [ "$demo" = yes ] && [[ " ${built[*]} " == *" release "* ]]; then demo_test; fi

snapshot "$results/after"
if snapshot_compare "$results/before" "$results/after" >"$results/machine.log" 2>&1; then
  step machine/untouched passed
else
  step machine/untouched failed "$(tr '\n\t' '  ' <"$results/machine.log" | cut -c 1-2000)"
fi
forget_old_results
say "results: build/results/${results##*/}"
/usr/bin/python3 "$CIS2_ROOT/tests/lib/results.py" "$results" "$CIS2_ROOT/tests/skips.txt"
