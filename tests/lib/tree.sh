# shellcheck shell=bash
# Trees of a Debian release, made by debootstrap in build/boot/RELEASE, and containers of systemd-nspawn over them. Sourced
# by tests/boot.sh inside the throwaway machine, after common.sh and packages.sh, with `release` set.
#
#   base-KEY      what debootstrap makes, with this machine's sources and certificates
#   build-KEY     and what dpkg-buildpackage needs for these sources, and lintian
#   machine-KEY   and what is booted: systemd, sshd, sudo, and what the scenarios are written in
#   confined-KEY  and with a kernel of its own: tests/confine.sh
#
# KEY is a hash of what went in. A tree is made beside its name and renamed when it is ready, and never changed after that:
# a container gets an overlay.

# What is installed into the tree that is booted. None of it is what the packages of ours need: apt has to find that.
packages_machine() {
  echo systemd-sysv dbus libpam-systemd openssh-server openssh-client sudo login iproute2 curl \
    python3 python3-jsonschema python3-pexpect python3-pyte openssl swtpm tpm2-openssl tpm2-tools
}

# A kernel that confines, and what loads its rules.
packages_confined() {
  echo linux-image-cloud-amd64 initramfs-tools zstd apparmor apparmor-utils
}

trees() {
  echo "$CIS2_BUILD/boot/$release"
}

# archive SUFFIX: the address that this machine's apt has for its own release with that suffix, such as -security.
archive() {
  local codename
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  # shellcheck disable=SC2016  # apt's variables
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' | awk -v want="$codename$1" '$1 == want {print $2; exit}'
}

# The certificates that this machine trusts, for an archive behind https.
copy_certificates() {
  local bundle=/etc/ssl/certs/ca-certificates.crt
  [ -f "$bundle" ] || return 0
  mkdir -p "$1/etc/ssl/certs"
  cp "$bundle" "$1$bundle"
}

write_sources() {
  local tree=$1 main=$2 security
  security=$(archive -security)
  {
    echo "deb $main $release main"
    echo "deb $main $release-updates main"
    [ -z "$security" ] || echo "deb $security $release-security main"
  } >"$tree/etc/apt/sources.list"
  # Proxies and the like. Not the files: some are of packages, which would ask about a file that is theirs.
  apt-config dump | grep '^Acquire::' >"$tree/etc/apt/apt.conf.d/90machine"
  if [ -d /etc/apt/auth.conf.d ]; then cp -r /etc/apt/auth.conf.d/. "$tree/etc/apt/auth.conf.d/"; fi
  copy_certificates "$tree"
}

make_base() {
  local tree=$1 main cache=$CIS2_BUILD/apt/debootstrap-$release
  main=$(archive "")
  [ -n "$main" ] || { echo "apt of this machine names no archive for its release" && return 1; }
  mkdir -p "$cache"
  debootstrap --variant=minbase --cache-dir="$cache" "$release" "$tree" "$main"
  write_sources "$tree" "$main"
}

# in_tree TREE [OPTION...] -- COMMAND...: the command in a container of this tree, over this machine's network unless an option
# says otherwise. What it writes stays in the tree.
in_tree() {
  local tree=$1 name options=()
  shift
  for name in http_proxy https_proxy no_proxy; do
    [ -z "${!name:-}" ] || options+=("--setenv=$name=${!name}")
  done
  systemd-nspawn --quiet --directory="$tree" --register=no --keep-unit --pipe --resolv-conf=replace-host --timezone=off \
    --bind="$CIS2_ROOT" --setenv=DEBIAN_FRONTEND=noninteractive --setenv=LC_ALL=C.UTF-8 --setenv=CIS2_STARTED="$CIS2_STARTED" \
    "${options[@]}" "$@" </dev/null
}

# Installs into a tree; the packages of Debian are kept in build/apt for the next one.
install_in_tree() {
  local tree=$1
  shift
  with_lock "$CIS2_BUILD/apt" in_tree "$tree" --chdir="$CIS2_ROOT" -- \
    bash -c '. tests/lib/common.sh; . tests/lib/packages.sh; policy_none; apt_get update && apt_get install --no-install-recommends "$@"; status=$?; policy_back; exit $status' \
    install "$@"
}

build_dependencies() {
  sed -n '/^Build-Depends:/,/^$/p' "$CIS2_ROOT/debian/control"
}

make_build() {
  cp -a "$(tree base)/." "$1"
  install_in_tree "$1" dpkg-dev ccache lintian
  # As README.md says it; apt of Debian 12 wants a folder of sources, and not the checkout's build/ beside it.
  mkdir -p "$1/srv/control"
  cp -r "$CIS2_ROOT/debian" "$1/srv/control/"
  with_lock "$CIS2_BUILD/apt" in_tree "$1" --chdir=/srv/control -- \
    bash -c '. "$0/tests/lib/common.sh"; . "$0/tests/lib/packages.sh"; apt_get build-dep --no-install-recommends ./' "$CIS2_ROOT"
}

make_machine() {
  cp -a "$(tree base)/." "$1"
  # shellcheck disable=SC2046  # one word a package
  install_in_tree "$1" $(packages_machine)
}

make_confined() {
  cp -a "$(tree machine)/." "$1"
  # shellcheck disable=SC2046  # one word a package
  install_in_tree "$1" $(packages_confined)
}

# tree KIND: its path.
tree() {
  local key
  case $1 in
    base) key=$(sed -n '/^write_sources/,/^}/p' "${BASH_SOURCE[0]}" | sha256sum) ;;
    build) key=$(build_dependencies | sha256sum) ;;
    machine) key=$(packages_machine | sha256sum) ;;
    confined) key=$(packages_machine && packages_confined) && key=$(sha256sum <<<"$key") ;;
  esac
  echo "$(trees)/$1-${key:0:12}"
}

# make_tree KIND: unless it is there.
make_tree() {
  local target scratch
  target=$(tree "$1")
  [ ! -d "$target" ] || return 0
  say "making the tree '$1' of $release (what it says: build/logs/tree-$release-$1.log)"
  scratch=$(mktemp -d "$(trees)/new-XXXX")
  chmod 755 "$scratch"
  if quietly "$CIS2_BUILD/logs/tree-$release-$1.log" "make_$1" "$scratch"; then
    mv -T "$scratch" "$target"
  else
    rm -rf --one-file-system "$scratch"
    return 1
  fi
}

# over TREE: a folder that shows the tree and takes what is written, in memory.
over() {
  local folder
  folder=$(mktemp -d /tmp/over-XXXX)
  mkdir "$folder/upper" "$folder/work" "$folder/root"
  chmod 755 "$folder/upper"
  mount -t overlay -o "lowerdir=$1,upperdir=$folder/upper,workdir=$folder/work" overlay "$folder/root"
  echo "$folder/root"
}
