#!/bin/bash
# Goal: a floe that is killed with SIGKILL, at whatever moment, leaves containers that run and a
# Podman that works, without anybody having to call floe again.
# Method: real Podman and native containers; floe is killed after different times of a checkpoint
# and of a restore; only what it started itself may clean up behind it.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1

podman_store
busybox_rootfs
podman_image
archives=$work/archives
mkdir "$archives"

state_of() { podman inspect --format '{{.State.Status}}' "$1"; }
has_exited() { [ "$(state_of "$1")" = exited ]; }
# The guard, what it ends, and what the monitors of native containers start when these end.
processes_of_floe() { pgrep -f "^$FLOE .*(guard|container cleanup [0-9a-f]*)\$|hand-over.tar" || true; }
is_quiet() { [ -z "$(processes_of_floe)" ]; }
goes_on() { # NAME
  local at
  at=$(last_count "$(podman_root "$1")/count")
  eventually counts_beyond "$(podman_root "$1")/count" "$at"
}
# killed_after SECONDS ARGUMENT...: how long it lives is the point of it.
killed_after() {
  local seconds=$1 pid
  shift
  "$FLOE" "$@" >/dev/null 2>&1 &
  pid=$!
  sleep "$seconds"
  kill -9 "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  eventually is_quiet
}

podman run -d --name web --network none -v data:/data "$image" sh -c "$counter" >/dev/null
eventually counts_beyond "$(podman_root web)/count" 3
head -c 60000000 /dev/urandom >"$(podman_root web)/data/noise"

step "a killed checkpoint lets the container go on and leaves no file"
for moment in 0.05 0.15 0.3 0.45 0.6 0.9; do
  killed_after "$moment" checkpoint --leave-running --export-dir "$archives" web
  goes_on web
  rm -f "$archives/web.tar.zst" # it may have been done
  expect_equal "$(ls -A "$archives")" ""
done

step "of a checkpoint that stops it, too: it runs, or it is stopped and complete"
for moment in 0.1 0.3 0.5 0.8; do
  killed_after "$moment" checkpoint web
  if [ "$(state_of web)" != running ]; then
    podman container restore web >/dev/null || fail "neither runs nor can be restored"
  fi
  goes_on web
done

step "a runtime that has not come to its CRIU yet is waited for"
mkdir "$work/slow-runtime"
cat >"$work/slow-runtime/runc" <<END
#!/bin/sh
case "\$*" in *--image-path*) touch "$work/starting" && sleep 1 ;; esac
exec "$(command -v runc)" "\$@"
END
chmod +x "$work/slow-runtime/runc"
{
  cat "$CONTAINERS_CONF"
  printf '[engine.runtimes]\nrunc = ["%s"]\n' "$work/slow-runtime/runc"
} >"$work/slow-runtime/containers.conf"
CONTAINERS_CONF=$work/slow-runtime/containers.conf "$FLOE" checkpoint web >/dev/null 2>&1 &
pid=$!
eventually test -e "$work/starting"
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
eventually is_quiet
expect_equal "$(state_of web)" running
goes_on web
bundle=$work/podman/graph/overlay-containers/$(podman inspect --format '{{.Id}}' web)/userdata
[ ! -e "$bundle/checkpoint" ] || fail "images of a container that runs are left"

step "a Podman that a killed floe has asked to stop a container may do so late"
podman=$(command -v podman)
mkdir "$work/slow"
cat >"$work/slow/podman" <<END
#!/bin/sh
case "\$*" in *"stop --time"*) touch "$work/stopping" && sleep 1 ;; esac
exec "$podman" "\$@"
END
chmod +x "$work/slow/podman"
PATH=$work/slow:$PATH "$FLOE" checkpoint web >/dev/null 2>&1 &
pid=$!
eventually test -e "$work/stopping"
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
eventually is_quiet
eventually has_exited web
podman container restore web >/dev/null || fail "its images are gone"
goes_on web

step "a native one goes on as well"
run run -d --name own -v own-data:/data --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 "$image" sh -c "$counter"
expect_status 0
for moment in 0.15 0.3 0.5; do
  killed_after "$moment" checkpoint --leave-running --export-dir "$archives" own
  at=$(last_count "$(floe_root own)/count")
  eventually counts_beyond "$(floe_root own)/count" "$at"
  rm -f "$archives/own.tar.zst"
done

