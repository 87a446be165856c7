#!/bin/bash
# Goal: a restore into Podman that is refused, fails or is cancelled leaves no container, no volume
# and no directory behind, and does not touch what was there before.
# Method: one archive of Podman's with a volume, and everything that can be wrong with the host or
# with it, one after another; at the end it restores.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
podman_image
archive=$work/job.tar.zst
graph=$work/podman/graph

expect_nothing_left() {
  [ -z "$(podman ps --all --quiet)" ] || fail "a container was left: $(podman ps --all)"
  [ -z "$(podman volume ls --quiet)" ] || fail "a volume was left: $(podman volume ls)"
  [ -z "$(find "$graph" -maxdepth 1 -name '.staging*')" ] || fail "a directory was left"
  [ -z "$(grep "$graph/overlay/" /proc/self/mountinfo)" ] || fail "a mount was left"
}

expect_refused() {
  [ "$status" -ne 0 ] || fail "it was restored"
  expect_match "$err" "$1"
}

step "Podman makes an archive"
podman run -d --network none --name job -v data:/data "$image" sh -c "$counter" >/dev/null ||
  fail "podman run failed"
root=$(podman_root job)
eventually counts_beyond "$root/count" 3
head -c 20000000 /dev/urandom >"$root/big"
podman container checkpoint --export "$archive" job >/dev/null || fail "podman checkpoint failed"

step "a name that is taken"
run restore --import "$archive"
expect_refused "already in use"
[ "$(podman ps --all --quiet | wc -l)" -eq 1 ] || fail "the container that was there is gone"
podman rm --force --time 0 job >/dev/null

step "a volume that is there"
echo mine >"$(podman volume inspect --format '{{.Mountpoint}}' data)/mine"
run restore --import "$archive"
expect_refused "volume with name data already exists"
[ -e "$(podman volume inspect --format '{{.Mountpoint}}' data)/mine" ] || fail "it was changed"
podman volume rm data >/dev/null
expect_nothing_left

step "a volume that somebody makes meanwhile"
podman=$(command -v podman)
mkdir "$work/meanwhile"
cat >"$work/meanwhile/podman" <<END
#!/bin/sh
case "\$*" in *"container restore"*)
  "$podman" volume create data >/dev/null && echo mine >"$graph/volumes/data/_data/mine" ;;
esac
exec "$podman" "\$@"
END
chmod +x "$work/meanwhile/podman"
PATH=$work/meanwhile:$PATH run restore --import "$archive"
expect_refused "volume data: somebody has made it meanwhile"
expect_equal "$(cat "$graph/volumes/data/_data/mine")" mine
podman volume rm data >/dev/null
expect_nothing_left

step "an empty volume that somebody makes meanwhile stays the one that is mounted"
cat >"$work/meanwhile/podman" <<END
#!/bin/sh
case "\$*" in *"container restore"*)
  "$podman" run -d --network none --name other -v data:/mine "$image" sleep 1000 >/dev/null ;;
esac
exec "$podman" "\$@"
END
PATH=$work/meanwhile:$PATH run restore --import "$archive"
expect_refused "volume data: somebody has made it meanwhile"
podman exec other sh -c 'echo mine >/mine/file'
expect_equal "$(ls "$graph/volumes/data/_data")" file
podman rm --force --time 0 other >/dev/null
podman volume rm data >/dev/null
expect_nothing_left

step "a container that somebody restores meanwhile stays"
cat >"$work/meanwhile/podman" <<END
#!/bin/sh
case "\$*" in *"container restore"*) "$podman" container restore --import "$archive" >/dev/null ;; esac
exec "$podman" "\$@"
END
PATH=$work/meanwhile:$PATH run restore --import "$archive"
expect_refused "already in use"
expect_counting "$(podman_root job)" 1
[ -e "$(podman_root job)/big" ] || fail "its files are gone"

step "one that Podman has gets no twin of the same id"
run restore --to native "$archive"
expect_refused "already in use by a container of Podman's"
podman rm --force --time 0 job >/dev/null
podman volume rm data >/dev/null
expect_nothing_left

step "an image that is not here: no registry is asked"
id=$(podman image inspect --format '{{.Id}}' "$image")
podman image save --format oci-archive --output "$work/image.tar" "$image" >/dev/null 2>&1
podman image rm "$image" >/dev/null
run restore --import "$archive"
expect_refused "is not in Podman's storage here"
podman image load --input "$work/image.tar" >/dev/null 2>&1
expect_equal "$(podman image inspect --format '{{.Id}}' "$image")" "$id"
expect_nothing_left

step "an image that lost its name: it is found by its id"
podman image tag "$image" localhost/spare:1
podman image untag "$image" "$image"
run restore --import "$archive"
expect_status 0
podman rm --force --time 0 job >/dev/null
podman volume rm data >/dev/null
podman image tag localhost/spare:1 "$image"
podman image untag localhost/spare:1 localhost/spare:1

