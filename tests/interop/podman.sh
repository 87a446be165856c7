# shellcheck shell=bash disable=SC2154 # work, out and status are of scenario.sh
# What the scenarios with the real Podman share: a storage of Podman's own that floe finds too, an
# image in it, the process that shows that memory and files came back, and comparisons of trees.
# To be sourced after tests/support/scenario.sh:
#
#   source "$(dirname "$0")/../support/scenario.sh"
#   source "$(dirname "$0")/podman.sh"
#   podman_store; podman_image
#
# Nothing of the machine's own containers is touched.
image=localhost/busybox:interop
podman_run_directory=

podman_store() {
  need_root
  need_programs podman runc conmon busybox jq getfacl setfacl getfattr setfattr
  need_criu
  scratch_store
  mkdir -p "$work/podman/graph" "$work/podman/networks" "$work/bin"
  # runc finds CRIU in PATH.
  ln -s "$FLOE_CRIU" "$work/bin/criu"
  export PATH=$work/bin:$PATH
  podman_run_directory=$(mktemp -d /run/floe-podman.XXXXXX)
  trap podman_end EXIT
  cat >"$work/podman/storage.conf" <<END
[storage]
driver = "overlay"
graphroot = "$work/podman/graph"
runroot = "$podman_run_directory/storage"
END
  cat >"$work/podman/containers.conf" <<END
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
tmp_dir = "$podman_run_directory/libpod"
[network]
network_config_dir = "$work/podman/networks"
END
  export CONTAINERS_STORAGE_CONF=$work/podman/storage.conf
  export CONTAINERS_CONF=$work/podman/containers.conf
}

# Podman's containers and mounts go before the scenario's directories do.
podman_end() {
  local code=$?
  trap '' INT TERM HUP
  podman pod rm --all --force --time 0 >/dev/null 2>&1 || true
  podman rm --all --force --time 0 >/dev/null 2>&1 || true
  # The clean-ups that monitors start set the storage up again.
  for _ in $(seq 100); do
    pgrep -f -- "--root $work/podman/graph" >/dev/null || break
    sleep 0.1
  done
  unmount_below "$work/podman"
  unmount_below "$podman_run_directory"
  # The last clean-ups of Podman's monitors may still note their events there.
  for _ in 1 2 3 4 5; do
    rm -rf --one-file-system "$podman_run_directory" 2>/dev/null && break
    sleep 1
  done
  set +e
  (exit "$code") # scenario_end goes by it
  scenario_end
}

unmount_below() {
  awk -v below="$1/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | tac |
    while read -r mount; do umount -l "$mount" || true; done
}

# Puts $work/rootfs, made from busybox, into Podman's storage as $image.
podman_image() {
  tar -C "$work/rootfs" --xattrs --xattrs-include='*' --acls -c . |
    podman import - "$image" >/dev/null 2>&1 || fail "podman import failed"
}

# What the containers run: it keeps a name that no other run has and a number in its memory, and
# appends both to a file in the volume and to one in the root filesystem, over and over.
# shellcheck disable=SC2016,SC2034 # for the scenarios' containers
counter='run=$(cat /proc/sys/kernel/random/uuid); n=0; while :; do n=$((n+1))
  echo "$run $n" >>/data/count; echo "$run $n" >>/count; usleep 50000; done'

# counts_beyond FILE NUMBER
counts_beyond() { [ "$(last_count "$1")" -gt "$2" ]; }

last_count() {
  local last
  last=$(tail -n 1 "$1" 2>/dev/null | cut -d ' ' -f 2)
  echo "${last:-0}"
}

# expect_one_run FILE: one process wrote every number once, in order: neither its memory nor the
# file was ever behind the other.
expect_one_run() {
  awk 'NR == 1 { run = $1 } $1 != run || $2 != NR { exit 1 }' "$1" ||
    fail "$1 was not written by one process that counted on: $(tail -n 3 "$1")"
}

# expect_counting ROOT COUNT: the process below ROOT goes on from COUNT.
expect_counting() {
  eventually counts_beyond "$1/data/count" "$2"
  eventually counts_beyond "$1/count" "$2"
  # The last line may still be on its way.
  head -n "$2" "$1/data/count" >"$work/count.volume"
  tail -n +"$(($2 + 1))" "$1/data/count" | head -n 1 >>"$work/count.volume"
  expect_one_run "$work/count.volume"
  head -n "$2" "$1/count" >"$work/count.rootfs"
  tail -n +"$(($2 + 1))" "$1/count" | head -n 1 >>"$work/count.rootfs"
  expect_one_run "$work/count.rootfs"
}

# expect_loopback PID: the loopback device of its network namespace is up.
expect_loopback() {
  nsenter --target "$1" --net ip -o link show lo | grep -q '[<,]UP[,>]' || fail "lo is down"
}

# The root filesystem of a running container as its process sees it.
podman_root() { echo "/proc/$(podman inspect --format '{{.State.Pid}}' "$1")/root"; }
floe_root() { echo "/proc/$("$FLOE" inspect "$1" | jq -er '.[0].State.Pid')/root"; }

# manifest DIRECTORY: all that can be told about a tree, sorted. Not the times of directories:
# removing entries afterwards changes them.
manifest() (
  export LC_ALL=C
  cd "$1" || exit
  find . -printf '%p %y %m %U %G %l\n' | sort
  find . -type f -printf '%p links %n size %s changed %TY-%Tm-%Td %TH:%TM:%.2TS\n' | sort
  find . -type f -print0 | sort -z | xargs -0r sha256sum
  # Which names are one file.
  find . -type f -links +1 -printf '%i %p\n' | sort -k 2 |
    awk '{ if (!($1 in first)) first[$1] = $2; print $2, "is", first[$1] }'
  find . -print0 | sort -z | xargs -0r getfattr -h -d -m '^(user|security)\.' -e hex
  find . ! -type l -print0 | sort -z | xargs -0r getfacl -n
)

# expect_same_tree MANIFEST DIRECTORY
expect_same_tree() {
  manifest "$2" >"$work/manifest.now"
  diff -u "$1" "$work/manifest.now" >&2 || fail "$2 is not what it was"
}

# make_tree DIRECTORY: new files of several kinds.
make_tree() {
  mkdir -p "$1/deep/er"
  head -c 3000000 /dev/urandom >"$1/random"
  seq 20000 >"$1/deep/er/numbers"
  ln -s ../random "$1/deep/link"
  ln "$1/random" "$1/deep/same"
  chmod 640 "$1/random"
  chown 12:34 "$1/deep/er/numbers"
}
