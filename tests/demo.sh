#!/bin/bash
# Signs an operator in over real ssh, while you watch.
#
#   sudo tests/demo.sh                 installs what it needs, builds, starts a simulator of CIS2, the broker and a private
#                                      sshd, and plays the operator: terminal, browser, six digits, shell, audit
#   sudo tests/demo.sh --interactive   leaves all of it running on free loopback ports and tells you the ssh command, for
#                                      your own terminal and browser; Ctrl-C ends it
#   sudo tests/demo.sh --help
#
# All of it runs in a throwaway machine (tests/lib/machine.sh). This machine's sshd, PAM files, accounts, units and listeners
# stay as they are; what stays behind are the packages that compile it, and build/.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
. "$CIS2_ROOT/tests/lib/packages.sh"
. "$CIS2_ROOT/tests/lib/build.sh"

interactive=no
case ${1:-} in
  '') ;;
  --interactive) interactive=yes ;;
  --help | -h) sed -n '2,11s/^# \{0,1\}//p' "$0" && exit 0 ;;
  *) die "unknown argument: $1 (see --help)" ;;
esac
need_root

packages_install_build
build_preset release --target "${PROGRAMS[@]}"

status=0
if [ $interactive = yes ]; then
  shared=$(mktemp -d "$CIS2_BUILD/demo-XXXXXX")
  trap 'rm -rf "$shared"' EXIT
  chmod 755 "$shared"
  "$CIS2_ROOT/tests/lib/machine.sh" --net host --packages ssh -- \
    /usr/bin/python3 tests/system/demo.py --interactive "$shared" || status=$?
else
  "$CIS2_ROOT/tests/lib/machine.sh" --packages ssh -- /usr/bin/python3 tests/system/demo.py || status=$?
fi
if [ $status = 0 ]; then
  say "done"
else
  say "the demonstration failed ($status)"
fi
exit $status
