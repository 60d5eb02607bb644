#!/bin/bash
# Breaks each rule of docs/rules.md on purpose, and sees its test go red.
#
#   tests/break.sh                 every rule; as root, because some need the throwaway machine
#   tests/break.sh --only NN       this rule alone; may be given several times
#   tests/break.sh --list          the rules
#   tests/break.sh --table         the rows of docs/rules.md
#
# A rule is tests/breaks/NN-name.patch: the smallest change that breaks it, under a head that says which rule, where it
# is written, what to build, and what must fail (Test: names of ctest or their beginnings; Scenario: part of an id of
# tests/system). The patch goes into a copy of the tree with a build of its own, build/break. Without the patch the test
# must pass; with it the tree must build, and the test must run and fail.
#
# One line a rule: `broken as expected` or `NOT CAUGHT` and why. The exit status is 0 if every rule was caught.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
. "$CIS2_ROOT/tests/lib/packages.sh"
. "$CIS2_ROOT/tests/lib/build.sh"

PATCHES=$CIS2_ROOT/tests/breaks
BREAK=$CIS2_BUILD/break
TREE=$BREAK/tree
BUILD=$TREE/build/break

# head PATCH FIELD: the field's value, empty without it.
head_of() {
  sed -n "/^diff --git/q; s/^$2: //p" "$1"
}

