# The look before anything is touched: each finding names what is missing and how to mend it.

# finding SEVERITY CODE MESSAGE REMEDY: reports it; an error stops the operation once all were looked at.
finding() {
  if [ "$1" = error ]; then findings_bad=true; fi
  emit finding "$@"
}

# full_disk_finding FOLDER WHAT: true, with a result, when the file system of FOLDER is full.
full_disk_finding() {
  disk_folder=$1
  [ -d "$disk_folder" ] || disk_folder=$(dirname "$disk_folder")
  [ "$(free_kib "$disk_folder")" -lt 1024 ] || [ "$(free_inodes "$disk_folder")" -lt 16 ] || return 1
  result finding error disk-full "the disk of $disk_folder is full: $2 could not be written" \
    "free some space there (df -h $disk_folder), or lower keep-releases and backup-keep"
}

unreachable_finding() {
  result finding error backup-failed \
    "database $PGDATABASE does not answer at ${PGHOST:-its local socket}:${PGPORT:-5432} as ${PGUSER:-the default role}" \
    "nothing was changed; check database-url as it is reached from the server: name, port, role and password; try: psql -h ${PGHOST:-/var/run/postgresql} -p ${PGPORT:-5432} -U ${PGUSER:-ROLE} $PGDATABASE"
}

too_old_finding() {
  result finding error tool-too-old "pg_dump on the server is older than its PostgreSQL $1" \
    "install it: apt-get install postgresql-client-$1"
}

free_kib() { df -Pk "$1" | awk 'NR == 2 { print $4 }'; }
# File systems without inodes of a fixed number say 0 or -: that is no lack.
free_inodes() { df -Pi "$1" 2>/dev/null | awk 'NR == 2 { n = ($2 ~ /^[1-9]/) ? $4 : 1000000 } END { print (n == "" ? 1000000 : n) }'; }

# check_tools: the programs that belay itself needs.
check_tools() {
  for tool in flock:util-linux setsid:util-linux tar:tar gzip:gzip awk:mawk sed:sed grep:grep \
    sha256sum:coreutils df:coreutils readlink:coreutils find:findutils xargs:findutils; do
    command -v "${tool%:*}" >/dev/null 2>&1 ||
      finding error tool-missing "${tool%:*} is missing on the server" "install it: apt-get install ${tool#*:}"
  done
}

# check_place: the path belongs to this user, can be written, locks exclude, `current` is ours to switch.
check_place() {
  if [ -e "$root/current" ] && [ ! -L "$root/current" ]; then
    finding error config "$root/current is not a link: belay would have to replace what stands there" \
      "move it away, or name another path"
  fi
  if [ -L "$root/current" ] && [ -z "$(current_release)" ]; then
    finding error config "$root/current points to $(readlink "$root/current"), which is no release of ours" \
      "move it away, or name another path"
  fi
  for place in "$root" "$root/releases" "$root/shared"; do
    if [ -d "$place" ] && [ ! -w "$place" ]; then
      finding error not-writable "$place cannot be written by $(id -un)" \
        "on the server: sudo chown $(id -un) $place"
    fi
  done
  mkdir -p "$dot/tmp" "$dot/history" "$dot/releases" "$dot/operations" 2>/dev/null && [ -w "$dot/tmp" ] || {
    finding error not-writable "$dot cannot be written by $(id -un)" "on the server: sudo chown -R $(id -un) $dot"
    return
  }
  ! command -v flock >/dev/null 2>&1 || lock_excludes ||
    finding error config "flock on the file system of $dot does not keep a second process out" \
      "put path on a local disk; some network file systems cannot lock"
}

# check_formats: what a newer version has written is refused, never guessed.
check_formats() {
  formats_serving=$(current_release)
  field "$dot/releases/${formats_serving:-none}/format"
  if [ "${value:-1}" != 1 ] || ! record_readable; then
    finding error config "$dot was written by a newer version of Belay" \
      "use that version of the action (or a newer one) for all workflows that deploy to this path"
  fi
}

# check_room PLAN: disk for the release, its copy, and the backup.
check_room() {
  field "$1/upload-bytes"
  room_need=$((${value:-0} / 1024 + 32768))
  room_have=$(free_kib "$root")
  emit fact "disk free" "$((room_have / 1024)) MiB"
  for room_number in $(databases "$1"); do
    room_bytes=$(with_database "$1" "$room_number" sql 'select pg_database_size(current_database())' 2>/dev/null) || continue
    emit fact "database size" "$((room_bytes / 1048576)) MiB"
    room_need=$((room_need + room_bytes / 1024))
  done
  if [ "$room_have" -lt "$room_need" ]; then
    finding error disk-full "$root has $((room_have / 1024)) MiB free; the release and its backup may need $((room_need / 1024)) MiB" \
      "free some space there, or lower keep-releases and backup-keep"
  fi
  room_files=1000
  if [ -f "$1/files" ]; then room_files=$(($(wc -l <"$1/files") + 1000)); fi
  if [ "$(free_inodes "$root")" -lt $room_files ]; then
    finding error disk-full "the file system of $root has too few inodes left" "remove old files there (df -i $root)"
  fi
  room_memory=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null)
  if [ "${room_memory:-1000}" -lt 48 ]; then
    finding warning disk-full "the server has only $room_memory MiB of memory available" "stop what is not needed, or add swap"
  fi
}

