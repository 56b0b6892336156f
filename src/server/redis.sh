# Redis: a snapshot of its data, and its way back into a server that goes on running.
# The login comes from redis/env of a record into the environment of one subshell; never into words.

# has_redis RECORD
has_redis() { [ -f "$1/redis/env" ]; }

# with_redis RECORD COMMAND…: runs a function with the login of the record's Redis.
with_redis() (
  # shellcheck disable=SC1091 # written by the runner: export statements only
  . "$1/redis/env"
  field "$1/redis/service"
  redis_container=
  if [ -n "$value" ]; then redis_container=$(service_container "$1" "$value") || return 1; fi
  shift
  "$@" 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
)

# in_redis PROGRAM ARG…: runs a program of Redis where the server is.
in_redis() {
  if [ -z "${redis_container:-}" ]; then
    "$@"
  else
    docker exec -i -e REDISCLI_AUTH "$redis_container" "$@"
  fi
}

# redis ARG…: redis-cli with the login of the environment.
redis() {
  # shellcheck disable=SC2086 # words
  in_redis redis-cli -h "${REDIS_HOST:-127.0.0.1}" -p "${REDIS_PORT:-6379}" ${REDIS_USER:+--user "$REDIS_USER"} ${REDIS_TLS:+--tls} "$@"
}

# redis_ask WORD…: prints the answer of a command; fails when it is an error.
redis_ask() {
  redis_answer=$(redis "$@" 2>&1 </dev/null | tr -d '\r') || return 1
  case $redis_answer in
    *ERR\ * | NOAUTH* | WRONGPASS* | NOPERM* | LOADING* | *'Could not connect'* | *'AUTH failed'*) return 1 ;;
  esac
  printf '%s\n' "$redis_answer"
}

# redis_field SECTION NAME: prints what INFO says.
redis_field() { redis_ask info "$1" | sed -n "s/^$2://p"; }

# redis_keys: prints how many keys all of its databases have together.
redis_keys() {
  redis_ask info keyspace >/dev/null || return 1
  printf '%s\n' "$redis_answer" | awk -F '[=,]' '/^db/ { n += $2 } END { print n + 0 }'
}

redis_finding() {
  result finding error backup-failed "Redis at ${redis_container:-${REDIS_HOST:-127.0.0.1}:${REDIS_PORT:-6379}} $1" \
    "check redis-url as it is reached from the server; the user needs +sync +psync +info; nothing was changed"
}

# print_redis: the RDB snapshot, as a replica would get it. By way of a file, which redis-cli cuts to its length: to a
# pipe it leaves the mark that ended the transfer behind the data.
print_redis() {
  if [ -n "${redis_container:-}" ]; then
    # shellcheck disable=SC2016 # the container's shell
    in_redis sh -c 'f=$(mktemp) && redis-cli --no-auth-warning --rdb "$f" >&2 && cat "$f"; c=$?; rm -f "$f"; exit $c'
    return
  fi
  redis --no-auth-warning --rdb "$written_file.snapshot" >&2 && cat "$written_file.snapshot"
  print_code=$?
  rm -f "$written_file.snapshot"
  return $print_code
}

# dump_redis FILE: writes the snapshot with its checksum; what the manifest says of it, and the lines that restore it.
dump_redis() {
  [ "$(redis_ask ping)" = PONG ] || {
    redis_finding "does not answer"
    return 1
  }
  dump_keys=$(redis_keys)
  write_summed "$1" print_redis || {
    full_disk_finding "$1" "the backup" || redis_finding "gave no snapshot (exit ${written_code:-none})"
    return 1
  }
  printf '%s\n' "redis: ${REDIS_HOST:-127.0.0.1}:${REDIS_PORT:-6379}, version $(redis_field server redis_version), $dump_keys keys" >"$1.about"
  {
    echo "  redis-server --port 6399 --bind 127.0.0.1 --dir . --dbfilename redis.rdb --save '' --repl-diskless-sync yes --repl-diskless-sync-delay 0 --daemonize yes    # a second Redis with this data"
    # shellcheck disable=SC2016 # for whoever pastes it
    echo '  until [ "$(redis-cli -p 6399 ping)" = PONG ]; do sleep 0.2; done'
    echo "  redis-cli -h ${REDIS_HOST:-127.0.0.1} -p ${REDIS_PORT:-6379} replicaof 127.0.0.1 6399    # replaces what the app's Redis holds"
    echo "  until redis-cli -h ${REDIS_HOST:-127.0.0.1} -p ${REDIS_PORT:-6379} info replication | grep -q master_link_status:up; do sleep 0.2; done"
    echo "  redis-cli -h ${REDIS_HOST:-127.0.0.1} -p ${REDIS_PORT:-6379} replicaof no one"
    echo '  redis-cli -p 6399 shutdown nosave'
  } >"$1.restore"
}

