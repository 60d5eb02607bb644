#!/bin/bash
# Measures what an operator waits for: from the link to the page, from the callback to the digits, from the digits to
# the shell. Reports; nothing here passes or fails.
#
#   sudo tests/bench.sh                 30 logins
#   sudo tests/bench.sh --logins 100
#
# The figures, one line each: median, least, most, 90th of a hundred. As JSON in build/results/bench.json.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
. "$CIS2_ROOT/tests/lib/packages.sh"
. "$CIS2_ROOT/tests/lib/build.sh"

logins=30
while [ $# -gt 0 ]; do
  case $1 in
    --logins) logins=$((10#${2:?})) && shift 2 ;;
    --help | -h) sed -n '2,9s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) die "unknown argument: $1 (see --help)" ;;
  esac
done
need_root

packages_install_build
build_preset release --target "${PROGRAMS[@]}"
mkdir -p "$CIS2_BUILD/results"
"$CIS2_ROOT/tests/lib/machine.sh" --packages ssh -- \
  /usr/bin/python3 tests/system/bench.py --logins "$logins" --results build/results/bench.json
