# shellcheck shell=bash
# Data for the workloads of bench/compare. The same on every run, except for what is random.

# Words of a Zipf-like vocabulary: compresses about as text does.
text_block() { # BYTES
  awk -v bytes="$1" 'BEGIN {
    srand(1)
    for (i = 0; i < 8000; i++) {
      word = ""
      for (n = 2 + int(rand() * 9); n > 0; n--) word = word sprintf("%c", 97 + int(rand() * 26))
      vocabulary[i] = word
    }
    while (made < bytes) {
      line = ""
      for (n = 0; n < 12; n++) line = line vocabulary[int(8000 * rand() * rand() * rand())] " "
      print line
      made += length(line) + 1
    }
  }' | head -c "$1"
}

# Fills a directory with about so many MiB in files of 4 MiB, 70 % of them like text.
fill_large() { # DIRECTORY MIB
  local i
  mkdir -p "$1"
  for i in $(seq $(($2 / 4))); do
    if [ $((i % 10)) -lt 7 ]; then
      # Another part of the text every time, so that the same comes again after 28 MiB only: compressors at their default levels
      # do not look back that far.
      tail -c +$((i * 4197875 % 29360128 + 1)) "$work/text" | head -c 4194304 >"$1/text-$i"
    else
      head -c 4194304 /dev/urandom >"$1/random-$i"
    fi
  done
}

# Fills a directory with files of so many bytes, parts of the text: split makes them faster than a
# process for each could.
fill_small() { # DIRECTORY COUNT BYTES
  local made=0 part
  mkdir -p "$1"
  while [ "$made" -lt "$2" ]; do
    part=$((33554432 / $3))
    [ "$part" -le $(($2 - made)) ] || part=$(($2 - made))
    head -c $((part * $3)) "$work/text" | split -b "$3" -a 6 -d - "$1/file-$made-"
    made=$((made + part))
  done
}
