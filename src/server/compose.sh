# The compose command of a release, with its recorded files, environment and override, and what it makes of them.

# write_compose ID: writes releases/<id>/compose, the whole command as a program: hooks get it as BELAY_COMPOSE,
# `belay compose` runs it, and so does everything here. The folder is always `current`, so that no configuration
# changes by the name of a release.
write_compose() (
  record=$dot/releases/$1
  compose_kind
  {
    printf '#!/bin/sh\n# The compose command of release %s.\n' "$1"
    printf 'unset COMPOSE_FILE COMPOSE_PROJECT_NAME COMPOSE_PROFILES COMPOSE_REMOVE_ORPHANS\n'
    if [ -f "$record/env" ]; then printf '. %s\n' "$(quoted "$record/env")"; fi
    printf 'COMPOSE_IGNORE_ORPHANS=true\nexport COMPOSE_IGNORE_ORPHANS\n'
    case $compose_is in v2) words='docker compose' ;; *) words=docker-compose ;; esac
    # shellcheck disable=SC2016 # the program's own variables
    printf 'exec %s --project-name %s --project-directory "${BELAY_FOLDER:-%s}" %s "$@"\n' \
      "$words" "$(project_of "$record")" "$(in_quotes "$(project_folder "$1")")" "$(compose_files "$1")"
  } >"$record/compose.new" && chmod 700 "$record/compose.new" && mv -f "$record/compose.new" "$record/compose"
)

# is_adopted ID
is_adopted() { [ -f "$dot/releases/$1/adopted.yaml" ]; }

# project_folder ID: prints the project directory: `current`; of an adopted release the folder where it was found.
project_folder() {
  field "$dot/releases/$1/folder"
  printf '%s\n' "${value:-$root/current}"
}

# quoted TEXT: prints TEXT as one word of sh. in_quotes TEXT: as the inside of double quotes.
quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }
in_quotes() { printf '%s' "$1" | sed 's/[\\"$`]/\\&/g'; }

# compose_files ID: prints the -f options: the recorded files, then what belay adds.
compose_files() (
  record=$dot/releases/$1
  if is_adopted "$1"; then
    printf '%s %s ' -f "$(quoted "$record/adopted.yaml")"
  else
    given_files "$1" | while IFS= read -r file; do printf '%s %s ' -f "$(quoted "$root/releases/$1/$file")"; done
  fi
  for added in proxy-mount.yaml compose-override.yaml moved-images.yaml; do
    if [ -s "$record/$added" ]; then printf '%s %s ' -f "$(quoted "$record/$added")"; fi
  done
)

# given_files ID: prints the compose files of the release, relative to it: those named, else what compose would find.
given_files() (
  if [ -s "$dot/releases/$1/compose-files" ]; then
    cat "$dot/releases/$1/compose-files"
    return
  fi
  cd "$root/releases/$1" 2>/dev/null || return 1
  for found in compose.yaml compose.yml docker-compose.yaml docker-compose.yml; do
    [ -f "$found" ] || continue
    echo "$found"
    for beside in "${found%.*}.override.yml" "${found%.*}.override.yaml"; do
      if [ -f "$beside" ]; then
        echo "$beside"
        break
      fi
    done
    return 0
  done
  return 1
)

# compose ID WORD…: runs the compose command of release ID.
compose() (
  id=$1
  shift
  cd "$root" || return 1
  umask "$BELAY_UMASK"
  field "$dot/releases/$id/search-path"
  [ -z "$value" ] || PATH=$value
  exec sh "$dot/releases/$id/compose" "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
)

# project_of RECORD: prints the name of the project: the given one, else the name of the path, as compose allows it.
project_of() {
  field "$1/project"
  if [ -z "$value" ]; then
    value=$(printf '%s' "${root##*/}" | tr '[:upper:]' '[:lower:]' | sed -e 's/[^a-z0-9_-]//g' -e 's/^[_-]*//')
  fi
  printf '%s\n' "${value:-app}"
}

