#!/bin/bash
# Goal: a database server of many threads keeps what it has in memory only, on a network of
# Podman's: through a checkpoint that leaves it running and a restore, and through one in place.
# Method: redis-server from Debian's redis-tools (redis-check-rdb is the same program) without any
# saving to disk, asked with redis-cli over its address on the bridge, while podman commands run
# beside the checkpoint.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
need_programs redis-check-rdb redis-cli
busybox_rootfs

# add_program PROGRAM NAME: with the libraries that it is linked with.
add_program() {
  local library
  install -D "$(command -v "$1")" "$work/rootfs/usr/bin/$2"
  for library in $(ldd "$(command -v "$1")" | grep -o '/[^ ]*'); do
    install -D "$library" "$work/rootfs$library"
  done
}
add_program redis-check-rdb redis-server
podman_image
network=floe-redis-$$
podman network create --subnet 10.214.9.0/24 "$network" >/dev/null || fail "no network"
archive=$work/redis.tar.zst

address() {
  podman inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' redis
}
redis() { redis-cli -h "$(address)" "$@"; }
answers() { [ "$(redis ping 2>/dev/null)" = PONG ]; }
# What it has in memory, and how long it thinks it has lived.
run_id() { redis info server | tr -d '\r' | sed -n 's/^run_id://p'; }

step "a server with keys that are nowhere but in its memory"
podman run -d --name redis --network "$network" -v redis-data:/data "$image" \
  redis-server --bind 0.0.0.0 --protected-mode no --save "" --dir /data >/dev/null ||
  fail "podman run failed"
eventually answers
seq 20000 | sed 's/.*/SET key:& value:&/' | redis --pipe >/dev/null || fail "the keys were not set"
expect_equal "$(redis dbsize)" 20000
server=$(run_id)
digest=$(redis debug digest 2>/dev/null || redis get key:777)

step "it is saved while it runs and Podman is used"
(while podman ps --all >/dev/null && podman inspect redis >/dev/null; do :; done) &
beside=$!
run checkpoint --leave-running --export "$archive" redis
kill "$beside" 2>/dev/null || true
wait "$beside" 2>/dev/null || true
expect_status 0
eventually answers
redis set after-the-checkpoint 1 >/dev/null
expect_equal "$(podman inspect --format '{{.State.Status}}' redis)" running

step "it comes back as it was then, with its address"
before=$(address)
podman rm --force --time 0 redis >/dev/null
podman volume rm redis-data >/dev/null
run restore "$archive"
expect_status 0
expect_equal "$(address)" "$before"
eventually answers
expect_equal "$(redis dbsize)" 20000
expect_equal "$(redis debug digest 2>/dev/null || redis get key:777)" "$digest"
expect_equal "$(run_id)" "$server"
redis set since-the-restore 1 >/dev/null

step "it is stopped in place and resumed"
run checkpoint redis
expect_status 0
expect_equal "$(podman inspect --format '{{.State.Status}}' redis)" exited
run restore redis
expect_status 0
eventually answers
expect_equal "$(redis get since-the-restore)" 1
expect_equal "$(redis dbsize)" 20001
expect_equal "$(run_id)" "$server"