# check_databases PLAN: each answers, and a pg_dump that is new enough is there.
check_databases() {
  # A lock each, and one for a compose project, and there are four.
  strategy_of "$1"
  case $strategy in compose) check_most=3 ;; *) check_most=4 ;; esac
  if [ "$(databases "$1" | wc -l)" -gt $check_most ]; then
    finding error config "database-url has more than $check_most lines" "deploy apps that use so many databases from several paths"
  fi
  for check_number in $(databases "$1"); do
    field "$1/databases/$check_number/service"
    if [ -n "$value" ]; then
      service_container "$1" "$value" >/dev/null || {
        ! nothing_yet "$1" "$value" || continue
        finding error backup-failed "no container of service $value runs in project $(project_of "$1")" \
          "start it, or check database-service and project"
        continue
      }
      with_database "$1" "$check_number" check_database || findings_bad=true
      continue
    fi
    for check_tool in psql pg_dump pg_restore pg_dumpall; do
      [ -n "$(postgres_programs "$check_tool")" ] || {
        finding error tool-missing "$check_tool is missing on the server" "install it: apt-get install postgresql-client"
        return
      }
    done
    with_database "$1" "$check_number" check_database
    case $? in "$DONE") ;; *) findings_bad=true ;; esac
  done
}

# check_database: looks at the environment's one.
check_database() {
  if ! check_major=$(server_major); then
    if { [ -z "$(current_release)" ] || [ "$check_operation" = restore ]; } && database_missing; then
      emit fact "database" "$PGDATABASE does not exist yet"
      return 0
    fi
    unreachable_finding
    return 1
  fi
  emit fact "database" "$PGDATABASE, PostgreSQL $check_major"
  check_restorable || return 1
  [ -n "$(postgres_program pg_dump "$check_major")" ] || {
    too_old_finding "$check_major"
    return 1
  }
}

# restore_obstacles: prints, a line each, why a restore of the environment's database would not be allowed to its role.
restore_obstacles() {
  sql "with me as (select oid, rolcreatedb, rolsuper from pg_roles where rolname = current_user),
      db as (select * from pg_database where datname = current_database())
    select 'the role ' || current_user || ' may not create databases (ALTER ROLE … CREATEDB)' from me where not (rolcreatedb or rolsuper)
    union all select 'the database belongs to ' || pg_get_userbyid(datdba) from db where not pg_has_role(current_user, datdba, 'member')
    union all select 'objects belong to ' || string_agg(distinct pg_get_userbyid(relowner), ', ') from pg_class, me
      where not rolsuper and relkind in ('r', 'v', 'm', 'S', 'p', 'f') and relnamespace not in (select oid from pg_namespace where nspname ~ '^(pg_|information_schema\$)')
        and not pg_has_role(current_user, relowner, 'member') having count(*) > 0"
  sql "select 'the extension ' || extname || ' may only be created by a superuser' from pg_extension e
      join pg_available_extension_versions v on v.name = extname and v.version = extversion
      where v.superuser and not v.trusted and extname <> 'plpgsql' and not (select rolsuper from pg_roles where rolname = current_user)" 2>/dev/null
  setting_obstacles
  beside true || echo "the database postgres cannot be reached beside it (pg_hba.conf)"
}

# setting_obstacles: the settings of the database that its role could not make again; from 15 on some may be granted.
setting_obstacles() {
  sql "with s as (select split_part(c, '=', 1) as name, setrole from pg_db_role_setting, unnest(setconfig) c
      where setdatabase = (select oid from pg_database where datname = current_database())),
      me as (select oid, rolsuper, rolcreaterole from pg_roles where rolname = current_user)
    select 'the setting ' || s.name || ' of the database may only be made by a superuser' from s join pg_settings p using (name), me
      where not rolsuper and p.context in ('superuser', 'superuser-backend')
        and case when current_setting('server_version_num')::int >= 150000
          then (xpath('/row/may/text()', query_to_xml(format('select has_parameter_privilege(%L, ''set'') as may', s.name), false, true, '')))[1]::text <> 'true'
          else true end
    union all select 'a setting of the database is one of the role ' || pg_get_userbyid(setrole) from s, me
      where not rolsuper and not rolcreaterole and setrole not in (0, me.oid)" 2>/dev/null
}

