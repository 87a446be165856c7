#!/bin/bash
# Goal: containers are checkpointed and restored by the command line, with the results, documents
# and exit codes that are promised.
source "$(dirname "$0")/../support/scenario.sh"
need_root
need_programs runc conmon jq getfacl setfacl
need_criu
scratch_store
busybox_image

counting='i=0; while :; do i=$((i + 1)); echo $i >>/data/count; sleep 0.1; done'
counts() { [ "$(floe exec "$1" wc -l </dev/null 2>/dev/null "/data/count" | cut -d" " -f1)" -gt "$2" ]; }

step "three containers that count"
run volume create --label tier=db a
expect_status 0
for name in a b c; do
  run run -d --name "$name" -v "$name:/data" --network none busybox sh -c "$counting"
  expect_status 0
done
for name in a b c; do
  eventually counts "$name" 3
done

step "checkpoint and restore in place"
run checkpoint a
expect_status 0
expect_equal "$out" a
expect_match "$err" "a: done in "
run ps -a --format '{{.Names}} {{.Status}}'
expect_match "$out" "(checkpointed)"
run restore a
expect_status 0
expect_equal "$out" a
before=$(floe exec a wc -l /data/count | cut -d" " -f1)
eventually counts a "$before"

step "one archive, the container goes on"
run checkpoint a --export "$work/a.tar.zst" --leave-running --format json
expect_status 0
expect_json "$out" .done 1
expect_json "$out" '.results[0].outcome' done
expect_json "$out" '.results[0].archive' "$work/a.tar.zst"
expect_json "$out" '.results[0].frozen_ms > 0' true
expect_json "$out" '([.results[0].stages[].microseconds] | add / 1000 - '"$(jq '.results[0].total_ms' <<<"$out")"' | fabs) < 1' true
run ps --format '{{.Names}}'
expect_match "$out" a

step "an archive that is there is not replaced"
sum=$(sha256sum <"$work/a.tar.zst")
run checkpoint a --export "$work/a.tar.zst" --leave-running --format json
expect_status 2
expect_json "$out" '.results[0].error.code' target_exists
expect_equal "$(sha256sum <"$work/a.tar.zst")" "$sum"
run checkpoint a --export "$work/a.tar.zst" --leave-running --overwrite
expect_status 0

step "look into it"
run show "$work/a.tar.zst"
expect_status 0
expect_match "$out" "localhost/busybox"
run show --format json --files "$work/a.tar.zst"
expect_status 0
run verify "$work/a.tar.zst"
expect_status 0

step "the kernel hurries as long as it is asked to, and one that is killed is put right"
knob=/sys/kernel/rcu_expedited
if [ -w "$knob" ]; then
  before=$(cat "$knob")
  run checkpoint a --export "$work/hurried.tar.zst" --leave-running --expedite
  expect_status 0
  expect_equal "$(cat "$knob")" "$before"
fi

step "a process of exec is not lost without a word"
floe exec a sleep 500 &
eventually pgrep -f '^sleep 500$'
run checkpoint a --export "$work/exec.tar.zst" --leave-running
expect_status 0
expect_match "$err" "was started by exec and is not in the checkpoint"
pkill -f '^sleep 500$'
wait || true

step "all of them into a directory"
mkdir "$work/saved"
run checkpoint --all --export-dir "$work/saved" --print-stats --trace "$work/trace.json"
expect_status 0
for name in a b c; do
  expect_json "$(cat "$work/trace.json")" \
    "[.traceEvents[] | select(.args.name == \"checkpoint $name\")] | length" 1
done
expect_json "$(cat "$work/trace.json")" '[.traceEvents[] | select(.name == "write 0" and .dur >= 0)] | length' 3
expect_json "$out" '.container_statistics | length' 3
expect_json "$out" '.podman_checkpoint_duration > 0' true
expect_equal "$(ls "$work/saved")" $'a.tar.zst\nb.tar.zst\nc.tar.zst'
run ps -q
expect_equal "$out" ""

step "restore them all from there"
run rm --all
expect_status 0
for name in a b c; do
  run volume rm "$name"
  expect_status 0
done
run restore "$work"/saved/*.tar.zst --quiet
expect_status 0
expect_equal "$err" ""
expect_equal "$(wc -l <<<"$out")" 3
run volume inspect a
expect_json "$out" '.[0].Labels.tier' db
for name in a b c; do
  before=$(floe exec "$name" wc -l /data/count | cut -d" " -f1)
  eventually counts "$name" "$before"
done

step "ACLs are not inherited, and directories keep their times"
run volume create guarded
guarded=$FLOE_ROOT/volumes/guarded/_data
mkdir "$guarded/d" && echo secret >"$guarded/d/f" && mkdir "$guarded/d/sub"
chmod 640 "$guarded/d/f"
setfacl -m d:u:1000:rwx "$guarded/d"
run run -d --name guarded -v guarded:/v --network none busybox sh -c 'rm /bin/yes; touch -d @1000000000 /bin; exec sleep 1000'
expect_status 0
eventually floe exec guarded sh -c '[ ! -e /bin/yes ] && [ "$(stat -c %Y /bin)" = 1000000000 ]'
listed() { getfacl -R --absolute-names "$guarded" && stat -c '%n %Y' "$guarded" "$guarded"/d "$guarded"/d/*; }
before=$(listed)
run checkpoint guarded --export "$work/guarded.tar.zst"
expect_status 0
run rm guarded
run volume rm guarded
run restore "$work/guarded.tar.zst"
expect_status 0
expect_equal "$(listed)" "$before"
expect_equal "$(floe exec guarded stat -c %Y /bin)" 1000000000
run rm -f guarded
run volume rm guarded

step "what exists already is not overwritten"
run restore "$work/saved/a.tar.zst" --format json
expect_status 2
expect_json "$out" '.results[0].error.code' container_exists
run restore "$work/saved/a.tar.zst" --name a2 --format json
expect_status 2
expect_json "$out" '.results[0].error.code' volume_exists
run restore "$work/saved/a.tar.zst" --name a2 --ignore-volumes
expect_status 0
