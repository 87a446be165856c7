#!/bin/bash
# Goal: what a user or systemd mode mounts on /run or /run/secrets does not keep an archive from being
# restored, into Podman or as floe's own, though Podman mounts something of its own there.
# Method: a counter in a container with each of these mounts, from an archive of floe's.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
podman_image

restores() { # OPTION...: of podman run
  step "with $*"
  podman run --detach --name job --network none "$@" "$image" sh -c \
    'i=0; while :; do i=$((i+1)); echo $i >>/count; usleep 50000; done' >/dev/null
  eventually podman exec job test -s /count
  local had
  had=$(podman exec job ls -A /run)
  run checkpoint --export "$work/job.tar.zst" --overwrite job
  expect_status 0
  podman rm job >/dev/null
  podman volume rm --all --force >/dev/null
  run restore --trust "$work/job.tar.zst"
  expect_status 0
  local at
  at=$(podman exec job tail -n 1 /count)
  eventually podman exec job sh -c "[ \$(tail -n 1 /count) -gt $at ]"
  expect_equal "$(podman exec job ls -A /run)" "$had"
  podman restart --time 0 job >/dev/null || fail "podman cannot start it anew"
  podman rm --force --time 0 job >/dev/null
  podman volume rm --all --force >/dev/null
  run restore --trust --to native "$work/job.tar.zst"
  expect_status 0
  at=$(floe exec job tail -n 1 /count)
  eventually floe exec job sh -c "[ \$(tail -n 1 /count) -gt $at ]"
  floe rm --force job >/dev/null
  for volume in $(floe volume ls --quiet); do floe volume rm "$volume" >/dev/null; done
}

restores --systemd always
restores --volume run:/run
restores --volume secrets:/run/secrets
restores --tmpfs /run
restores --tmpfs /run/secrets
