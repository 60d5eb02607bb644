# shellcheck shell=bash
# Builds one CMake preset, with a progress line now and then. Sourced, never run.

# The newest "[done/all]" of ninja, every 20 seconds.
build_progress() {
  local preset=$1 line said=$SECONDS
  while IFS= read -r line; do
    printf '%s\n' "$line"
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] && [ $((SECONDS - said)) -ge 20 ]; then
      said=$SECONDS
      say "  $preset: ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}"
    fi
  done
}

build_steps() {
  local preset=$1
  shift
  (cd "$CIS2_ROOT" && cmake --preset "$preset" && nice cmake --build --preset "$preset" -j "$(nproc)" "$@") 2>&1 </dev/null |
    build_progress "$preset"
  return "${PIPESTATUS[0]}"
}

# What is installed, and what a login needs to run.
PROGRAMS=(cis2-brokerd cis2-front cis2ctl cis2-sim pam_cis2)

# build_preset PRESET [CMAKE-BUILD-ARGUMENT...]: under the lock of build/PRESET, so that two runs do not build one folder at
# once; nice, because tests of another preset may be running, and some of them watch the clock.
build_preset() {
  local preset=$1 log=$CIS2_BUILD/logs/build-$1.log status=0
  mkdir -p "$CIS2_BUILD/logs" "$CIS2_BUILD/$preset"
  say "building $preset (the compiler's words: build/logs/build-$preset.log)"
  with_lock "$CIS2_BUILD/$preset" build_steps "$@" >"$log" || status=$?
  if [ $status != 0 ]; then
    say "building $preset failed"
    grep -E -A 15 'error|Error|FAILED' "$log" | tail -n 60 >&2 || tail -n 40 "$log" >&2
  fi
  return $status
}
