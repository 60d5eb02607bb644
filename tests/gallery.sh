#!/bin/bash
# Makes the pictures of docs/gallery: every page that an operator can meet, and the terminal.
#
#   sudo tests/gallery.sh [NAME]...    installs what it needs, builds, and signs operators in by real ssh and Chromium in a
#                                      throwaway machine; with NAME only pictures whose name has it in it
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
. "$CIS2_ROOT/tests/lib/packages.sh"
. "$CIS2_ROOT/tests/lib/build.sh"

case ${1:-} in
  --help | -h) sed -n '2,5s/^# \{0,1\}//p' "$0" && exit 0 ;;
esac
need_root

packages_install_build
build_preset release --target "${PROGRAMS[@]}"
"$CIS2_ROOT/tests/lib/machine.sh" --packages scenarios -- /usr/bin/python3 tests/system/gallery.py docs/gallery "$@"
say "the pictures are in docs/gallery"
