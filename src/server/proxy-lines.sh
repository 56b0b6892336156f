# The lines that nginx needs, written into a release's own files where that was asked for.

# write_lines ID: the mount goes into a compose file of ours, the lines into the nginx files of the release that have none.
# Reads the configuration again where that changed it.
write_lines() {
  field "$dot/releases/$1/proxy-lines"
  [ "$value" = write ] || return 0
  lines_proxy=$(proxy_service "$1")
  [ -n "$lines_proxy" ] && has_fact service "$lines_proxy" || return 0
  lines_names=$(lines_names)
  lines_problem=
  for lines_file in $(lines_files "$1"); do
    lines_text=$(BELAY_NAMES=$lines_names rewrite_nginx <"$lines_file") || {
      lines_problem=$lines_file
      break
    }
    # Into the very file: a mount of it is the same file afterwards, and its mode stays.
    [ -z "$lines_text" ] || printf '%s\n' "$lines_text" >"$lines_file" || return 1
    [ -z "$lines_text" ] || echo "$lines_proxy: wrote the lines that Belay needs into ${lines_file#"$root/releases/$1/"}"
  done
  if [ -n "$lines_problem" ]; then
    result finding error config "${lines_problem#"$root/releases/$1/"} hands requests on with a path (proxy_pass http://name/path), which nginx does otherwise with a variable" \
      "write the lines by hand (docs/compose.md), with a rewrite for the path; leave proxy-lines out"
    return 1
  fi
  if ! fact bind "$lines_proxy" | cut -f 2 | grep -qxF -e "$(proxy_folder)" -e "$root"; then
    (umask 022 && mkdir -p "$(proxy_folder)") || return 1
    printf 'services:\n  %s:\n    volumes:\n      - "%s:/etc/nginx/belay:ro"\n' "$lines_proxy" "$(proxy_folder)" |
      put "$dot/releases/$1/proxy-mount.yaml" || return 1
  fi
  read_config "$1"
}

# lines_names: prints `name service` of each name that stands for a service in nginx's files.
lines_names() {
  all_facts service | while IFS= read -r lines_one; do printf '%s %s\n' "$lines_one" "$lines_one"; done
  printf '%s\n' "$facts" | awk -F '\t' '$1 == "container_name" { print $3, $2 }'
}

# lines_files ID: prints the files of the release that the proxy mounts and that have no line of ours yet.
lines_files() {
  mounted_files "$1" "$lines_proxy" | cut -f 1 | while IFS= read -r lines_path; do
    find "$lines_path" -type f -name '*.conf' | while IFS= read -r lines_one; do
      grep -q "\\\$belay_" "$lines_one" || printf '%s\n' "$lines_one"
    done
  done
}

# rewrite_nginx <FILE: prints the file with `$belay_<service>` for each server of ours, nothing when there is none; fails
# where that would change what is asked for. BELAY_NAMES: lines_names.
rewrite_nginx() {
  awk '
    function variable(service) { gsub(/[^A-Za-z0-9_]/, "_", service); return "$belay_" service }
    # ours ADDRESS: sets `address` to what stands for `name`, `name:port` or an upstream with one such server.
    function ours(given, part, n) {
      if (given in upstream) { address = upstream[given]; return 1 }
      n = split(given, part, ":")
      if (!(part[1] in service)) return 0
      address = variable(service[part[1]]) ":" (n > 1 ? part[2] : 80)
      return 1
    }
    function take_upstreams(rest, block, name, part, n, i, servers, server) {
      rest = text; text = ""
      while (match(rest, /upstream[ \t\n]+[A-Za-z0-9_.-]+[ \t\n]*[{][^{}]*[}][ \t]*\n?/)) {
        block = substr(rest, RSTART, RLENGTH)
        text = text substr(rest, 1, RSTART - 1)
        rest = substr(rest, RSTART + RLENGTH)
        name = block; sub(/^upstream[ \t\n]+/, "", name); sub(/[ \t\n]*[{].*/, "", name)
        sub(/^[^{]*[{]/, "", block)
        n = split(block, part, ";"); servers = 0
        for (i = 1; i <= n; i++) if (part[i] ~ /^[ \t\n]*server[ \t]/) { servers++; server = part[i]; sub(/^[ \t\n]*server[ \t]+/, "", server); sub(/[ \t].*/, "", server) }
        if (servers == 1 && ours(server)) upstream[name] = address
        else text = text "upstream " name " {" block
      }
      text = text rest
    }
    function take_passes(rest, whole, given, path) {
      rest = text; text = ""
      while (match(rest, /proxy_pass[ \t]+http:\/\/[^;]*;/)) {
        whole = substr(rest, RSTART, RLENGTH)
        text = text substr(rest, 1, RSTART - 1)
        rest = substr(rest, RSTART + RLENGTH)
        given = whole; sub(/^proxy_pass[ \t]+http:\/\//, "", given); sub(/;$/, "", given)
        path = given; sub(/^[^\/]*/, "", path); sub(/\/.*/, "", given)
        if (ours(given)) {
          if (path != "") bad = 1
          whole = "proxy_pass http://" address ";"
          changed = 1
        }
        text = text whole
      }
      text = text rest
    }
    BEGIN {
      n = split(ENVIRON["BELAY_NAMES"], line, "\n")
      for (i = 1; i <= n; i++) { split(line[i], word, " "); service[word[1]] = word[2] }
    }
    { text = text $0 "\n" }
    END {
      added = "include /etc/nginx/belay/*.conf;\n"
      if (text !~ /resolver[ \t]/) added = "resolver 127.0.0.11 valid=1s ipv6=off;\nresolver_timeout 1s;\n" added
      if (text !~ /proxy_connect_timeout[ \t]/) added = added "proxy_connect_timeout 2s;\n"
      take_upstreams(); take_passes()
      if (bad) exit 1
      if (!changed) exit 0
      if (match(text, /http[ \t\n]*[{]/)) printf "%s\n%s%s", substr(text, 1, RSTART + RLENGTH - 1), added, substr(text, RSTART + RLENGTH)
      else printf "%s%s", added, text
    }'
}