# restore_left_behind: prints what would go on pointing to the old database.
restore_left_behind() {
  sql "select 'replication slot ' || slot_name from pg_replication_slots where database = current_database()
    union all select 'subscription ' || subname from pg_subscription s join pg_database d on d.oid = s.subdbid where datname = current_database()" 2>/dev/null
}

# check_restorable: whether a restore would be allowed, so that nobody finds out on the bad day; an error where one is asked
# for, or promised by rollback-database.
check_restorable() {
  restorable_problems=$(restore_obstacles) || return 0
  restorable_left=$(restore_left_behind)
  if [ -n "$restorable_left" ]; then
    emit fact "a restore leaves behind" "$(printf '%s' "$restorable_left" | tr '\n' ';')"
  fi
  if [ -z "$restorable_problems" ]; then
    emit fact "restore into a new database" "allowed"
    return
  fi
  restorable_problems=$(printf '%s' "$restorable_problems" | sed '2,$s/^/; /' | tr -d '\n')
  emit fact "restore into a new database" "not allowed: $restorable_problems"
  [ "$check_operation" = restore ] || [ "$check_promise" = restore ] || return 0
  finding error backup-failed "a restore of $PGDATABASE would not be allowed: $restorable_problems" \
    "give the role of database-url those rights, or restore by hand as a superuser with the commands of MANIFEST.txt"
  return 1
}

# check_contents PLAN: what else is backed up can be reached.
check_contents() {
  if has_redis "$1"; then
    command -v redis-cli >/dev/null 2>&1 || [ -f "$1/redis/service" ] || {
      finding error tool-missing "redis-cli is missing on the server" "install it: apt-get install redis-tools"
      return
    }
    [ "$(with_redis "$1" redis_ask ping)" = PONG ] ||
      finding error backup-failed "Redis does not answer as redis-url, or redis-service, says" "check host, port and password as they are on the server"
  fi
  media_of "$1"
  if [ -n "$media" ] && ! in_service "$media" && [ -d "$media" ] && { [ ! -r "$media" ] || [ ! -x "$media" ]; }; then
    finding error not-writable "media-path $media cannot be read by $(id -un)" "let the deploy user read it, or name it as SERVICE:/PATH"
  fi
}

# check_habits PLAN: what bites later: sessions ended at logout, no timer, no way to ask the app.
check_habits() {
  field "$1/health-url"
  if [ -n "$value" ] && ! command -v curl >/dev/null 2>&1 && ! command -v wget >/dev/null 2>&1; then
    finding warning tool-missing "neither curl nor wget is on the server: it cannot ask the app by itself" \
      "install it: apt-get install curl"
  fi
  check_logout
  check_daily "$1"
}

# logout_kills: true where systemd ends this user's processes when the last session closes.
logout_kills() {
  command -v loginctl >/dev/null 2>&1 && [ "$(id -u)" != 0 ] || return 1
  [ "$(busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager KillUserProcesses 2>/dev/null)" = 'b true' ]
}

check_logout() {
  logout_kills || return 0
  if [ "$(loginctl show-user "$(id -un)" -p Linger --value 2>/dev/null)" = yes ]; then
    BELAY_SCOPE='systemd-run --user --scope --quiet --collect'
  else
    finding error config "systemd ends the processes of $(id -un) at logout (KillUserProcesses=yes)" \
      "on the server: sudo loginctl enable-linger $(id -un)"
  fi
}

# check_daily RECORD: warns when there are daily backups and the newest is older than 26 h.
check_daily() {
  backup_folder "$1"
  set -- "$backups"/*-daily
  [ -d "$1" ] || return 0
  daily_id=$(backup_table "$backups" | awk '$3 == "daily" { print $2; exit }')
  [ -n "$daily_id" ] || return 0
  if [ -n "$(find "$backups/$daily_id/MANIFEST.txt" -mmin +1560 2>/dev/null)" ]; then
    finding warning backup-failed "the newest daily backup, $daily_id, is older than 26 h" \
      "look at the server's timer: crontab -l; one for it: $dot/belay daily (it takes: $dot/belay backup daily)"
  fi
}

# check_all OPERATION PLAN: looks at everything; fails when anything stands in the way.
check_all() {
  findings_bad=false check_operation=$1
  field "$2/rollback-database"
  check_promise=$value
  check_tools
  check_place
  check_formats
  if ! $findings_bad; then
    check_databases "$2"
    check_contents "$2"
    case $1 in deploy | plan | backup | restore) check_room "$2" ;; esac
    check_habits "$2"
    check_strategy "$2"
    case $1 in adopt) use_compose ;; esac
    case $1 in adopt | run) $findings_bad || "check_$1" "$2" ;; esac
  fi
  ! $findings_bad
}
