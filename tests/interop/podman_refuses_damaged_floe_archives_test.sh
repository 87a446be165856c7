#!/bin/bash
# Goal: nothing is restored from a damaged floe archive, not even by stock Podman.
# Method: one small archive; a bit flipped at 100 places spread over the frames that hold the tar's
# content, and the archive cut at 100 places there: floe must refuse each, and Podman each that does
# not hold the same tar still, and leave no container. Then 100 flips and cuts in the index behind
# the frames, which Podman does not read and floe must refuse too. At the end both restore the
# undamaged archive: it was the damage they saw.
source "$(dirname "$0")/../support/scenario.sh" || exit 1
source "$(dirname "$0")/podman.sh" || exit 1
places=100

# byte_at FILE OFFSET
byte_at() { od -A n -t u1 -j "$2" -N 1 "$1" | tr -d ' '; }

# number_at FILE OFFSET SIZE: little-endian.
number_at() { od -A n -t "u$3" --endian=little -j "$2" -N "$3" "$1" | tr -d ' '; }

# put_byte FILE OFFSET VALUE
put_byte() {
  # shellcheck disable=SC2059 # the format is the byte
  printf "\\x$(printf '%02x' "$3")" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# is_same_tar: a bit of a compressed frame may stand for another way to the same content (the same
# bytes from further back), which no checksum of the content sees. That is rare.
is_same_tar() { zstd -dqc "$damaged" 2>/dev/null | cmp -s - "$tar"; }

podman_must_refuse() {
  local said
  if is_same_tar; then
    same=$((same + 1))
    return
  fi
  if said=$(podman container restore --import "$damaged" 2>&1); then
    fail "podman restored it: $1"
  fi
  [[ $said != *"already"* ]] || fail "podman refused for another reason ($1): $said"
  said=$(podman ps --all --quiet)
  [ -z "$said" ] || fail "podman left a container: $1"
}

floe_must_refuse() {
  run verify "$damaged"
  [ "$status" -ne 0 ] || fail "floe verify accepted it: $1"
  run restore --import "$damaged"
  [ "$status" -ne 0 ] || fail "floe restored it: $1"
  expect_no_match "$err" "already"
  run ps --all --quiet
  expect_equal "$out" ""
}

# with_flip OFFSET BIT COMMAND...: runs the commands while that bit is wrong.
with_flip() {
  local offset=$1 bit=$2 byte command
  shift 2
  byte=$(byte_at "$damaged" "$offset")
  put_byte "$damaged" "$offset" $((byte ^ (1 << bit)))
  for command in "$@"; do "$command" "bit $bit of byte $offset flipped"; done
  put_byte "$damaged" "$offset" "$byte"
}

# with_cut SIZE COMMAND...
with_cut() {
  local size=$1 command
  shift
  head -c "$size" "$archive" >"$damaged"
  for command in "$@"; do "$command" "cut to $size bytes"; done
}

podman_store
busybox_rootfs
podman_image
archive=$work/small.tar.zst
tar=$work/small.tar
same=0
damaged=$work/damaged.tar.zst

step "floe makes a small archive"
run run -d --name small -v data:/data "$image" sh -c "$counter"
expect_status 0
root=$(floe_root small)
eventually counts_beyond "$root/count" 3
head -c 200000 /dev/urandom >"$root/data/random"
head -c 200000 /dev/urandom >"$root/random"
run checkpoint small --export "$archive"
expect_status 0
run rm --force small
expect_status 0
run volume rm data
expect_status 0

# Where the index begins and where the last frame does, which holds nothing but the end of the tar:
# FORMAT.md, "Behind the frames".
size=$(stat -c %s "$archive")
frames=$(number_at "$archive" $((size - 9)) 4)
seek_table=$((size - 17 - 8 * frames))
index_size=$(number_at "$archive" $((seek_table - 16)) 8)
index=$((seek_table - 56 - index_size - 8))
last_frame=$((index - $(number_at "$archive" $((size - 17)) 4)))
echo "   $size bytes, $frames frames, the tar's end at $last_frame, the index at $index"
((frames > 1 && last_frame > 400000 && index < size)) ||
  fail "that is not the layout of a floe archive"
zstd -dqc "$archive" >"$tar"

step "$places flips in the frames: Podman and floe refuse"
cp "$archive" "$damaged"
for ((i = 0; i < places; i++)); do
  with_flip $(((2 * i + 1) * last_frame / (2 * places))) $((i % 8)) \
    podman_must_refuse floe_must_refuse
done
cmp "$archive" "$damaged" || fail "the flips were not undone"
echo "   $same of them changed nothing of the tar"
((same <= places / 20)) || fail "too many flips for chance changed nothing"

# It belongs to no member, so a restore does not come across it by itself.
step "flips in the end of the tar: floe refuses to restore"
for ((offset = last_frame; offset < index; offset++)); do
  with_flip "$offset" $((offset % 8)) floe_must_refuse
done

step "$places flips in the index: floe refuses"
for ((i = 0; i < places; i++)); do
  with_flip $((index + i * (size - index) / places)) $((i % 8)) floe_must_refuse
done
cmp "$archive" "$damaged" || fail "the flips were not undone"

step "$places cuts in the frames: Podman and floe refuse"
for ((i = 0; i < places; i++)); do
  with_cut $(((2 * i + 1) * last_frame / (2 * places))) podman_must_refuse floe_must_refuse
done

step "cuts in the end of the tar and in the index: floe refuses"
for ((i = 0; i < 20; i++)); do
  with_cut $((last_frame + i * (size - last_frame) / 20)) floe_must_refuse
done

step "both restore what is not damaged"
podman container restore --import "$archive" >/dev/null || fail "podman refused the archive"
eventually counts_beyond "$(podman_root small)/count" 3
podman rm --force --time 0 --volumes small >/dev/null
run volume ls --source native --quiet
expect_equal "$out" ""
run restore --import "$archive"
expect_status 0
eventually counts_beyond "$(floe_root small)/count" 3
