# What the services of a release are, read once from its compose files and recorded; a way back needs no reading.
# .belay/releases/<id>/service-table: `name print class scale way why`, tabs between, dependencies first.
#   print  what its containers are made of, CONFIG.FILES: two hashes
#   class  proxied (a proxy sends requests to it), proxy, data (writes to a volume), plain
#   way    roll (a new one beside the old one), or recreate, and why not roll

# managed ID: prints the services that this path deploys: the named ones, else all.
managed() {
  if [ -s "$dot/releases/$1/services" ]; then cat "$dot/releases/$1/services"; else all_facts service; fi
}

# fact KIND NAME: prints the values of that kind. has_fact KIND NAME. all_facts KIND: prints all first values.
fact() { printf '%s\n' "$facts" | awk -F '\t' -v k="$1" -v n="$2" '$1 == k && $2 == n { print substr($0, length($1 $2) + 3) }'; }
has_fact() { printf '%s\n' "$facts" | awk -F '\t' -v k="$1" -v n="$2" '$1 == k && $2 == n { found = 1 } END { exit !found }'; }
all_facts() { printf '%s\n' "$facts" | awk -F '\t' -v k="$1" '$1 == k { print $2 }'; }

# read_config ID: sets `config` and `facts` to what the compose files of release ID say, as seen from its own folder.
read_config() {
  write_compose "$1" || return 1
  config_said=$dot/tmp/config.$$
  config=$(BELAY_FOLDER=$root/releases/$1 compose "$1" config 2>"$config_said")
  config_code=$?
  if [ $config_code -ne 0 ]; then
    result finding error config \
      "the compose files are not valid with this release's environment: $(masked "$1" <"$config_said" | grep -v '^$' | tail -n 3 | tr '\n' ' ')" \
      "set what is missing in env (or in the shared .env); try on the server: $dot/releases/$1/compose config"
  fi
  rm -f "$config_said"
  facts=$(printf '%s\n' "$config" | compose_facts)
  return $config_code
}

# masked ID: standard input without the values of the release's environment.
masked() (
  record=$dot/releases/$1
  if [ -f "$record/env" ]; then
    names=$(sed -n 's/^export \([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' "$record/env")
    # shellcheck disable=SC1091 # written by the runner: export statements only
    . "$record/env"
  else
    names=
  fi
  awk -v names="$names" '
    BEGIN { n = split(names, name, "\n") }
    {
      line = $0
      for (i = 1; i <= n; i++) {
        secret = ENVIRON[name[i]]
        if (length(secret) < 3) continue
        while ((at = index(line, secret)) > 0) line = substr(line, 1, at - 1) "***" substr(line, at + length(secret))
      }
      print line
    }'
)