step "another runtime"
mkdir "$work/parts"
zstd -dc "$archive" | tar -C "$work/parts" -x
sed -i 's/"runtime": "runc"/"runtime": "kata"/' "$work/parts/config.dump"
tar -C "$work/parts" -cf "$work/kata.tar" .
run restore --import "$work/kata.tar"
expect_refused "was created with runtime 'kata'"
sed -i 's/"runtime": "kata"/"runtime": "runc"/' "$work/parts/config.dump"
run --runtime crun restore --import "$archive"
expect_refused "was created with runtime 'runc' and cannot be restored with runtime 'crun'"
expect_match "$err" "leave out --runtime"
run --runtime runc restore --import "$archive" --pod no-such-pod
expect_refused "cannot restore non pod container into pod"

step "an image of CRIU that it cannot read"
for image_file in "$work"/parts/checkpoint/core-*.img; do break; done
cp "$work/parts/checkpoint/files.img" "$work/files.img"
head -c 40 /dev/urandom >"$work/parts/checkpoint/files.img"
tar -C "$work/parts" -cf "$work/broken.tar" .
run restore --import "$work/broken.tar"
expect_refused "container job"
expect_nothing_left
cp "$work/files.img" "$work/parts/checkpoint/files.img"

step "a stranger's mount of the host where Podman mounts something itself"
mkdir -p "$work/host" "$work/stranger"
echo secret >"$work/host/secret"
for place in /run/secrets /etc/hosts; do
  source=$work/host
  [ "$place" = /run/secrets ] || source=$work/host/secret
  podman run --detach --network none --name stranger -v "$source:$place" "$image" sleep 1000 >/dev/null
  run checkpoint --export "$work/stranger.tar.zst" --overwrite stranger
  expect_status 0
  podman rm stranger >/dev/null
  rm -rf "$work/stranger"
  mkdir "$work/stranger"
  zstd -dc "$work/stranger.tar.zst" | tar -C "$work/stranger" -x
  jq --arg place "$place" 'del(.spec.mounts[] | select(.destination == $place))' \
    "$work/stranger/config.dump" >"$work/config.dump"
  mv "$work/config.dump" "$work/stranger/config.dump"
  tar -C "$work/stranger" -cf "$work/stranger.tar" .
  run restore --import "$work/stranger.tar"
  if [ "$status" -eq 0 ]; then
    expect_no_match "$(podman exec stranger cat "$place" "$place/secret" 2>/dev/null)" secret
    podman rm --force --time 0 stranger >/dev/null
  fi
  expect_nothing_left
done

step "a stranger's root filesystem change that leads outside"
mkdir -p "$work/outside"
cp "$work/parts/rootfs-diff.tar" "$work/diff.tar"
ln -s "$work/outside" "$work/link"
tar -C "$work" --transform 's,^link$,trap,' -rf "$work/parts/rootfs-diff.tar" link
rm "$work/link"; mkdir "$work/trap"; echo bad >"$work/trap/file"
tar -C "$work" -rf "$work/parts/rootfs-diff.tar" trap/file
tar -C "$work/parts" -cf "$work/hostile.tar" .
run restore --import "$work/hostile.tar"
expect_refused "trap"
[ ! -e "$work/outside/file" ] || fail "it wrote outside of the container"
expect_nothing_left
cp "$work/diff.tar" "$work/parts/rootfs-diff.tar"

step "damage in the middle"
cp "$archive" "$work/damaged"
size=$(stat -c %s "$archive")
printf 'damage' | dd of="$work/damaged" bs=1 seek=$((size / 2)) conv=notrunc status=none
run restore --import "$work/damaged"
[ "$status" -ne 0 ] || fail "it was restored"
expect_nothing_left

step "Ctrl-C at different moments"
for after in 0.2 0.5 0.8 1.1; do
  "$FLOE" restore --import "$archive" >/dev/null 2>&1 &
  pid=$!
  sleep "$after"
  kill -INT "$pid" 2>/dev/null || true
  if wait "$pid"; then
    podman rm --force --time 0 job >/dev/null
    podman volume rm data >/dev/null
  fi
  expect_nothing_left
done

step "a port that is taken"
podman network create --subnet 10.214.10.0/24 "floe-port-$$" >/dev/null || fail "no network"
port=$((20000 + $$ % 10000))
podman run -d --name first --network "floe-port-$$" -p "127.0.0.1:$port:80" "$image" sh -c "$counter" >/dev/null ||
  fail "podman run failed"
run checkpoint --leave-running --export "$work/port.tar.zst" first
expect_status 0
run restore --name second "$work/port.tar.zst"
expect_refused "address already in use"
! podman container exists second || fail "half a container was left"
podman rm --force --time 0 first >/dev/null

step "a name that is the beginning of an id is free"
podman create --name other --network none "$image" true >/dev/null
short=$(podman inspect --format '{{.Id}}' other | cut -c 1-5)
run restore --name "$short" --import "$archive"
expect_status 0
expect_equal "$(podman inspect --format '{{.State.Status}}' "$short")" running
podman rm --force --time 0 "$short" other >/dev/null
podman volume rm data >/dev/null
expect_nothing_left

step "undamaged it restores"
run restore --import "$archive"
expect_status 0
eventually counts_beyond "$(podman_root job)/count" 3
