# shellcheck shell=bash
# The Debian packages that the build and the tests need, and how they get installed. Sourced, never run.
#
# Two places, because some packages edit PAM files, add accounts or bring units (openssh-server, openssh-client,
# lxterminal and chromium through dbus and systemd, procps): the real machine gets only what compiles and what makes
# the throwaway machine; everything that runs in a scenario is installed inside that machine (machine.sh) and is
# gone with it.

# The newest Boost with a version of its own, from 1.81 (the oldest that has what we use): 1.81 on Debian 12, whose
# default is 1.74, and 1.83 on Debian 13.
boost_package() {
  local version
  for version in 1.83 1.81; do
    if apt-cache show "libboost$version-dev" >/dev/null 2>&1; then
      echo "libboost$version-dev"
      return
    fi
  done
  echo "libboost-dev"
}

packages_build() {
  echo ca-certificates g++ cmake ninja-build ccache pkg-config patch python3 openssl iproute2 mandoc \
    "$(boost_package)" nlohmann-json3-dev libtomlplusplus-dev libkainjow-mustache-dev libcli11-dev libqrencode-dev \
    libcurl4-openssl-dev libssl-dev libpam0g-dev libsystemd-dev libapparmor-dev prometheus-cpp-dev libcjose-dev libjansson-dev \
    librapidcheck-dev libgtest-dev libgmock-dev
}

# What tests/fuzz.sh needs beyond that: the compiler with libFuzzer, and what reads its coverage.
packages_fuzz() {
  echo clang-19 libclang-rt-19-dev llvm-19
}

# What signs one operator in over ssh.
packages_ssh() {
  echo openssh-server openssh-sftp-server openssh-client python3-pexpect python3-pyte
}

# What the scenarios that tests/break.sh turns red need.
packages_break() {
  packages_ssh
  echo cron sudo python3-jsonschema
}

# The first of these packages that this release has.
first_package() {
  local name
  for name in "$@"; do
    if apt-cache show "$name" >/dev/null 2>&1; then
      echo "$name"
      return
    fi
  done
}

# A TPM and a PKCS#11 token in software, with what OpenSSL reaches them through, and a JWT library that is not ours.
packages_tokens() {
  echo swtpm swtpm-tools tpm2-openssl tpm2-tools "$(first_package libtss2-tcti-swtpm0t64 libtss2-tcti-swtpm0)" \
    softhsm2 opensc "$(first_package pkcs11-provider libengine-pkcs11-openssl)" python3-jwt python3-cryptography python3-prometheus-client \
    python3-jsonschema rsyslog-openssl
}

# The clients of test_30_clients, and what compiles two of them.
packages_clients() {
  echo curl git mosh putty-tools python3-paramiko rsync tmux gcc libc6-dev libssh-dev libssh2-1-dev
}

# What every scenario needs together.
packages_scenarios() {
  packages_ssh
  packages_tokens
  packages_clients
  echo pamtester cron sudo jq procps strace chromium chromium-driver python3-selenium libnss3-tools \
    xvfb lxterminal fonts-dejavu-core fonts-liberation imagemagick zbar-tools systemd apparmor selinux-policy-dev
  packages_providers
}

# What makes and boots the trees of tests/boot.sh.
packages_boot() {
  echo debootstrap systemd-container
}

# What tests/confine.sh boots a kernel of its own with.
packages_confine() {
  packages_boot
  echo qemu-system-x86 e2fsprogs
}

# OpenID providers of others: LemonLDAP::NG, and for those of tests/providers Debian's node, unless there is another on
# PATH, which Debian's npm would not fit; npm only until its work is in build/.
packages_providers() {
  echo nginx lemonldap-ng-fastcgi-server liblemonldap-ng-portal-perl libcrypt-jwt-perl libcrypt-openssl-bignum-perl \
    libemail-address-xs-perl libemail-sender-perl libgd-securityimage-perl libimage-magick-perl libio-string-perl \
    libmime-tools-perl libstring-random-perl
  command -v node >/dev/null || echo nodejs
  { [ -d "$(npm_modules providers)" ] && [ -d "$(npm_modules browser)" ]; } || command -v npm >/dev/null || echo npm
}