# check_rdb FILE: true for a whole snapshot: by Redis' own program where it is here, which knows the checksum inside.
check_rdb() {
  [ "$(head -c 5 "$1")" = REDIS ] || return 1
  # 0xff ends the data, 8 bytes of checksum follow.
  case $(tail -c 9 "$1" | od -An -tx1 | tr -d ' \n') in ff*) ;; *) return 1 ;; esac
  ! command -v redis-check-rdb >/dev/null 2>&1 || redis-check-rdb "$1" >/dev/null
}

# swap_redis TOKEN RDB: the running Redis gets the data of RDB and nothing else, whether it appends to a file or not: a
# second server reads the snapshot and the first one becomes its replica for that moment. So it needs no restart, no
# right to write its files, and an append-only file is written anew by itself.
swap_redis() {
  with_redis "$record" load_redis "$(swap_folder "$1")/redis" "$2"
}

# swap_redis_back TOKEN: where Redis was touched, the data of the safety backup.
swap_redis_back() {
  # One that a killed step has left.
  if [ -s "$record/redis/service" ]; then engine rm -f "$(second_name)" >/dev/null 2>&1; fi
  [ -f "$(swap_folder "$1")/redis/touched" ] || return 0
  record_get backup && [ -f "$backups/$value/redis.rdb" ] || {
    echo "there is no snapshot of Redis to go back to"
    return 1
  }
  with_redis "$record" load_redis "$(swap_folder "$1")/redis" "$backups/$value/redis.rdb" &&
    rm -f "$(swap_folder "$1")/redis/touched"
}

# load_redis STATE RDB
load_redis() (
  mkdir -p "$1" || return 1
  [ "$(redis_field replication role)" = master ] || redis_ask replicaof no one >/dev/null || {
    redis_finding "cannot be asked for its role"
    return 1
  }
  second_redis "$1" "$2" || return 1
  : >"$1/touched" && flush "$1/touched"
  follow_second "$1"
  code=$?
  redis_ask replicaof no one >/dev/null || code=1
  restore_masterauth "$1"
  second shutdown nosave >/dev/null 2>&1
  end_second
  rm -rf "$1/data"
  [ $code -eq 0 ] && rewritten_redis
)

# second WORD…: asks the second server.
second() (
  REDISCLI_AUTH=$second_password
  export REDISCLI_AUTH
  set -- redis-cli -p "$second_port" --no-auth-warning "$@"
  if [ -n "${redis_container:-}" ]; then set -- docker exec -e REDISCLI_AUTH "$(second_name)" "$@"; fi
  "$@" </dev/null
)

# second_name: of its container, where the app's Redis is in one: no other path has the same.
second_name() { printf '%s_redis\n' "$(made_prefix)"; }

# may_follow: fails with a finding where no second server can be beside the app's.
may_follow() {
  if [ -n "${redis_container:-}" ]; then return 0; fi
  case ${REDIS_HOST:-127.0.0.1} in
    127.* | localhost | ::1) ;;
    *)
      result finding error config "Redis at $REDIS_HOST is not on this server itself: it cannot follow a second one here" \
        "restore redis.rdb there as MANIFEST.txt says, and leave redis out of contents"
      return 1
      ;;
  esac
  command -v redis-server >/dev/null 2>&1 || {
    result finding error tool-missing "redis-server is missing on the server" "install it: apt-get install redis-server"
    return 1
  }
}

# start_second STATE: with the configuration and the data that lie in STATE/data; beside one in a container in another one
# of the same image and network.
start_second() {
  if [ -z "${redis_container:-}" ]; then
    redis-server "$1/data/redis.conf" >"$1/second.out" 2>&1 &
    second_process=$!
    return
  fi
  engine rm -f "$(second_name)" >/dev/null 2>&1
  engine create --name "$(second_name)" --user 0 --network "container:$redis_container" --entrypoint redis-server \
    "$(engine inspect -f '{{.Image}}' "$redis_container")" /belay/redis.conf >/dev/null &&
    engine cp "$1/data/." "$(second_name):/belay" >/dev/null && engine start "$(second_name)" >/dev/null
}

