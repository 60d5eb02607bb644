#!/bin/bash
# Builds the Debian packages in a fresh Debian, installs them in another one that is booted, and uses them as README.md says.
#
#   sudo tests/boot.sh [bookworm|trixie] [--only PATTERN]... [--results FOLDER] [--shell]
#   sudo tests/boot.sh --probe
#
#   bookworm, trixie   the release (default: that of this machine)
#   --only             only scenarios whose id contains PATTERN; they are told in order, so a later one may need an earlier
#   --results          where the JUnit file, the steps and the logs go (default: build/boot/RELEASE/results)
#   --shell            a root shell in the booted system, with the packages beside it, in place of the scenarios
#   --probe            only tells by its status whether this machine can boot a container
#
# What is booted is a container of systemd-nspawn with a network of its own, inside the throwaway machine of
# tests/lib/machine.sh: real systemd, journald, sshd and apt, and nothing of it is left afterwards. The trees stay in
# build/boot (2 GB for each release) and what was downloaded in build/apt.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
. "$CIS2_ROOT/tests/lib/packages.sh"
. "$CIS2_ROOT/tests/lib/build.sh"
. "$CIS2_ROOT/tests/lib/tree.sh"

usage() {
  sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

this_release() {
  (. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
}

# A container's systemd needs control groups of its own to write.
probe() {
  unshare --mount --propagation private bash -c '
    mount -t cgroup2 cgroup2 /sys/fs/cgroup && mkdir "/sys/fs/cgroup/cis2-probe-$$" && rmdir "/sys/fs/cgroup/cis2-probe-$$"'
}

# step ID STATE TEXT: a result for tests/lib/results.py that is no scenario's.
step() {
  printf '%s\t%s\t%s\n' "boot/$release/$1" "$2" "$(tr '\n\t' '  ' <<<"${3:-}" | cut -c 1-2000)" >>"$results/steps.tsv"
  [ "$2" = passed ] || say "$1: $2: ${3:-}"
}

# --- the packages

# The lines of README.md, "Install", that contain TEXT, without sudo: what stands there is what is tested.
readme_lines() {
  sed -n '/^## Install$/,/^## [^I]/p' "$CIS2_ROOT/README.md" | sed -n 's/^ *//; s/^sudo //; /^'"$1"'/p'
}

copy_sources() {
  mkdir -p "$1"
  tar -C "$CIS2_ROOT" --exclude=./build --exclude=./.git --exclude=node_modules --exclude=__pycache__ -cf - . |
    tar -C "$1" -xf -
}

# Whatever may change what a build gives.
packages_key() {
  (cd "$CIS2_ROOT" && find CMakeLists.txt ./*.md LICENSE broker pam_module cmake conf debian docs tests/simulator tests/boot/*.patch -type f -print0 |
    sort -z | xargs -0 sha256sum) | sha256sum | cut -c 1-12
}

# run_build FOLDER [PATCH]: the packages land in it, and without a patch what lintian says about them in lintian.txt.
run_build() {
  local root status=0 judge="&& cd .. && lintian --fail-on none --allow-root ./*.changes >lintian.txt"
  mkdir -p "$CIS2_BUILD/boot/ccache"
  copy_sources "$1/pam-cis2"
  if [ -n "${2:-}" ]; then
    judge=
    patch --directory="$1/pam-cis2" --strip=1 --fuzz=0 <"$2" || return
  fi
  root=$(over "$(tree build)")
  # The same path each time, so that the compiler's cache knows the files again. Nobody debugs these: no
  # symbols.
  in_tree "$root" --private-network --bind="$1:/srv/build" --bind="$CIS2_BUILD/boot/ccache:/srv/ccache" \
    --setenv=CCACHE_DIR=/srv/ccache --setenv=CMAKE_CXX_COMPILER_LAUNCHER=ccache \
    --setenv=DEB_BUILD_OPTIONS=noautodbgsym --setenv=DEB_CXXFLAGS_STRIP=-g \
    --chdir=/srv/build/pam-cis2 -- \
    bash -c "nice $(readme_lines dpkg-buildpackage) $judge" ||
    status=$?
  umount -l "$root"
  rm -rf "$1/pam-cis2"
  return $status
}

# build_all FOLDER: the packages of this checkout, and in next/ those of a next release, whose module speaks the next version
# of the wire.
build_all() {
  run_build "$1" && mkdir "$1/next" && run_build "$1/next" "$CIS2_ROOT/tests/boot/next-release.patch"
}

# build_packages: `packages` is then a folder with what build_all makes.
build_packages() {
  local log=$CIS2_BUILD/logs/packages-$release.log scratch old
  packages=$(trees)/packages-$(packages_key)
  [ ! -d "$packages" ] || return 0
  say "building the packages (the compiler's words: build/logs/packages-$release.log)"
  scratch=$(mktemp -d "$(trees)/new-XXXX")
  if ! build_all "$scratch" 2>&1 | build_progress packages >"$log"; then
    grep -E -A 15 'error|Error|FAILED' "$log" | tail -n 60 >&2 || tail -n 40 "$log" >&2
    rm -rf "$scratch"
    return 1
  fi
  for old in "$(trees)"/packages-*; do rm -rf "$old"; done
  mv -T "$scratch" "$packages"
}

judge_packages() {
  local words
  words=$(grep -E '^[EW]:' "$packages/lintian.txt" || true)
  if [ -z "$words" ]; then step lintian passed; else step lintian failed "$words"; fi
}

prepare() {
  mkdir -p "$(trees)" "$CIS2_BUILD/logs"
  make_tree base && make_tree build && make_tree machine && build_packages
}

# --- the booted system

# systemd-nspawn needs control groups to write; what it makes is below one of its own, and goes with it.
enter_group() {
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  group=/sys/fs/cgroup/cis2-boot-$$-$RANDOM
  mkdir "$group"
  echo $$ >"$group/cgroup.procs"
}
leave_group() {
  echo $$ >/sys/fs/cgroup/cgroup.procs
  find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
}

# fetch_dependencies ROOT [NAME...]: what apt there would download for the packages, and for others by name, now, while there is
# a network; it finds it there as if it had.
fetch_dependencies() {
  local root=$1
  shift
  with_lock "$CIS2_BUILD/apt" in_tree "$root" --chdir="$CIS2_ROOT" -- bash -c '
    . tests/lib/common.sh; . tests/lib/packages.sh
    apt_get install --download-only "$@" &&
    for name in $(apt-get install -qq --print-uris "$@" | awk "!/file:/ {print \$2}"); do
      cp "$CIS2_BUILD/apt/$name" /var/cache/apt/archives/ || exit
    done' fetch "$packages"/*.deb "$@"
}

# boot ROOT: `leader` is then the container's first process, its systemd ready.
boot() {
  local state
  systemd-nspawn --quiet --directory="$1" --boot --register=no --keep-unit --private-network --machine=server-a \
    --bind="$CIS2_ROOT" --link-journal=no --timezone=off --resolv-conf=off --console=pipe \
    </dev/null >"$results/console-$release.log" 2>&1 &
  nspawn=$!
  for _ in $(seq 600); do
    leader=$(cat "/proc/$nspawn/task/$nspawn/children" 2>/dev/null)
    leader=${leader%% *}
    if [ -n "$leader" ] && state=$(inside systemctl is-system-running --wait 2>/dev/null || true) && [ -n "$state" ] &&
      [ "$state" != offline ]; then
      say "booted: $state"
      return 0
    fi
    kill -0 $nspawn 2>/dev/null || break
    sleep 0.1
  done
  tail -n 30 "$results/console-$release.log" >&2
  return 1
}

inside() {
  nsenter --target "$leader" --all -- "$@"
}

power_off() {
  inside systemctl poweroff --force 2>/dev/null || true
  timeout 20 tail --pid="$nspawn" -f /dev/null || kill -KILL "$leader"
  wait "$nspawn" || true
}

boot_and_run() {
  local root status=0
  root=$(over "$(tree machine)")
  if ! quietly "$CIS2_BUILD/logs/fetch-$release.log" fetch_dependencies "$root" || ! boot "$root"; then
    step boot failed "the system did not boot; see console-$release.log and build/logs/fetch-$release.log"
    return 1
  fi
  if [ "$shell" = yes ]; then
    nsenter --target "$leader" --all --wd=/root -- env -i TERM="${TERM:-xterm}" PATH="$PATH" HOME=/root PACKAGES="$packages" bash -l || true
  else
    inside systemd-run --quiet --wait --pipe --collect --unit=scenarios --working-directory="$CIS2_ROOT" \
      /usr/bin/python3 tests/boot/run.py --packages "$packages" --release "$release" --results "$results" "${only[@]}" || status=$?
    [ -s "$results/boot-$release.xml" ] || step scenarios failed "the scenarios gave no result"
  fi
  power_off
  return $status
}

main() {
  release=$(this_release)
  results= only=() shell=no
  local again=("$@") stage=outside
  while [ $# -gt 0 ]; do
    case $1 in
      bookworm | trixie) release=$1 && shift ;;
      --only) only+=(--only "${2:?}") && shift 2 ;;
      --results) results=$(realpath -m "${2:?}") && shift 2 ;;
      --shell) shell=yes && shift ;;
      --probe) probe && exit 0 || exit 1 ;;
      --inside) stage=inside && shift ;;
      --help | -h) usage && exit 0 ;;
      *) die "unknown argument: $1 (see --help)" ;;
    esac
  done
  need_root
  if [ $stage = outside ]; then
    probe || die "this machine cannot boot a container: no control groups of version 2 can be made"
    exec "$CIS2_ROOT/tests/lib/machine.sh" --net host --packages boot -- bash "$CIS2_ROOT/tests/boot.sh" --inside "${again[@]}"
  fi
  enter_group
  trap leave_group EXIT
  results=${results:-$(trees)/results}
  mkdir -p "$results" "$(trees)"
  if ! with_lock "$(trees)" prepare; then
    step packages failed "see build/logs/tree-$release-*.log and build/logs/packages-$release.log"
    return 1
  fi
  step packages passed
  judge_packages
  boot_and_run
}

# tests/confine.sh takes the functions above and has a main of its own.
[ "${BASH_SOURCE[0]}" != "$0" ] || main "$@"