# npm_modules FOLDER: where the modules that tests/FOLDER names are, in a folder named after what is in it.
npm_modules() {
  echo "$CIS2_BUILD/$1/$(sha256sum "$CIS2_ROOT/tests/$1/package-lock.json" | cut -c 1-16)/node_modules"
}

# packages_missing NAME...: those that are not installed.
packages_missing() {
  local name state
  for name in "$@"; do
    state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null) || state=
    [ "${state:0:2}" = ii ] || echo "$name"
  done
}

# For the time of one installation nothing is started. A policy-rc.d that was there is put back.
policy_none() {
  if [ -e /usr/sbin/policy-rc.d ] || [ -L /usr/sbin/policy-rc.d ]; then
    mv /usr/sbin/policy-rc.d /usr/sbin/policy-rc.d.cis2-kept
  fi
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
}
policy_back() {
  rm -f /usr/sbin/policy-rc.d
  if [ -e /usr/sbin/policy-rc.d.cis2-kept ] || [ -L /usr/sbin/policy-rc.d.cis2-kept ]; then
    mv /usr/sbin/policy-rc.d.cis2-kept /usr/sbin/policy-rc.d
  fi
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    -o Dir::Cache::archives="$CIS2_BUILD/apt" -o APT::Keep-Downloaded-Packages=true \
    -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io "$@"
}

# A list that is missing or too old for the archive is fetched once; with the packages in build/apt, no network is
# needed.
apt_install() {
  apt_get install --no-install-recommends "$@" && return
  apt_get update && apt_get install --no-install-recommends "$@"
}

# The body of packages_install, in a subshell so that the trap puts the policy back however it ends.
packages_install_now() (
  trap policy_back EXIT
  trap 'exit 1' INT TERM HUP
  policy_none
  apt_install "$@"
)

# packages_install WHERE NAME...: installs what is missing of NAME... WHERE is for the progress line.
packages_install() {
  local where=$1 missing
  shift
  missing=$(packages_missing "$@")
  [ -n "$missing" ] || return 0
  say "installing $(wc -w <<<"$missing") packages $where"
  mkdir -p "$CIS2_BUILD/apt/partial"
  # Two locks: one for this system's packages and policy, one for the downloads that every machine shares.
  # shellcheck disable=SC2086  # one word a package
  with_lock /var/lib/dpkg with_lock "$CIS2_BUILD/apt" \
    quietly "$CIS2_BUILD/logs/apt-$$.log" packages_install_now $missing
}

# What the build needs, on this machine. Without lists of packages nothing is known of them, not even which Boost there is.
packages_install_build() {
  # shellcheck disable=SC2046  # one word a package
  if [ -n "$(packages_missing $(packages_build))" ]; then
    say "refreshing the lists of packages"
    with_lock /var/lib/dpkg quietly "$CIS2_BUILD/logs/apt-update.log" apt_get update || true
    packages_install "on this machine" $(packages_build)
  fi
}

# Another run may be at the same work: each has a folder of its own, and the first to be ready gives it the name.
npm_modules_make() {
  local from=$CIS2_ROOT/tests/$1 modules=$2 target=${2%/*} scratch
  mkdir -p "${target%/*}"
  scratch=$(mktemp -d "${target%/*}/new-XXXX")
  cp "$from"/{package.json,package-lock.json,.npmrc} "$scratch"
  (cd "$scratch" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier) &&
    { mv -T "$scratch" "$target" || [ -d "$modules" ]; }
  local status=$?
  rm -rf "$scratch"
  return $status
}

# The modules of npm, once: later runs need no network for them.
npm_modules_install() {
  local folder modules
  for folder in providers browser; do
    modules=$(npm_modules $folder)
    [ -d "$modules" ] && continue
    say "fetching the modules of tests/$folder"
    quietly "$CIS2_BUILD/logs/npm-$$.log" npm_modules_make $folder "$modules" || return
  done
}
