#!/usr/bin/env bash
# Records the block I/O of real programs on a real file system over a large virtual disk.
#
#   sparse file <- nbdkit, its log filter writes the trace <- nbdfuse <- loop device <- ext4 <- the workload
#
# What is recorded is what the disk of a virtual machine would see: below the page cache, the file system and its journal.
set -euo pipefail

usage() {
  cat <<'TXT'
usage: record.sh --out FILE.log.zst [options]

  --out FILE        the trace: the lines of nbdkit's log at which requests begin, compressed by zstd -19 (.zst) or gzip -9 (.gz)
  --size SIZE       size of the virtual disk, a sparse file                          [8T]
  --memory BYTES    page cache and memory of the workload together, as a small guest would have; 0: no limit   [256M]
  --workload FILE   program that gets the mounted folder and the phase; exit 3 says "no such phase"   [workstation.mjs]
  --scratch FOLDER  in which the disk's blocks and the log are kept while recording   [/tmp]

The file system is unmounted and mounted again between phases, so that each begins with nothing cached.
Needs root, and nbdkit, nbdfuse (libnbd-bin), losetup, mkfs.ext4; memory limits need cgroup v1 or v2. Needs some GB in the scratch folder.
TXT
}

out='' size=8T memory=256M scratch=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
workload=$here/workstation.mjs
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=$2 ;;
    --size) size=$2 ;;
    --memory) memory=$2 ;;
    --workload) workload=$2 ;;
    --scratch) scratch=$2 ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift 2
done
case $out in
  *.zst) compress=(zstd -q -19 -T1) ;;
  *.gz) compress=(gzip -9n) ;;
  *) usage >&2; exit 2 ;;
esac
[ "$(id -u)" = 0 ] || { echo 'record.sh: loop devices and mounts need root' >&2; exit 1; }
for tool in nbdkit nbdfuse losetup mkfs.ext4 "${compress[0]}"; do
  command -v "$tool" >/dev/null || { echo "record.sh: $tool is missing" >&2; exit 1; }
done

scratch=$(mktemp -d "${scratch:-/tmp}/q-recorder.XXXXXX")
mkdir -p "$scratch/mnt"
chmod 755 "$scratch" # a database server runs as a user of its own and must reach the mounted folder
loop='' group='' server=''

cleanup() {
  set +e
  mountpoint -q "$scratch/mnt" && umount "$scratch/mnt"
  [ -n "$loop" ] && losetup -d "$loop"
  mountpoint -q "$scratch/image" && umount "$scratch/image"
  [ -n "$server" ] && kill "$server" && wait "$server"
  [ -n "$group" ] && rmdir "$group"
  rm -rf --one-file-system "$scratch"
}
trap cleanup EXIT

wait_for() { # at most 10 s until the command holds
  for _ in $(seq 100); do "$@" && return; sleep 0.1; done
  echo "record.sh: waited in vain for: $*" >&2
  exit 1
}

if [ "$memory" != 0 ]; then
  if [ -d /sys/fs/cgroup/memory ]; then
    group=/sys/fs/cgroup/memory/q-recorder.$$
    mkdir "$group" && echo "$memory" >"$group/memory.limit_in_bytes"
  else
    group=/sys/fs/cgroup/q-recorder.$$
    mkdir "$group" && echo "$memory" >"$group/memory.max"
  fi
fi

truncate -s "$size" "$scratch/disk"
mkfs.ext4 -q -F -E lazy_itable_init=1,lazy_journal_init=1,nodiscard "$scratch/disk"
nbdkit --foreground -U "$scratch/socket" --filter=log file file="$scratch/disk" logfile="$scratch/log" &
server=$!
wait_for test -S "$scratch/socket"
: >"$scratch/image"
nbdfuse "$scratch/image" --unix "$scratch/socket" &
wait_for mountpoint -q "$scratch/image"
loop=$(losetup --direct-io=on --find --show "$scratch/image")

for ((phase = 0; ; phase++)); do
  # Without noinit_itable the kernel zeroes all tables of inodes in the background: hundreds of GB of writes, none by a program.
  mount -o noinit_itable,noatime "$loop" "$scratch/mnt"
  status=0
  (
    [ -z "$group" ] || echo $BASHPID >"$group/cgroup.procs"
    exec node "$workload" "$scratch/mnt" "$phase"
  ) || status=$?
  umount "$scratch/mnt"
  [ $status = 3 ] && break
  [ $status = 0 ] || exit $status
  printf 'phase %d done, %d log lines\n' "$phase" "$(wc -l <"$scratch/log")"
done

losetup -d "$loop" && loop=''
umount "$scratch/image"
kill "$server" && { wait "$server" || true; } && server=''
# The log has two lines a request. The second, of its end, is dropped once it is known that none reports an error: it holds nothing else but a time.
leaves=' connection=[0-9]+ \.\.\.[A-Z]'
if grep -E "$leaves" "$scratch/log" | grep -m 1 -v ' return=0$'; then
  echo 'record.sh: a request failed' >&2
  exit 1
fi
grep -vE "$leaves" "$scratch/log" >"$scratch/requests"
# nbdkit counts too, for each connection: nothing may be lost.
counted=$(sed -nE 's/.* Disconnect transactions=([0-9]+)$/\1/p' "$scratch/log" | awk '{ n += $1 } END { print n }')
logged=$(grep -cE ' connection=[0-9]+ (Read|Write|Zero|Trim|Flush|Extents|Cache) ' "$scratch/requests")
[ "$counted" = "$logged" ] || { echo "record.sh: nbdkit counted $counted requests, the log has $logged" >&2; exit 1; }
"${compress[@]}" -c "$scratch/requests" >"$out"
printf '%s: %d bytes\n' "$out" "$(stat -c %s "$out")"
grep -oE ' connection=[0-9]+ [A-Z][a-z]+ ' "$scratch/requests" | awk '{ n[$2]++ } END { for (op in n) print op, n[op] }' | sort