# compose_facts <CONFIG: reads the output of `compose config` of either generation and prints, a line each:
# service NAME | image NAME REF | build NAME | depends NAME OTHER | bind NAME ro|rw SOURCE TARGET (tabs between) |
# volume NAME SOURCE | port NAME PUBLISHED | exposes NAME | container_name NAME X | address NAME NETWORK |
# host NAME | replicas NAME N | secret NAME | file PATH (of a secret or a config)
compose_facts() {
  awk '
    function plain(s) {
      sub(/^[ \t]+/, "", s)
      if (s ~ /^".*"$/ || s ~ /^\047.*\047$/) s = substr(s, 2, length(s) - 2)
      return s
    }
    function out(kind, rest) { print kind "\t" service (rest == "" ? "" : "\t" rest) }
    function mount_done() {
      if (type == "bind") out("bind", (ro ? "ro" : "rw") "\t" source "\t" target)
      if (type == "volume") out("volume", source == "" ? "an unnamed volume" : source)
      type = source = target = ""; ro = 0
    }
    function short_mount(s, n, p) {
      s = plain(s); n = split(s, p, ":")
      if (n == 1) { type = "volume"; source = "" }
      else { type = p[1] ~ /^\// ? "bind" : "volume"; source = p[1]; target = p[2]; ro = (p[3] ~ /(^|,)ro(,|$)/) }
      mount_done()
    }
    function short_port(s, n, p) {
      s = plain(s); sub(/\/[a-z]+$/, "", s); n = split(s, p, ":")
      if (n > 1) out("port", p[n - 1]); else out("port", "any")
    }
    function port_done() { if (port) out("port", published == "" ? "any" : published); port = 0; published = "" }
    function done() { mount_done(); port_done() }
    /^[^ #]/ { done(); top = $1; service = section = ""; next }
    top != "services:" {
      if ((top == "secrets:" || top == "configs:") && /^    file: /) { s = $0; sub(/^    file: /, "", s); print "file\t" plain(s) }
      next
    }
    /^  [^ ]/ { done(); service = plain($1); sub(/:$/, "", service); service = plain(service); section = ""; print "service\t" service; next }
    /^    [^ -]/ {
      done(); section = $1; s = $0; sub(/^    [^ ]+:/, "", s); s = plain(s)
      if (section == "image:") out("image", s)
      if (section == "build:") out("build")
      if (section == "container_name:") out("container_name", s)
      if (section == "network_mode:" && s == "host") out("host")
      if (section == "scale:") out("replicas", s)
      if (section == "secrets:" || section == "configs:") out("secret")
      if (section == "expose:") out("exposes")
      next
    }
    section == "deploy:" && /^      replicas: / { out("replicas", $2); next }
    section == "depends_on:" && /^      [^ -]/ { s = $1; sub(/:$/, "", s); out("depends", plain(s)); next }
    section == "depends_on:" && /^ *- / { out("depends", plain($2)); next }
    section == "networks:" && /^      [^ ]/ { network = $1; sub(/:$/, "", network); next }
    section == "networks:" && /ipv[46]_address: / { out("address", network); next }
    section == "volumes:" && /^ *- (type|source|target|read_only): ?/ { mount_done(); sub(/- /, "  ") }
    section == "volumes:" && /^ *- / { mount_done(); s = $0; sub(/^ *- /, "", s); short_mount(s); next }
    section == "volumes:" && /^ +(type|source|target|read_only): / {
      key = $1; s = $0; sub(/^ *[a-z_]+: /, "", s); s = plain(s)
      if (key == "type:") type = s
      if (key == "source:") source = s
      if (key == "target:") target = s
      if (key == "read_only:") ro = (s == "true")
      next
    }
    section == "ports:" && /^ *- (mode|target|published|protocol|host_ip|name): ?/ { port_done(); port = 1; sub(/- /, "  ") }
    section == "ports:" && /^ *- / { port_done(); s = $0; sub(/^ *- /, "", s); short_port(s); next }
    section == "ports:" && /^ +published: / { published = plain($2); next }
    END { done() }'
}

# service_text NAME <CONFIG: prints the part of a service that makes its containers what they are: without its image
# (which is known better), what only build and order, and the name of the release.
service_text() {
  awk -v name="$1" '
    /^[^ #]/ { top = $1; own = 0; next }
    top != "services:" { next }
    /^  [^ ]/ { s = $1; sub(/:$/, "", s); own = (s == name); next }
    !own { next }
    /^    [^ -]/ { skip = ($1 ~ /^(image|build|depends_on|pull_policy|profiles|scale|container_name):$/) }
    !skip { print }'
}