step "a killed restore leaves a Podman that works, and the container whole or not at all"
run checkpoint --export "$archives/web.tar.zst" web
expect_status 0
podman rm --force --time 0 web >/dev/null
podman volume rm data >/dev/null
for moment in 0.1 0.3 0.45 0.55 0.65 0.75 0.9 1.2; do
  killed_after "$moment" restore "$archives/web.tar.zst"
  timeout 20 podman ps --all >"$work/seen" || fail "Podman hangs"
  if grep -q web "$work/seen"; then
    goes_on web
    podman rm --force --time 0 web >/dev/null
    podman volume rm data >/dev/null
  fi
  expect_equal "$(podman volume ls --quiet)" ""
  ls -d "$work"/podman/graph/.staging-* >/dev/null 2>&1 && fail "its directory stayed"
done

step "a Podman that a killed floe has asked to make a volume, for its labels, may do so late"
podman volume create --label tier=db labelled >/dev/null
podman run -d --name labelled --network none -v labelled:/data "$image" sleep 1000 >/dev/null
run checkpoint --export "$archives/labelled.tar.zst" labelled
expect_status 0
podman rm labelled >/dev/null
podman volume rm labelled >/dev/null
sed -i "s|stop --time.*;; esac|volume create\"*) touch '$work/making' \&\& sleep 1 ;; esac|" "$work/slow/podman"
PATH=$work/slow:$PATH "$FLOE" restore "$archives/labelled.tar.zst" >/dev/null 2>&1 &
pid=$!
eventually test -e "$work/making"
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
eventually is_quiet
no_slow_podman() { ! pgrep -f "$work/slow/podman" >/dev/null; }
eventually no_slow_podman
expect_equal "$(podman volume ls --quiet)" ""

step "several at once, native ones among them"
run checkpoint --export "$archives/own.tar.zst" own
expect_status 0
run rm own
run volume rm own-data
for name in two three; do
  podman run -d --name "$name" --network none "$image" sleep 1000 >/dev/null
  run checkpoint --export "$archives/$name.tar.zst" "$name"
  expect_status 0
  podman rm "$name" >/dev/null
done
for moment in 0.2 0.22 0.24 0.26 0.28 0.3 0.32 0.34 0.36 0.4 0.45; do
  killed_after "$moment" restore "$archives"/*.tar.zst
  for name in $(podman ps --all --format '{{.Names}}'); do
    expect_equal "$name $(state_of "$name")" "$name running"
  done
  run ps --all --source native --format '{{.State}}'
  [ -z "$out" ] || expect_equal "$out" running
  ! grep -q '\.criu\.' /proc/self/mountinfo || fail "CRIU's mounts stayed"
  podman rm --all --force --time 0 >/dev/null
  podman volume rm --all --force >/dev/null
  run rm --all --force
  run volume rm --all
done
run restore "$archives/own.tar.zst"
expect_status 0
expect_loopback "$(floe inspect own | jq -r '.[0].State.Pid')"

step "in the moment when Podman has just been started"
for _ in 1 2 3; do
  "$FLOE" restore "$archives/web.tar.zst" >/dev/null 2>&1 &
  pid=$!
  for _ in $(seq 2000); do
    pgrep -f hand-over.tar >/dev/null && break
  done
  kill -9 "$pid" || true
  wait "$pid" 2>/dev/null || true
  eventually is_quiet
  timeout 20 podman ps --all >"$work/seen" || fail "Podman hangs"
  grep -q web "$work/seen" && fail "half of it is there: $(cat "$work/seen")"
done
run restore "$archives/web.tar.zst"
expect_status 0
goes_on web

step "in the moment when Podman is done"
for delay in 0 0.002 0.004 0.008 0.012 0.02 0.03 0.04; do
  podman rm --force --time 0 web >/dev/null
  podman volume rm data >/dev/null
  "$FLOE" restore "$archives/web.tar.zst" >/dev/null 2>&1 &
  pid=$!
  for _ in $(seq 2000); do
    pgrep -f hand-over.tar >/dev/null && break
  done
  while pgrep -f hand-over.tar >/dev/null; do :; done
  sleep "$delay" # how much of the rest it may do is the point of it
  kill -9 "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  eventually is_quiet
  goes_on web
  ! ls -d "$work"/podman/graph/.staging-* >/dev/null 2>&1 || fail "its directory stayed"
done