# in_release ID SOURCE: true when a mount's source lies in the release itself, not in what it links to.
in_release() {
  in_release_real=$(readlink -f "$2" 2>/dev/null) || in_release_real=$2
  in_release_root=$(readlink -f "$(files_folder "$1")")
  case $in_release_real/ in "$in_release_root"/*) return 0 ;; *) return 1 ;; esac
}

# refuse_services ID: findings for what a deploy of these services would break.
refuse_services() {
  refused=false
  for refuse_name in $(managed "$1"); do
    has_fact service "$refuse_name" ||
      refuse "services names $refuse_name, which the compose files do not have" "name one of: $(all_facts service | tr '\n' ' ')"
  done
  if [ -s "$dot/releases/$1/images" ]; then
    while IFS='=' read -r refuse_name _; do
      has_fact service "$refuse_name" ||
        refuse "images names $refuse_name, which the compose files do not have" "name one of: $(all_facts service | tr '\n' ' ')"
    done <"$dot/releases/$1/images"
  fi
  refuse_mounts "$1"
  refuse_shared_project "$1"
  refuse_other_project "$1"
  ! $refused
}

refuse() {
  refused=true
  result finding error config "$1" "$2"
}

# refuse_mounts ID: each deploy would start with that folder empty.
refuse_mounts() {
  for refuse_name in $(managed "$1"); do
    while IFS=$TAB read -r refuse_mode refuse_source refuse_target; do
      [ "$refuse_mode" = rw ] || continue
      refuse_now=$(mounted_now "$1" "$refuse_name" "$refuse_target")
      refuse_path=${refuse_source#"$root/releases/$1/"}
      if [ -n "$refuse_now" ] && [ "$refuse_now" != "$(readlink -f "$refuse_source")" ]; then
        refuse "service $refuse_name writes to $refuse_target, which is $refuse_now today: with ${refuse_path} instead it would start without its data" \
          "write $refuse_now:$refuse_target in the compose file; if the data has been moved, rename the old folder"
      elif in_release "$1" "$refuse_source"; then
        refuse "service $refuse_name writes to $refuse_target, which is ./$refuse_path of the release: the next deploy would start with another one" \
          "put it into shared-paths ($refuse_path/), or use a volume of a name, or an absolute path such as $root/shared/$refuse_path; if it is only read, mount it :ro"
      fi
    done <<EOF
$(fact bind "$refuse_name")
EOF
  done
}

# mounted_now ID SERVICE TARGET: prints the folder that the service's containers have there, unless that is gone, or of
# a release.
mounted_now() {
  for now_id in $(containers_of "$(project_of "$dot/releases/$1")" "$2" | cut -d ' ' -f 1); do
    # shellcheck disable=SC2016 # the template's own variables
    engine inspect -f '{{range .Mounts}}{{if eq .Type "bind"}}{{.Destination}}	{{.Source}}{{"\n"}}{{end}}{{end}}' "$now_id" 2>/dev/null
  done | awk -F '\t' -v t="$3" '$1 == t { print $2; exit }' | while IFS= read -r now_source; do
    [ -d "$now_source" ] || exit 0
    now_source=$(readlink -f "$now_source")
    case $now_source/ in "$(readlink -f "$root/releases")"/*) ;; *) printf '%s\n' "$now_source" ;; esac
  done
}

# refuse_other_project ID: volumes bear the project's name.
refuse_other_project() {
  [ -n "${previous:-}" ] || return 0
  strategy_of "$dot/releases/$previous"
  refuse_project=$(project_of "$dot/releases/$1")
  if [ "$strategy" != compose ] || [ "$refuse_project" = "$(project_of "$dot/releases/$previous")" ]; then return 0; fi
  refuse "the release that serves is of the project $(project_of "$dot/releases/$previous"), this one of $refuse_project: it would start with other volumes, beside what runs" \
    "leave project as it was, or deploy to another path"
}

# refuse_shared_project ID: one service of a project is deployed from one path only.
refuse_shared_project() {
  refuse_project=$(project_of "$dot/releases/$1")
  for refuse_file in "$HOME/.belay/projects/$refuse_project"/*; do
    [ -f "$refuse_file" ] || continue
    refuse_other=$(cat "$refuse_file")
    [ "$refuse_other" != "$root" ] || continue
    refuse_release=$(readlink "$refuse_other/current" 2>/dev/null) || continue
    refuse_table=$refuse_other/.belay/releases/${refuse_release##*/}/service-table
    [ -f "$refuse_table" ] || continue
    for refuse_name in $(managed "$1"); do
      if cut -f 1 "$refuse_table" | grep -qxF -e "$refuse_name"; then
        refuse "service $refuse_name of the project $refuse_project is deployed from $refuse_other" \
          "name in services which services this path deploys, or give it a project of its own"
      fi
    done
  done
}

# claim_project ID: later deploys from other paths find this one.
claim_project() (
  claims=$HOME/.belay/projects/$(project_of "$dot/releases/$1")
  mkdir -p "$claims" && printf '%s\n' "$root" >"$claims/$(printf '%s' "$root" | sha256sum | cut -c 1-16)"
)

# in_order ID: prints the services so that each comes after those it depends on, and workers come after what is
# proxied; a circle is printed as it stands.
in_order() {
  order_first=$(for order_name in $(all_facts service); do
    if is_proxied "$1" "$order_name"; then echo "$order_name"; fi
  done)
  printf '%s\n' "$facts" | BELAY_FIRST=$order_first awk -F '\t' '
    function visit(name, i) {
      if (name in seen) return
      seen[name] = 1
      for (i = 1; i <= count[name]; i++) visit(needs[name, i])
      if (name in known) print name
    }
    $1 == "service" { known[$2] = 1; order[++n] = $2 }
    $1 == "depends" { needs[$2, ++count[$2]] = $3 }
    END {
      m = split(ENVIRON["BELAY_FIRST"], first, "\n")
      for (i = 1; i <= m; i++) visit(first[i])
      for (i = 1; i <= n; i++) visit(order[i])
    }'
}

