#!/bin/bash
# Goal: volumes whose driver mounts something (podman volume create --opt) are saved as they are
# mounted. A stranger's archive does not have the host mount anything; with --trust they come back
# with their options, and a restore that is refused, fails or is killed leaves nothing of them.
# Method: a container with a tmpfs and a directory of the host as volumes; floe's archive of it is
# restored into Podman in all these ways.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
podman_image
shared=$work/shared
mkdir "$shared"
volumes=$work/podman/graph/volumes
archive=$work/job.tar

make_volumes() {
  podman volume create --opt type=tmpfs --opt device=tmpfs --opt o=mode=0750,nodev small >/dev/null
  podman volume create --opt type=none --opt "device=$shared" --opt o=bind near >/dev/null
}

forget() {
  podman rm --all --force --time 0 >/dev/null
  podman volume rm --all --force >/dev/null
  find "$shared" -mindepth 1 -delete
}

mounts() { grep -c " $volumes/" /proc/self/mountinfo || true; }

expect_nothing_left() {
  [ -z "$(podman ps --all --quiet)" ] || fail "a container was left: $(podman ps --all)"
  [ -z "$(podman volume ls --quiet)" ] || fail "a volume was left: $(podman volume ls)"
  [ "$(mounts)" -eq 0 ] || fail "a volume stays mounted: $(cat /proc/self/mountinfo)"
}

option() { podman volume inspect --format "{{index .Options \"$2\"}}" "$1"; }
mount_count() { podman volume inspect "$1" | jq '.[0].MountCount'; }

step "what is mounted is what is saved"
make_volumes
podman run -d --network none --name job -v small:/data -v near:/near "$image" \
  sh -c "echo near >/near/file; $counter" >/dev/null || fail "podman run failed"
eventually counts_beyond "$(podman_root job)/count" 3
run checkpoint job --compress none --export "$archive"
expect_status 0
tar -xOf "$archive" volumes/near.tar | tar -xO ./file 2>/dev/null | grep -q near ||
  tar -xOf "$archive" volumes/near.tar | tar -xO file | grep -q near ||
  fail "the directory's content is not in the archive"
tar -xOf "$archive" volumes/small.tar | tar -t | grep -q count || fail "nor is that of the tmpfs"
before=$(tar -xOf "$archive" volumes/small.tar | tar -xO --wildcards '*count' | tail -n 1 | cut -d ' ' -f 2)
forget

step "a stranger's archive has the host mount nothing"
run restore "$archive"
expect_status 0
expect_match "$err" "volume small is made without its driver's options (device=tmpfs"
expect_match "$err" "--trust keeps them"
expect_equal "$(mounts)" 0
expect_equal "$(ls "$shared")" ""
expect_equal "$(cat "$volumes/near/_data/file")" near
expect_counting "$(podman_root job)" "$before"
forget

step "with --trust the volumes are what they were"
run restore --trust "$archive"
expect_status 0
expect_no_match "$err" "driver's options"
expect_equal "$(option small type) $(option small o)" "tmpfs mode=0750,nodev"
expect_equal "$(option near o) $(option near device)" "bind $shared"
expect_equal "$(cat "$shared/file")" near
expect_counting "$(podman_root job)" "$before"
expect_equal "$(mount_count small) $(mount_count near)" "1 1"
grep -q " $volumes/small/_data .* tmpfs " /proc/self/mountinfo || fail "the tmpfs is not mounted"

step "Podman unmounts them with the container"
podman stop --time 0 job >/dev/null
expect_equal "$(mounts)" 0
expect_equal "$(mount_count small) $(mount_count near)" "0 0"
forget
expect_nothing_left

step "files that are there are nobody's to mix with"
echo mine >"$shared/mine"
run restore --trust "$archive"
expect_status 2
expect_match "$err" "there are files already in what it mounts"
expect_nothing_left
expect_equal "$(ls "$shared")" mine
run restore --trust --ignore-volumes "$archive"
expect_status 0
expect_equal "$(option near device)" "$shared"
[ -e "$(podman_root job)/near/mine" ] || fail "it does not have the directory as it is"
forget

step "a directory that is not here"
mv "$shared" "$shared.away"
run restore --trust "$archive"
expect_status 2
expect_match "$err" "podman volume mount near: "
expect_match "$err" "$shared"
mv "$shared.away" "$shared"
expect_nothing_left

step "a restore that fails when they are filled takes all of it back"
mkdir "$work/failing"
printf '#!/bin/sh\n[ "$1" != swrk ] || exit 1\nexec "%s" "$@"\n' "$FLOE_CRIU" >"$work/failing/criu"
chmod +x "$work/failing/criu"
run --criu "$work/failing/criu" restore --trust "$archive"
expect_status 2
expect_match "$err" "container job"
expect_nothing_left
expect_equal "$(ls "$shared")" ""

step "a floe that is killed leaves nothing either"
is_quiet() {
  ! pgrep -f -- "--root $work/podman/graph" && [ -z "$(podman volume ls --quiet)" ] &&
    [ "$(mounts)" -eq 0 ] && [ -z "$(ls "$shared")" ]
}
for after in 0.1 0.2 0.3 0.4 0.5 0.7; do
  "$FLOE" restore --trust "$archive" >/dev/null 2>&1 &
  pid=$!
  sleep "$after"
  kill -9 "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  run ps # whoever comes next may help
  if podman ps --format '{{.Names}}' | grep -q job; then
    echo "   it was complete"
    forget
    expect_nothing_left
  else
    eventually is_quiet
  fi
done
run restore --trust "$archive"
expect_status 0
expect_counting "$(podman_root job)" "$before"
forget

step "what ends with the container is not left to a checkpoint in place"
podman volume create --opt type=tmpfs --opt device=tmpfs fast >/dev/null
podman run --detach --name job --network none -v fast:/fast "$image" \
  sh -c 'echo kept >/fast/file; exec sleep 100000' >/dev/null
eventually podman exec job test -s /fast/file
run checkpoint job
expect_status 2
expect_match "$err" "its volume fast is kept in memory and ends with the container; use --export"
expect_equal "$(podman exec job cat /fast/file)" kept
run checkpoint --export "$work/fast.tar.zst" job
expect_status 0
run restore job
expect_status 2
expect_match "$err" "its volume fast was kept in memory and has ended with it"
forget
podman volume rm fast >/dev/null 2>&1 || true
run restore --trust "$work/fast.tar.zst"
expect_status 0
expect_equal "$(podman exec job cat /fast/file)" kept
