#!/bin/bash
# Boots a virtual machine whose kernel confines the programs, and logs in there as README.md says.
#
#   sudo tests/confine.sh [bookworm|trixie] [--only PATTERN]... [--results FOLDER]
#
#   bookworm, trixie   the release (default: that of this machine)
#   --only             only scenarios whose id contains PATTERN; they are told in order, so a later one may need an earlier
#   --results          where the JUnit file and the logs go (default: build/boot/RELEASE/confined)
#
# The kernel is Debian's linux-image-cloud-amd64 under qemu, with KVM where that works, else without (ten minutes on
# two cores). It runs inside the throwaway machine of tests/lib/machine.sh; trees and packages are those of tests/boot.sh.
set -euo pipefail
# Trees, packages and control groups are made as there.
. "$(dirname "${BASH_SOURCE[0]}")/boot.sh"

usage() {
  sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

prepare() {
  mkdir -p "$(trees)" "$CIS2_BUILD/logs"
  make_tree base && make_tree build && make_tree machine && make_tree confined && build_packages
}

# What the machine does once it is up. Results and progress leave by the serial lines, since it has no network.
write_unit() {
  local root=$1
  shift
  cat >"$root/etc/systemd/system/scenarios.service" <<EOF
[Unit]
After=multi-user.target
[Service]
Type=oneshot
WorkingDirectory=/srv/pam-cis2
ExecStart=/bin/bash -c 'stty raw </dev/ttyS1; /usr/bin/python3 tests/confine/run.py --packages /srv/packages --release $release --results /srv/results $* >/dev/ttyS1 2>&1'
ExecStopPost=/bin/systemctl poweroff
TimeoutStartSec=infinity
[Install]
WantedBy=default.target
EOF
  in_tree "$root" -- systemctl enable scenarios.service
}

# fill ROOT: the checkout, the packages, and what apt will ask for.
fill() {
  local root=$1
  shift
  copy_sources "$root/srv/pam-cis2"
  mkdir -p "$root/srv/packages" "$root/srv/results"
  cp "$packages"/*.deb "$root/srv/packages/"
  fetch_dependencies "$root" systemd-timesyncd  # the mend of tests/confine/test_clock.py
  echo server-a >"$root/etc/hostname"
  echo "/dev/vda / ext4 rw 0 1" >"$root/etc/fstab"
  write_unit "$root" "$@"
}

make_image() {
  local root
  root=$(over "$(tree confined)")
  fill "$root" "$@"
  truncate -s 4G "$image"
  mke2fs -q -t ext4 -d "$root" "$image"
  cp "$root"/boot/vmlinuz-* "$image.kernel"
  cp "$root"/boot/initrd.img-* "$image.initrd"
  umount -l "$root"
}

# Whether a guest gets as far as its kernel's last word with KVM: there are machines that have /dev/kvm and hang.
kvm_works() {
  [ -e /dev/kvm ] || mknod /dev/kvm c 10 232 2>/dev/null || return 1
  timeout 20 qemu-system-x86_64 -accel kvm -cpu max,-arch-capabilities -m 512 -nodefaults -nic none -display none -no-reboot \
    -kernel "$image.kernel" -append "console=ttyS0 panic=-1" -serial stdio </dev/null 2>&1 | grep -aq 'end Kernel panic'
}

# No network card: what the programs reach is on lo.
run_machine() {
  local accelerated=(-accel kvm -cpu "max,-arch-capabilities" -smp 2)
  if ! kvm_works; then
    # Time is counted in instructions: no deadline of a login passes because this machine is slow.
    accelerated=(-accel "tcg,thread=single" -cpu qemu64 -icount "shift=1,sleep=off" -smp 1)
    say "without KVM: this takes a while"
  fi
  timeout 3600 qemu-system-x86_64 "${accelerated[@]}" -m 1536 -nodefaults -nic none -display none -no-reboot \
    -kernel "$image.kernel" -initrd "$image.initrd" \
    -append "root=/dev/vda rw console=ttyS0 apparmor=1 security=apparmor" \
    -drive "file=$image,if=virtio,format=raw,cache=unsafe" \
    -serial "file:$results/console-$release.log" -serial stdio </dev/null 2>"$results/qemu-$release.log" || true
}

main() {
  release=$(this_release)
  results= only=()
  local again=("$@") stage=outside
  while [ $# -gt 0 ]; do
    case $1 in
      bookworm | trixie) release=$1 && shift ;;
      --only) only+=(--only "${2:?}") && shift 2 ;;
      --results) results=$(realpath -m "${2:?}") && shift 2 ;;
      --inside) stage=inside && shift ;;
      --help | -h) usage && exit 0 ;;
      *) die "unknown argument: $1 (see --help)" ;;
    esac
  done
  need_root
  if [ $stage = outside ]; then
    exec "$CIS2_ROOT/tests/lib/machine.sh" --net host --packages confine -- bash "$CIS2_ROOT/tests/confine.sh" --inside "${again[@]}"
  fi
  enter_group
  trap leave_group EXIT
  results=${results:-$(trees)/confined}
  image=/tmp/confined.img
  mkdir -p "$results" "$(trees)"
  with_lock "$(trees)" prepare || die "no packages; see build/logs"
  quietly "$CIS2_BUILD/logs/image-$release.log" make_image "${only[@]}"
  say "booting it"
  run_machine
  if ! debugfs -R "dump /srv/results/boot-$release.xml $results/confine-$release.xml" "$image" 2>/dev/null ||
    [ ! -s "$results/confine-$release.xml" ]; then
    tail -n 30 "$results/console-$release.log" "$results/qemu-$release.log" >&2
    die "the machine gave no result"
  fi
  debugfs -R "dump /srv/results/journal-$release.log $results/journal-$release.log" "$image" 2>/dev/null
  ! grep -q '<failure' "$results/confine-$release.xml"
}

main "$@"
