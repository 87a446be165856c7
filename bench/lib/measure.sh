# shellcheck shell=bash
# Measuring for bench/compare: every figure goes as "LABEL NUMBER" into $work/figures. Times are in
# nanoseconds.

say() { printf '%s\n' "$*" >&2; }

# Runs a command and notes the time it took.
measure() { # LABEL COMMAND...
  local label=$1 begun
  shift
  sync
  begun=$(date +%s%N)
  "$@" >"$work/last.log" 2>&1 || { cat "$work/last.log" >&2; say "compare: '$label' failed"; exit 1; }
  note "$label" $(($(date +%s%N) - begun))
}

note() { printf '%s %s\n' "$1" "$2" >>"$work/figures"; } # LABEL NUMBER

figures_of() { awk -v label="$1" '$1 == label { print $2 }' "$work/figures" | sort -n; }

has_figures() { grep -q "^$1 " "$work/figures"; }

median() {
  figures_of "$1" |
    awk '{ all[NR] = $1 } END { printf "%.0f\n", NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'
}

# The label with the smallest median.
best_of() {
  local label
  for label in "$@"; do
    ! has_figures "$label" || printf '%s %s\n' "$(median "$label")" "$label"
  done | sort -n | head -n 1 | cut -d ' ' -f 2
}

# One line of the table, and one object for the JSON: how many times as much as floe a peer needed, and what was asked for. The
# spread are the ratios of the worst round of one to the best round of the other, both ways.
compare_with() { # ROW WHAT OURS PEER WANTED UNIT
  [ -n "$4" ] || return 0
  awk -v row="$1" -v what="$2" -v ours="$3" -v peer="$4" -v wanted="$5" -v unit="$6" \
    -v ours_median="$(median "$3")" -v peer_median="$(median "$4")" \
    -v ours_all="$(figures_of "$3" | tr '\n' ' ')" -v peer_all="$(figures_of "$4" | tr '\n' ' ')" \
    -v objects="$work/rows.json" 'BEGIN {
      scale = unit == "s" ? 1e9 : 1
      rounds = split(ours_all, o, " "); last = split(peer_all, p, " ")
      ratio = peer_median / ours_median
      met = ratio >= wanted ? "yes" : "no"
      printf "%4s  %-44s %9.2f %s  %-28s %9.2f %s  %6.2f  (%.2f to %.2f)  %6s  %s\n", row, what, ours_median / scale, unit,
        peer, peer_median / scale, unit, ratio, p[1] / o[rounds], p[last] / o[1], wanted, met
      printf "{\"row\":\"%s\",\"what\":\"%s\",\"floe\":\"%s\",\"peer\":\"%s\",\"unit\":\"%s\",\"floe_median\":%s,\"peer_median\":%s,\"ratio\":%.4f,\"ratio_low\":%.4f,\"ratio_high\":%.4f,\"wanted\":%s}\n",
        row, what, ours, peer, unit, ours_median / scale, peer_median / scale, ratio, p[1] / o[rounds], p[last] / o[1], wanted >>objects
    }'
}
