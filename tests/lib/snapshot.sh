# shellcheck shell=bash
# What the tests promise to leave alone on the real machine: PAM files, accounts, sshd, units, listeners, mounts, names.
# Sourced, never run. Needs nothing that a minimal Debian lacks.

# The listening TCP and UDP sockets of this network namespace, one "PROTOCOL ADDRESS INODE" a line.
snapshot_listeners() {
  awk 'FNR > 1 && $4 == "0A" {print FILENAME, $2, $10}' /proc/net/tcp /proc/net/tcp6 2>/dev/null
  awk 'FNR > 1 && $4 == "07" {print FILENAME, $2, $10}' /proc/net/udp /proc/net/udp6 2>/dev/null
}

# snapshot FOLDER: writes it all there.
snapshot() {
  local to=$1 folder
  mkdir -p "$to"
  for folder in /etc/pam.d /etc/pam.conf /etc/ssh /etc/security /etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/subuid \
    /etc/subgid /usr/sbin/policy-rc.d; do
    find "$folder" -type f -exec sha256sum {} + 2>/dev/null
    find "$folder" -printf '%p %y %m %u %g %l\n' 2>/dev/null
  done | sort >"$to/files"
  sha256sum /etc/hosts /etc/hostname /etc/resolv.conf 2>/dev/null | sort >"$to/names"
  # procps is on every Debian but the smallest tree, and cmake depends on it.
  find /etc/systemd /usr/lib/systemd/system /lib/systemd/system /run/systemd/system /etc/init.d /etc/cron.d /etc/cron.daily \
    ! -type d ! -path /etc/init.d/procps -printf '%p %l\n' 2>/dev/null | sort -u >"$to/units"
  awk '{print $5}' /proc/self/mountinfo | sort >"$to/mounts"
  find /sys/class/net -mindepth 1 -printf '%f\n' 2>/dev/null | sort >"$to/interfaces"
  snapshot_listeners | sort >"$to/listeners"
}

# Processes of this run (they carry CIS2_RUN) other than this shell's own line of parents.
snapshot_own_processes() {
  local environ pid parents=" " up=$$
  while [ "$up" -gt 1 ]; do
    parents+="$up "
    up=$(awk '/^PPid:/ {print $2}' "/proc/$up/status")
  done
  for environ in /proc/[0-9]*/environ; do
    pid=${environ#/proc/}
    pid=${pid%/environ}
    [[ "$parents$BASHPID " == *" $pid "* ]] && continue
    if grep -qz "^CIS2_RUN=$CIS2_RUN\$" "$environ" 2>/dev/null &&
      [ "$(awk '/^PPid:/ {print $2}' "/proc/$pid/status" 2>/dev/null)" != "$BASHPID" ]; then
      printf '%s %s\n' "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
    fi
  done
}

# snapshot_compare BEFORE AFTER: says every difference that this run could have made; false if there is one. Listeners and
# mounts of others come and go: a new listener counts if a process of this run holds it, a new mount always.
snapshot_compare() {
  local before=$1 after=$2 part found=0 inode holder line left
  for part in files units interfaces; do
    if ! diff "$before/$part" "$after/$part"; then
      echo "changed: $part"
      found=1
    fi
  done
  # A package that makes /etc/hosts where there was none may.
  if comm -23 "$before/names" "$after/names" | grep .; then
    echo "changed: names"
    found=1
  fi
  if comm -13 "$before/mounts" "$after/mounts" | grep .; then
    echo "new mounts"
    found=1
  fi
  while read -r line; do
    inode=${line##* }
    holder=$(find /proc/[0-9]*/fd -lname "socket:\\[$inode\\]" 2>/dev/null | head -n 1)
    if [ -n "$holder" ] && grep -qz "^CIS2_RUN=$CIS2_RUN\$" "${holder%/fd/*}/environ" 2>/dev/null; then
      echo "a listener is left: $line ($(tr '\0' ' ' <"${holder%/fd/*}/cmdline"))"
      found=1
    fi
  done < <(comm -13 "$before/listeners" "$after/listeners")
  left=$(snapshot_own_processes)
  if [ -n "$left" ]; then
    echo "processes are left: $left"
    found=1
  fi
  return $found
}
