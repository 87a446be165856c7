#!/bin/bash
# Goal: a container's life by the commands of people: created, started, looked at, paused, stopped,
# removed; volumes and images beside it.
source "$(dirname "$0")/../support/scenario.sh"
need_root
need_programs runc conmon jq
scratch_store

step "import an image"
busybox_image
run image ls
expect_match "$out" "localhost/busybox"
run image ls --format json
expect_json "$out" 'length' 1

step "create, start and list"
run create --name web -v data:/data -e GREETING=hello --label tier=front --hostname webhost \
  busybox sh -c 'echo $GREETING from $(hostname); echo oops >&2; echo $PPID >/data/f; exec sleep 1000'
expect_status 0
id=$out
[ ${#id} -eq 64 ] || fail "\"$id\" is no id"
run inspect --format '{{.State.Status}}' web
expect_equal "$out" created
run start web
expect_status 0
expect_equal "$out" web
run ps
expect_match "$out" "${id:0:12}"
expect_match "$out" "Up "
run ps --format json --filter label=tier=front
expect_json "$out" '.[0].Id' "$id"
expect_json "$out" '.[0].Names[0]' web
expect_json "$out" '.[0].State' running
run ps --filter label=tier=back -q
expect_equal "$out" ""
run container inspect "${id:0:6}"
expect_json "$out" '.[0].Id' "$id"
expect_json "$out" '.[0].Name' web

step "read its log"
eventually sh -c "'$FLOE' logs web | grep -q 'hello from webhost'"
run logs web
expect_equal "$out" "hello from webhost"
expect_equal "$err" oops
run logs --timestamps --tail 1 web
expect_match "$err" "T"

step "run commands in it"
run exec web cat /data/f
expect_status 0
run exec -e A=1 -w /data web sh -c 'echo $A $(pwd); exit 7'
expect_status 7
expect_equal "$out" "1 /data"
echo from-stdin | floe exec -i web cat >"$work/echoed"
expect_equal "$(cat "$work/echoed")" from-stdin

step "exec tells a program that is not there from one that cannot be run and from a failed one"
for program in no-such-program /no/such/program; do
  run exec web "$program"
  expect_status 127
  expect_match "$err" "Error: container web: "
  expect_match "$err" "$program"
done
run exec web /data/f
expect_status 126
expect_match "$err" "permission denied"
for code in 1 126 127 255; do
  run exec web sh -c "exit $code"
  expect_status "$code"
  expect_equal "$err" ""
done
run exec web sh -c 'kill -9 $$'
expect_status 137
run exec --workdir /no/such/directory web true
[ "$status" -ne 0 ] || fail "it ran in a directory that is not there"

step "a signal to exec is one to the program"
"$FLOE" exec web sh -c 'trap "echo ended; exit 5" TERM; echo ready; while :; do sleep 0.1; done' >"$work/trapped" &
pid=$!
eventually grep -q ready "$work/trapped"
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
expect_status 5
grep -q ended "$work/trapped" || fail "the program did not get it"

step "a volume is not imported under a container that runs"
run volume export data --output "$work/running.tar"
run volume import data "$work/running.tar"
expect_status 2
expect_match "$err" "container web is running"

step "pause and unpause"
run pause web
expect_status 0
run ps --format '{{.State}}'
expect_equal "$out" paused
run unpause web
expect_status 0

step "volumes"
run volume ls -q
expect_equal "$out" data
run volume inspect data
expect_json "$out" '.[0].Name' data
floe volume export data >"$work/data.tar"
tar -tf "$work/data.tar" | grep -q '^\(\./\)\?f$' || fail "the tar lacks f"
run volume export data -o "$work/data2.tar"
expect_status 0
run volume create copy
expect_equal "$out" copy
floe volume import copy - <"$work/data.tar"
run volume inspect --format '{{.Mountpoint}}' copy
[ -f "$out/f" ] || fail "the import lacks f"
run volume rm data
expect_status 2
expect_match "$err" "data"
run volume rm copy
expect_status 0

step "what is wrong is said"
run create --name web busybox true
expect_status 2
expect_match "$err" "Error: "
expect_match "$err" web
run create --name other no-such-image true
expect_status 2
expect_match "$err" no-such-image
run start no-such-container
expect_status 2
expect_match "$err" no-such-container
run rm web
expect_status 2
run unpause web
expect_status 2
run --runtime /no/such/runtime run -d --name odd busybox true
expect_status 69

step "stop and remove"
run stop -t 1 web
expect_status 0
run ps -a --format '{{.State}} {{.Names}}'
expect_match "$out" "exited web"
run rm web no-such-container
expect_status 1
expect_equal "$out" web

step "with --force it is no error that there is nothing to remove"
for words in "rm" "volume rm" "image rm"; do
  # shellcheck disable=SC2086 # two words
  run $words --force no-such
  expect_status 0
  expect_equal "$out$err" ""
done
run volume rm data
expect_status 0
