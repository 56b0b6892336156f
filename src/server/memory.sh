# Memory: whether a second container has room beside the first.

# memory_of CONTAINER: prints the bytes that it uses, as its control group says; nothing when that cannot be read.
memory_of() (
  pid=$(engine inspect -f '{{.State.Pid}}' "$1" 2>/dev/null)
  [ "${pid:-0}" != 0 ] || return 0
  while IFS=: read -r _ controllers path; do
    case $controllers in
      '') cat "/sys/fs/cgroup$path/memory.current" 2>/dev/null && return ;;
      memory) cat "/sys/fs/cgroup/memory$path/memory.usage_in_bytes" 2>/dev/null && return ;;
    esac
  done <"/proc/$pid/cgroup" 2>/dev/null
  awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/$pid/status" 2>/dev/null
)

# memory_available: prints the MiB that the server can give. BELAY_MEMINFO is another file than /proc/meminfo.
memory_available() { awk '/^MemAvailable:/ { print int($2 / 1024) }' "${BELAY_MEMINFO:-/proc/meminfo}"; }

# room_beside CONTAINER…: true when as much as these use, and 32 MiB, is free; sets `room_why` otherwise.
room_beside() {
  room_used=$(for room_one; do memory_of "$room_one"; done | awk '{ s += $1 } END { print int(s / 1048576) + 32 }')
  room_free=$(memory_available)
  [ "${room_free:-0}" -lt "$room_used" ] || return 0
  room_why="a second one needs about $room_used MiB of memory, and $room_free MiB are available; make-room names what may stop meanwhile"
  return 1
}

# make_room ID: stops what `make-room` names, and remembers it first. give_room_back starts it again, whoever calls.
make_room() {
  [ -s "$dot/releases/$1/make-room" ] || return 1
  room_project=$(project_of "$dot/releases/$1")
  room_ids=$(while IFS= read -r room_name || [ -n "$room_name" ]; do
    containers_of "$room_project" "$room_name" | awk '$2 == "running" { print $1 }'
  done <"$dot/releases/$1/make-room")
  [ -n "$room_ids" ] || return 1
  printf '%s\n' "$room_ids" | put "$dot/room" || return 1
  echo "stopping $(tr '\n' ' ' <"$dot/releases/$1/make-room")to make room"
  # shellcheck disable=SC2086 # ids
  engine stop $room_ids >/dev/null
}

give_room_back() {
  [ -f "$dot/room" ] || return 0
  # One that was replaced meanwhile is gone.
  # shellcheck disable=SC2046 # ids
  set -- $(inspect_containers $(cat "$dot/room") | cut -d ' ' -f 1)
  if [ $# -gt 0 ]; then engine start "$@" >/dev/null || return 1; fi
  rm -f "$dot/room"
}