second_runs() {
  if [ -z "${redis_container:-}" ]; then
    process_start "$second_process"
  else
    [ "$(engine inspect -f '{{.State.Running}}' "$(second_name)" 2>/dev/null)" = true ]
  fi
}

# end_second: its own end may take a moment.
end_second() {
  if [ -n "${redis_container:-}" ]; then
    engine rm -f "$(second_name)" >/dev/null 2>&1
    return
  fi
  kill "$second_process" 2>/dev/null
  wait "$second_process" 2>/dev/null
}

# second_redis STATE RDB: a server with the data of RDB on a free port, closed to others by a password that nobody knows.
second_redis() {
  may_follow || return 1
  second_password=$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')
  rm -rf "$1/data" && mkdir -p "$1/data" && cp "$2" "$1/data/dump.rdb" || return 1
  second_folder=$1/data
  if [ -n "${redis_container:-}" ]; then second_folder=/belay; fi
  for second_port in 6399 16399 26399 36399 46399; do
    printf '%s\n' "bind 127.0.0.1" "port $second_port" "dir \"$second_folder\"" 'save ""' "appendonly no" "requirepass $second_password" \
      "repl-diskless-sync yes" "repl-diskless-sync-delay 0" >"$1/data/redis.conf"
    start_second "$1" || {
      result finding error backup-failed "no second Redis could be started beside the one of the app" \
        "see the message above; Redis holds what it held"
      return 1
    }
    second_tries=0
    while second_runs && [ $second_tries -lt 600 ]; do
      if [ "$(second ping 2>/dev/null)" = PONG ] && second info persistence | grep -q '^loading:0'; then return 0; fi
      pause 0.1
      second_tries=$((second_tries + 1))
    done
    if [ -n "${redis_container:-}" ]; then engine logs "$(second_name)" >"$1/second.out" 2>&1; fi
    end_second
  done
  result finding error backup-damaged "redis-server cannot read ${2##*/}: $(grep -m 1 -i -e error -e fatal -e wrong "$1/second.out")" \
    "the snapshot may be of a newer Redis; nothing was changed"
  return 1
}

# follow_second STATE: the app's Redis takes everything over; as many keys on both sides, then it stands by itself.
follow_second() {
  redis_ask config get masterauth | sed -n 2p | put "$1/masterauth" || return 1
  redis_setting masterauth "$second_password" || {
    redis_finding "does not let its settings be changed (config set masterauth)"
    return 1
  }
  redis_ask replicaof 127.0.0.1 "$second_port" >/dev/null || return 1
  follow_tries=0
  while [ $follow_tries -lt 6000 ]; do
    if [ "$(redis_field replication master_link_status)" = up ]; then
      follow_have=$(redis_keys) follow_want=$(second info keyspace | tr -d '\r' | awk -F '[=,]' '/^db/ { n += $2 } END { print n + 0 }')
      if [ "$follow_have" = "$follow_want" ]; then
        echo "Redis: $follow_have keys, as many as in the snapshot"
        return 0
      fi
    fi
    pause 0.1
    follow_tries=$((follow_tries + 1))
  done
  redis_finding "did not take the snapshot over"
  return 1
}

# redis_setting NAME VALUE: by standard input, so that no value stands in `ps`.
redis_setting() { [ "$(printf 'config set %s "%s"\n' "$1" "$2" | redis 2>&1 | tr -d '\r')" = OK ]; }

restore_masterauth() {
  [ -f "$1/masterauth" ] || return 0
  field "$1/masterauth"
  redis_setting masterauth "$value"
}

# rewritten_redis: where Redis appends to a file, that file holds the new data now.
rewritten_redis() {
  [ "$(redis_field persistence aof_enabled)" = 1 ] || return 0
  rewritten_tries=0
  while [ $rewritten_tries -lt 6000 ]; do
    if [ "$(redis_field persistence aof_rewrite_in_progress)$(redis_field persistence aof_rewrite_scheduled)" = 00 ]; then
      [ "$(redis_field persistence aof_last_bgrewrite_status)" = ok ]
      return
    fi
    pause 0.1
    rewritten_tries=$((rewritten_tries + 1))
  done
  return 1
}