# config_print ID SERVICE: a hash of configuration and image.
config_print() {
  {
    printf '%s\n' "$config" | service_text "$2" | BELAY_FROM=$(files_folder "$1") BELAY_TO=$root/current awk '
      BEGIN { from = ENVIRON["BELAY_FROM"]; to = ENVIRON["BELAY_TO"] }
      { while ((at = index($0, from)) > 0) $0 = substr($0, 1, at - 1) to substr($0, at + length(from)); print }'
    image_identity "$1" "$2"
  } | sha256sum | cut -c 1-24
}

# mounted_files ID SERVICE: prints the paths of the release that the service's containers see.
mounted_files() {
  fact bind "$2" | while IFS=$TAB read -r _ mounted_source mounted_target; do
    if in_release "$1" "$mounted_source"; then printf '%s\t%s\n' "$mounted_source" "$mounted_target"; fi
  done
  if has_fact secret "$2"; then
    all_facts file | while IFS= read -r mounted_source; do
      if in_release "$1" "$mounted_source"; then printf '%s\t\n' "$mounted_source"; fi
    done
  fi
}

# mounts_path SERVICE: true when it mounts the whole path, and so sees whatever `current` is.
mounts_path() { fact bind "$1" | cut -f 2 | grep -qxF -e "$root"; }

# files_print ID SERVICE: a hash of the content of what it mounts from the release. A service that mounts the whole
# path sees every file.
files_print() {
  {
    print_folder=$(files_folder "$1")
    mounted_files "$1" "$2" | cut -f 1 | while IFS= read -r print_path; do
      echo "${print_path#"$print_folder"}"
      if [ -d "$print_path" ]; then
        (cd "$print_path" && find . -type f -print0 | sort -z | xargs -0 sha256sum --)
      else
        sha256sum <"$print_path"
      fi
    done
    if mounts_path "$2"; then sha256sum <"$dot/releases/$1/files"; fi
  } 2>/dev/null | sha256sum | cut -c 1-24
}

# class_of ID SERVICE
class_of() {
  if [ "$2" = "$(proxy_service "$1")" ]; then
    echo proxy
  elif is_proxied "$1" "$2"; then
    echo proxied
  elif [ -n "$(written "$1" "$2")" ]; then
    echo data
  else
    echo plain
  fi
}

# written ID SERVICE: prints the first place outside of its containers that the service writes to.
written() {
  {
    fact volume "$2"
    fact bind "$2" | awk -F '\t' '$1 == "rw" { print $2 }' | grep -v '\.sock$'
  } | head -n 1
}

# way_of ID SERVICE CLASS: prints `roll`, or `recreate WHY`.
way_of() {
  field "$dot/releases/$1/rollout"
  way_rollout=${value:-auto} way_why=
  compose_kind
  if [ "$3" != proxied ]; then
    way_why="no proxy sends requests to it"
  elif [ "$way_rollout" = recreate ]; then
    way_why="rollout is recreate"
  elif [ "$compose_is" = v1 ]; then
    way_why="docker-compose 1.x cannot start a second container beside it"
  elif has_fact host "$2"; then
    way_why="it uses the network of the host"
  elif way_port=$(fixed_port "$1" "$2") && [ -n "$way_port" ]; then
    way_why="it publishes port $way_port, which one container alone can have"
  elif [ "$way_rollout" = auto ] && [ -n "$(written "$1" "$2")" ]; then
    way_why="it writes to $(written "$1" "$2"); rollout: rolling lets two of it do so for a while"
  fi
  if [ -n "$way_why" ]; then printf 'recreate\t%s\n' "$way_why"; else printf 'roll\t\n'; fi
}

