# shellcheck shell=bash
# What every script under tests/ shares: where things are, progress lines, locks. Sourced, never run.

CIS2_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
CIS2_BUILD=$CIS2_ROOT/build
# Handed on to what is started from here, so that all of a run counts from one moment.
export CIS2_STARTED=${CIS2_STARTED:-$(date +%s)}

# say TEXT: one progress line with the minutes and seconds since the start.
say() {
  local t=$(($(date +%s) - CIS2_STARTED))
  printf '[%02d:%02d] %s\n' $((t / 60)) $((t % 60)) "$*" >&2
}

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 2
}

need_root() {
  [ "$(id -u)" = 0 ] || die "needs root: sudo $0"
}

# with_lock FOLDER COMMAND...: runs the command while no other run holds the lock of this folder. The lock is on the
# folder itself, so it leaves no file behind.
with_lock() {
  local folder=$1 fd status=0
  shift
  exec {fd}<"$folder"
  if ! flock -n "$fd"; then
    say "waiting for another run (${folder##*/})"
    flock "$fd"
  fi
  "$@" {fd}<&- || status=$?
  exec {fd}<&-
  return $status
}

# quietly LOGFILE COMMAND...: output goes to the file, the end of it to the reader if the command fails.
quietly() {
  local log=$1 status=0
  shift
  mkdir -p "${log%/*}"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ $status != 0 ]; then
    printf 'failed (%s): %s\n' "$status" "$*" >&2
    tail -n 40 "$log" >&2
  fi
  return $status
}
