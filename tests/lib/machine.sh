#!/bin/bash
# A throwaway machine: this system, seen through an overlay, in namespaces of its own.
#
#   tests/lib/machine.sh [--net private|host] [--packages none|LIST] -- COMMAND...
#
# Inside, COMMAND is root and may install packages, write /etc/pam.d, add accounts and edit /etc/hosts: everything but
# the checkout (bound read-write, for build/) lands on a tmpfs and is gone when the command ends, together with every
# process it left behind. /proc, /dev, /run and /tmp are fresh; the host name is server-a.
#   --net private  (default) a network of its own with nothing but lo, IPv4 and IPv6
#   --net host     the real machine's network
#   --packages     which list of packages.sh is installed first, inside (over the real machine's network)
# The exit status is the command's.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$(dirname "${BASH_SOURCE[0]}")/packages.sh"

usage() {
  sed -n '2,14s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

# An existing folder to mount on that does not hide the checkout. The mounts are this namespace's alone.
scratch_folder() {
  local folder
  for folder in /mnt /media /srv /opt; do
    if [ -d "$folder" ] && [[ $CIS2_ROOT/ != "$folder"/* ]]; then
      echo "$folder"
      return
    fi
  done
  die "no folder to mount on"
}

# The overlay of one file system: TARGET seen through upper folder NAME.
overlay() {
  local lower=$1 target=$2 name=$3
  mkdir -p "$scratch/upper/$name" "$scratch/overlay/$name"
  chown --reference="$lower" "$scratch/upper/$name"
  chmod --reference="$lower" "$scratch/upper/$name"
  mount -t overlay -o "lowerdir=$lower,upperdir=$scratch/upper/$name,workdir=$scratch/overlay/$name" overlay "$target"
}

# An overlay does not see what is mounted inside its lower folder, so each such file system that belongs to the
# system gets an overlay of its own, and single mounted files (as containers have in /etc) are copied.
overlay_inner_mounts() {
  local mountpoint n=0
  while read -r mountpoint; do
    mountpoint=$(printf '%b' "$mountpoint")
    case $mountpoint in
      /usr | /usr/* | /var | /var/* | /etc | /etc/* | /home | /home/* | /root | /root/* | /opt | /opt/* | /srv | /srv/*) ;;
      *) continue ;;
    esac
    n=$((n + 1))
    if [ -d "$mountpoint" ]; then
      overlay "$mountpoint" "$new$mountpoint" "inner$n" ||
        mount --bind "$mountpoint" "$new$mountpoint"
    elif [ -f "$mountpoint" ]; then
      cp --remove-destination "$mountpoint" "$new$mountpoint"
    fi
  done < <(awk '$5 != "/" {print $5}' /proc/self/mountinfo)
}

make_dev() {
  local node
  mount -t tmpfs -o mode=0755,nosuid dev "$new/dev"
  for node in null zero full random urandom tty; do
    : >"$new/dev/$node"
    mount --bind "/dev/$node" "$new/dev/$node"
  done
  mkdir "$new/dev/pts" "$new/dev/shm" "$new/dev/mqueue"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$new/dev/pts"
  mount -t tmpfs -o mode=1777,nosuid,nodev shm "$new/dev/shm"
  ln -s pts/ptmx "$new/dev/ptmx"
  ln -s /proc/self/fd "$new/dev/fd"
  ln -s /proc/self/fd/0 "$new/dev/stdin"
  ln -s /proc/self/fd/1 "$new/dev/stdout"
  ln -s /proc/self/fd/2 "$new/dev/stderr"
}

make_root() {
  local resolv
  resolv=$(cat /etc/resolv.conf 2>/dev/null || true)
  scratch=$(scratch_folder)
  mount -t tmpfs -o mode=0755,size=75% machine "$scratch"
  new=$scratch/root
  mkdir "$new"
  overlay / "$new" root
  overlay_inner_mounts
  mount -t proc -o nosuid,nodev,noexec proc "$new/proc"
  mount --bind /sys "$new/sys"
  mount -o remount,bind,ro "$new/sys"
  make_dev
  mount -t tmpfs -o mode=0755,nosuid,nodev run "$new/run"
  mount -t tmpfs -o mode=1777,nosuid,nodev tmp "$new/tmp"
  mkdir "$new/run/lock" "$new/run/sshd"
  mkdir -p "$new$CIS2_ROOT"
  mount --bind "$CIS2_ROOT" "$new$CIS2_ROOT"
  # The lists of a running resolver would be out of reach behind a link into /run.
  rm -f "$new/etc/resolv.conf"
  printf '%s\n' "$resolv" >"$new/etc/resolv.conf"
}

enter_root() {
  cd "$new"
  pivot_root . .
  umount -l .
  cd "$CIS2_ROOT"
}

name_machine() {
  hostname server-a
  echo server-a >/etc/hostname
  printf '%s\n' '127.0.0.1 localhost' '127.0.0.1 server-a' '::1 localhost ip6-localhost' >/etc/hosts
}

# Runs as the first process of the new namespaces, and stays to collect the processes left behind.
inside() {
  local net=$1 packages=$2 status=0
  shift 2
  make_root
  enter_root
  name_machine
  export HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  export CIS2_MACHINE=1
  unset LC_ALL LANGUAGE
  if [ "$packages" != none ]; then
    # shellcheck disable=SC2046  # one word a package
    packages_install "inside the throwaway machine" $("packages_$packages")
  fi
  if [ "$packages" = scenarios ]; then
    npm_modules_install
  fi
  if [ "$net" = private ]; then
    unshare --net -- bash -c 'ip link set lo up && exec "$@"' machine "$@" || status=$?
  else
    "$@" || status=$?
  fi
  exit $status
}

main() {
  local net=private packages=none
  while [ $# -gt 0 ]; do
    case $1 in
      --net) net=$2 && shift 2 ;;
      --packages) packages=$2 && shift 2 ;;
      --help | -h) usage && exit 0 ;;
      --) shift && break ;;
      *) die "unknown argument: $1 (see --help)" ;;
    esac
  done
  case $net in private | host) ;; *) die "--net is private or host" ;; esac
  [ "$packages" = none ] || declare -F "packages_$packages" >/dev/null || die "tests/lib/packages.sh has no list $packages"
  [ $# -gt 0 ] || die "no command"
  need_root
  # The shell between is the one parent outside; the machine's first process dies with it, and it with its caller, so a
  # run that is killed leaves nothing behind. (unshare --fork would block SIGTERM.)
  exec setpriv --pdeathsig KILL -- \
    unshare --mount --pid --uts --ipc --propagation private -- \
    bash -c 'setpriv --pdeathsig KILL -- "$@"; exit $?' machine \
    bash "${BASH_SOURCE[0]}" --inside "$net" "$packages" "$@"
}

if [ "${1:-}" = --inside ]; then
  shift
  inside "$@"
else
  main "$@"
fi