# fixed_port ID SERVICE: prints a published port, or a range, that has no room for twice the containers.
fixed_port() (
  scale=$(fact replicas "$2" | head -n 1)
  fact port "$2" | while IFS= read -r port; do
    case $port in
      any | 0) ;;
      *-*) [ $((${port#*-} - ${port%-*} + 1)) -ge $((${scale:-1} * 2)) ] || echo "$port" ;;
      *) echo "$port" ;;
    esac
  done | head -n 1
)

# print_wanted ID SERVICE CLASS: prints what its containers shall be; * for one that holds data, runs, and was not named:
# that stays whatever it is.
print_wanted() {
  if [ "$3" = data ] && [ ! -s "$dot/releases/$1/services" ] &&
    [ -n "$(containers_of "$(project_of "$dot/releases/$1")" "$2")" ]; then
    echo '*'
  else
    printf '%s.%s\n' "$(config_print "$1" "$2")" "$(files_print "$1" "$2")"
  fi
}

# write_table ID: what was read becomes the record; findings when the way asked for cannot be gone.
write_table() {
  : >"$dot/releases/$1/mounted"
  for table_name in $(in_order "$1"); do
    managed "$1" | grep -qxF -e "$table_name" || continue
    table_class=$(class_of "$1" "$table_name")
    table_way=$(way_of "$1" "$table_name" "$table_class")
    table_scale=$(fact replicas "$table_name" | head -n 1)
    mounted_files "$1" "$table_name" | sed "s/^/$table_name$TAB/" >>"$dot/releases/$1/mounted"
    printf '%s\t%s\t%s\t%s\t%s\n' "$table_name" "$(print_wanted "$1" "$table_name" "$table_class")" \
      "$table_class" "${table_scale:-1}" "$table_way"
  done | put "$dot/releases/$1/service-table"
}

# refuse_rolling ID: `rolling` was asked for, and one of the services cannot.
refuse_rolling() {
  field "$dot/releases/$1/rollout"
  [ "$value" = rolling ] || return 0
  compose_kind
  if [ "$compose_is" = v1 ]; then
    result finding error tool-too-old "rollout: rolling needs docker compose 2; this server has docker-compose $(docker-compose version --short)" \
      "install it: sudo apt-get install docker-compose-plugin (from docker's own repository); or set rollout: recreate"
    return 1
  fi
  cut -f 3 "$dot/releases/$1/service-table" | grep -qx proxied || {
    result finding error config "rollout: rolling, but no proxy sends requests to any of these services" \
      "set proxy to nginx:<its service> (or nginx:host) and let it use \$belay_<service>; or give switch lines"
    return 1
  }
  rolling_why=$(awk -F '\t' '$3 == "proxied" && $5 == "recreate" { print "service " $1 " cannot be rolled: " $6; exit }' "$dot/releases/$1/service-table")
  [ -n "$rolling_why" ] || return 0
  result finding error config "$rolling_why" "take that away (a range of ports such as 8001-8002:8000), or set rollout: auto"
  return 1
}

# write_override ID: what belay adds to the user's files: images by digest, never pulled by chance, and no fixed
# name or address where two containers of a service shall run.
write_override() {
  compose_kind
  {
    echo 'services:'
    while IFS=$TAB read -r over_name _ _ _ over_way _; do
      printf '  %s:\n' "$over_name"
      over_image=$(image_given "$dot/releases/$1" "$over_name")
      if [ -z "$over_image" ] && has_fact build "$over_name"; then over_image=$(image_identity "$1" "$over_name"); fi
      [ -z "$over_image" ] || printf '    image: "%s"\n' "$over_image"
      if [ "$compose_is" = v1 ]; then
        [ -n "$over_image" ] || printf '    labels: {}\n'
        continue
      fi
      printf '    pull_policy: never\n'
      [ "$over_way" = roll ] || continue
      printf '    container_name: !reset null\n'
      over_networks=$(fact address "$over_name" | sort -u)
      [ -z "$over_networks" ] || printf '    networks:\n'
      for over_network in $over_networks; do
        printf '      %s:\n        ipv4_address: !reset null\n        ipv6_address: !reset null\n' "$over_network"
      done
    done <"$dot/releases/$1/service-table"
  } | put "$dot/releases/$1/compose-override.yaml"
}