number_of() {
  local name=${1##*/}
  echo "${name%%-*}"
}

list() {
  local patch
  for patch in "${patches[@]}"; do
    printf '%s  %s\n' "$(number_of "$patch")" "$(head_of "$patch" Rule)"
  done
}

# The rows of docs/rules.md. The document must have each of them, or a rule could be without its place there.
table() {
  local patch test
  for patch in "${patches[@]}"; do
    test=$(head_of "$patch" Test | sed 's/ /`, `/g')$(head_of "$patch" Scenario)
    printf '| %s | %s | %s | `%s` | [%s](../tests/breaks/%s) |\n' "$(number_of "$patch")" "$(head_of "$patch" Rule)" \
      "$(head_of "$patch" Source)" "$test" "$(basename "$patch" .patch)" "$(basename "$patch")"
  done
}

check_document() {
  local row missing=0
  while IFS= read -r row; do
    grep -qxF -- "$row" "$CIS2_ROOT/docs/rules.md" && continue
    say "docs/rules.md lacks the row: $row"
    missing=1
  done < <(table)
  return $missing
}

# Brings the copy up to the tree, file by file, so that what has not changed is not built again.
copy_tree() {
  local path
  mkdir -p "$TREE/build" "$CIS2_BUILD/apt"
  ln -sfn "$CIS2_BUILD/apt" "$TREE/build/apt"
  (cd "$CIS2_ROOT" && git ls-files -co --exclude-standard) | sort >"$BREAK/files"
  while IFS= read -r path; do
    [ -f "$CIS2_ROOT/$path" ] || continue
    cmp -s "$CIS2_ROOT/$path" "$TREE/$path" && continue
    mkdir -p "$(dirname "$TREE/$path")"
    cp -p "$CIS2_ROOT/$path" "$TREE/$path"
    touch "$TREE/$path"
  done <"$BREAK/files"
  (cd "$TREE" && find . -path ./build -prune -o -type f -printf '%P\n') | sort | comm -23 - "$BREAK/files" |
    while IFS= read -r path; do rm -f "$TREE/$path"; done
}

# git in the copy, which is no repository: it must not find the one around it.
in_tree() {
  GIT_CEILING_DIRECTORIES=$BREAK git -C "$TREE" "$@"
}

configure() {
  quietly "$BREAK/configure.log" cmake -S "$TREE" -B "$BUILD" -G Ninja -DCMAKE_BUILD_TYPE=Debug
}

targets_of() {
  local patch
  for patch in "$@"; do
    head_of "$patch" Build
    [ -z "$(head_of "$patch" Scenario)" ] || echo "${PROGRAMS[@]}"
  done | tr ' ' '\n' | sort -u
}

# build LOG TARGET...
build() {
  local log=$1
  shift
  cmake --build "$BUILD" -j "$(nproc)" --target "$@" >"$log" 2>&1 </dev/null
}

# run_tests PATCH LOG: prints "RUN FAILED", two numbers.
run_tests() {
  local patch=$1 log=$2 test scenario
  test=$(head_of "$patch" Test | sed 's/\./\\./g; s/ /|/g')  # names to a regular expression
  scenario=$(head_of "$patch" Scenario)
  rm -f "$log.xml"
  if [ -n "$test" ]; then
    ctest --test-dir "$BUILD" -R "^($test)" --timeout 120 --output-on-failure --output-junit "$log.xml" >"$log" 2>&1 \
      </dev/null || true
  else
    # In the copy: nothing else of this file system is written to from inside the machine.
    rm -rf "$TREE/build/results" && mkdir -p "$TREE/build/results"
    "$TREE/tests/lib/machine.sh" --packages break -- /usr/bin/python3 tests/system/run.py --preset break \
      --only "$scenario" --results "$TREE/build/results" >"$log" 2>&1 </dev/null || true
    cp "$TREE/build/results/system-break.xml" "$log.xml" 2>/dev/null || true
  fi
  /usr/bin/python3 - "$log.xml" <<'PYTHON'
import sys, xml.etree.ElementTree as xml
try:
    cases = list(xml.parse(sys.argv[1]).getroot().iter("testcase"))
except (OSError, xml.ParseError):
    cases = []
ran = [case for case in cases if case.get("status", "run") in ("run", "fail") and case.find("skipped") is None]
failed = [case for case in ran if case.find("failure") is not None or case.find("error") is not None]
print(len(ran), len(failed))
PYTHON
}

# why_red PATCH: why its test says nothing about it, or nothing.
why_red() {
  local patch=$1 ran failed
  read -r ran failed < <(run_tests "$patch" "$BREAK/logs/$(basename "$patch" .patch).before.log")
  [ "$ran" -gt 0 ] || { echo "no such test"; return; }
  [ "$failed" = 0 ] || echo "its test fails without the patch"
}

# why_missed PATCH: why it was not caught, or nothing.
why_missed() {
  local patch=$1 log=$BREAK/logs/$(basename "$patch" .patch) ran failed
  in_tree apply --check "$patch" 2>"$log.apply.log" || { echo "the patch does not apply"; return; }
  in_tree apply "$patch"
  # shellcheck disable=SC2046  # one word a target
  if build "$log.build.log" $(targets_of "$patch"); then
    read -r ran failed < <(run_tests "$patch" "$log.after.log")
    [ "$failed" -gt 0 ] || echo "its test still passes"
  else
    echo "the patched tree does not build"
  fi
  in_tree apply -R "$patch"
}

break_all() {
  local patch caught=0 missed=0
  local -A why=()
  say "copying the tree"
  copy_tree
  rm -rf "$BREAK/logs" && mkdir -p "$BREAK/logs"
  say "building the tests (build/break)"
  configure
  # shellcheck disable=SC2046
  if ! build "$BREAK/logs/build.log" $(targets_of "${patches[@]}"); then
    tail -n 40 "$BREAK/logs/build.log" >&2
    die "the tree does not build"
  fi
  say "running the tests without a patch"
  for patch in "${patches[@]}"; do why[$patch]=$(why_red "$patch"); done
  say "breaking ${#patches[@]} rules"
  for patch in "${patches[@]}"; do
    [ -n "${why[$patch]}" ] || why[$patch]=$(why_missed "$patch")
    if [ -z "${why[$patch]}" ]; then
      caught=$((caught + 1))
    else
      missed=$((missed + 1))
    fi
    printf '%s  %-34s %s\n' "$(number_of "$patch")" "$(basename "$patch" .patch | cut -c 4-)" \
      "${why[$patch]:+NOT CAUGHT: }${why[$patch]:-broken as expected}"
  done
  printf '%d broken as expected, %d not caught\n' "$caught" "$missed"
  [ "$missed" = 0 ]
}

action=break
only=()
while [ $# -gt 0 ]; do
  case $1 in
    --only) only+=("$(printf '%02d' "$((10#${2:?}))")") && shift 2 ;;
    --list | --table) action=${1#--} && shift ;;
    --help | -h) sed -n '2,15s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) die "unknown argument: $1 (see --help)" ;;
  esac
done

patches=()
for patch in "$PATCHES"/[0-9][0-9]-*.patch; do
  if [ ${#only[@]} = 0 ] || [[ " ${only[*]} " == *" $(number_of "$patch") "* ]]; then patches+=("$patch"); fi
done
[ ${#patches[@]} -gt 0 ] || die "no such rule: ${only[*]} (see --list)"

case $action in
  list | table) "$action" ;;
  break)
    check_document || die "docs/rules.md and tests/breaks differ"
    mkdir -p "$BREAK"
    with_lock "$BREAK" break_all
    ;;
esac
