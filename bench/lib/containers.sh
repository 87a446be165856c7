# shellcheck shell=bash disable=SC2154 # work, state, volumes and so on are of bench/compare
# The containers that bench/compare measures with: Podman runs them, so that floe and Podman archive the very same ones.

# A storage of Podman's and one of floe's below $work and $state; the machine's are none of this business.
make_engines() {
  printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/podman"\nrunroot = "%s/podman"\n' "$work" "$state" \
    >"$state/storage.conf"
  # rlimits within what a host without CAP_SYS_RESOURCE may set.
  cat >"$state/containers.conf" <<END
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "$state/libpod"
END
  export CONTAINERS_STORAGE_CONF="$state/storage.conf" CONTAINERS_CONF="$state/containers.conf"
  export FLOE_ROOT="$work/floe" FLOE_RUNROOT="$state/floe"
}

make_image() {
  mkdir -p "$work/rootfs/bin" "$work/rootfs/etc" "$work/rootfs/run"
  cp "$(command -v busybox)" "$work/rootfs/bin/busybox"
  local applet
  for applet in $("$work/rootfs/bin/busybox" --list); do
    [ "$applet" = busybox ] || ln -sf busybox "$work/rootfs/bin/$applet"
  done
  tar -C "$work/rootfs" -c . | podman import - "$image" >/dev/null 2>&1
}

# Starts a container whose volumes hold what is in $work/volume-*, and whose process runs a program once and then waits.
start_container() { # NAME PROGRAM
  local name=$1 mounts=() directory volume
  for directory in "$work"/volume-*/; do
    directory=${directory%/}
    volume=$name-${directory##*/volume-}
    podman volume create "$volume" >/dev/null
    cp -a "$directory/." "$(podman volume inspect --format '{{.Mountpoint}}' "$volume")"
    mounts+=(-v "$volume:/${directory##*/volume-}")
    volumes+=("$volume")
  done
  podman run -d --name "$name" --network none "${mounts[@]}" "$image" sh -c "$2" >/dev/null 2>&1
  names+=("$name")
}

# They say that they are ready by a file in their root filesystem.
await_containers() {
  local name root
  for name in "${names[@]}"; do
    root=/proc/$(podman inspect --format '{{.State.Pid}}' "$name")/root
    for _ in $(seq 3000); do
      [ -e "$root/ready" ] && continue 2
      sleep 0.2
    done
    say "compare: $name never became ready"
    exit 1
  done
}

remove_podman() { { podman rm --force --time 0 "${names[@]}" && podman volume rm "${volumes[@]}"; } >/dev/null 2>&1; }
remove_native() { { floe rm --force "${names[@]}" && floe volume rm "${volumes[@]}"; } >/dev/null; }

remove_everything() {
  floe rm --force --all >/dev/null 2>&1 || true
  podman rm --force --all --time 0 >/dev/null 2>&1 || true
  local directory mount
  for directory in "$work" "$state"; do
    awk -v below="$directory/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | tac |
      while read -r mount; do umount -l "$mount" || true; done
    rm -rf --one-file-system "$directory"
  done
}
