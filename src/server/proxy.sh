# The proxy in front of the services: one file per service that says which containers serve, written beside and
# renamed, then a reload that waits until no worker of before is left.

proxy_folder() { echo "$root/shared/belay-proxy"; }

# proxy_of ID: sets `proxy` to nginx:<service>, nginx:host, lines (own switch lines), or none.
proxy_of() {
  field "$dot/releases/$1/proxy"
  proxy=${value:-none}
  if [ -s "$dot/releases/$1/switch" ]; then proxy=lines; fi
}

# proxy_service ID: prints the service that is the proxy, when it is one of the project.
proxy_service() {
  proxy_of "$1"
  case $proxy in
    nginx:host) ;;
    nginx:*) echo "${proxy#nginx:}" ;;
  esac
}

# proxy_name SERVICE: prints the word that stands for SERVICE in nginx's configuration.
proxy_name() { printf 'belay_%s\n' "$1" | tr -c 'A-Za-z0-9_\n' _; }

# is_proxied ID SERVICE: with lines of the user's own, whoever has a port; else whom the proxy's configuration names.
is_proxied() {
  proxy_of "$1"
  case $proxy in
    none) return 1 ;;
    lines) has_fact exposes "$2" || has_fact port "$2" ;;
    *) printf '%s\n' "$proxy_words" | grep -qx -e "$(proxy_name "$2")" ;;
  esac
}

# read_proxy ID: sets `proxy_words` to the names of ours that the proxy's configuration uses: in the files that it
# mounts from the release, or as it runs.
read_proxy() {
  proxy_of "$1"
  case $proxy in
    nginx:host) proxy_words=$(host_nginx -T 2>/dev/null) ;;
    nginx:*)
      proxy_words=$(
        mounted_files "$1" "${proxy#nginx:}" | cut -f 1 | while IFS= read -r proxy_path; do
          grep -rhI belay_ "$proxy_path" 2>/dev/null
        done
        if mounts_path "${proxy#nginx:}"; then grep -rhI belay_ "$root/releases/$1" 2>/dev/null; fi
        proxy_container "$1" && the_proxy -T 2>/dev/null
      )
      ;;
    *) proxy_words= ;;
  esac
  # Our own files name every service.
  proxy_words=$(printf '%s\n' "$proxy_words" | grep -v -e '^split_clients ' -e '^upstream belay_' | grep -o 'belay_[A-Za-z0-9_]*' | sort -u)
}

# check_proxy ID: findings, with the lines to write, when the proxy does not use what we write.
check_proxy() {
  proxy_of "$1"
  case $proxy in
    none | lines) return 0 ;;
    nginx:host)
      [ -z "$proxy_words" ] || return 0
      result finding error config "the nginx of this server (nginx -T) does not use what Belay writes for it" \
        "in its configuration, inside http: \"include $(proxy_folder)/*.conf;\" and where requests are passed on: \"proxy_pass http://belay_<service>;\"; if $(id -un) is not root, in /etc/sudoers.d: $(id -un) ALL=(root) NOPASSWD: /usr/sbin/nginx"
      return 1
      ;;
  esac
  check_name=${proxy#nginx:}
  has_fact service "$check_name" || {
    result finding error config "proxy names the service $check_name, which the compose files do not have" \
      "name one of: $(all_facts service | tr '\n' ' '), or nginx:host"
    return 1
  }
  if fact bind "$check_name" | cut -f 2 | grep -qxF -e "$(proxy_folder)" -e "$root" && [ -n "$proxy_words" ]; then return 0; fi
  result finding error config "the service $check_name does not use what Belay writes for it" \
    "in the compose file, under its volumes: \"$(proxy_folder):/etc/nginx/belay:ro\"; in its nginx.conf, inside http: \"resolver 127.0.0.11 valid=1s ipv6=off; resolver_timeout 1s;\" and \"include /etc/nginx/belay/*.conf;\", and where requests are passed on: \"proxy_pass http://\$belay_<service>:<port>; proxy_connect_timeout 2s;\""
  return 1
}

# proxy_container ID: sets `proxy_id` to the running container of the proxy, and `proxy_options` to where its nginx was
# told to find its configuration; fails when there is none.
proxy_container() {
  proxy_id=$(containers_of "$(project_of "$dot/releases/$1")" "$(proxy_service "$1")" | awk '$2 == "running" { print $1; exit }')
  [ -n "$proxy_id" ] || return 1
  proxy_options=$(engine inspect -f '{{range .Args}}{{.}} {{end}}' "$proxy_id" 2>/dev/null |
    awk '{ for (i = 1; i < NF; i++) if ($i == "-c" || $i == "-p") printf "%s %s ", $i, $(i + 1) }')
}

# host_nginx WORD…: the nginx of the host; BELAY_NGINX are the words of another one.
host_nginx() {
  if [ "$(id -u)" = 0 ] || [ -n "${BELAY_NGINX:-}" ]; then
    ${BELAY_NGINX:-nginx} "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  else
    sudo -n nginx "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  fi
}

# the_proxy WORD…: nginx WORD… where the proxy runs.
the_proxy() {
  case $proxy in
    nginx:host) host_nginx "$@" ;;
    *)
      # shellcheck disable=SC2086 # words
      engine exec "$proxy_id" nginx $proxy_options "$@"
      ;;
  esac
}

# proxy_workers: prints the process ids of the proxy's workers, also of those that are shutting down.
proxy_workers() {
  case $proxy in
    nginx:host)
      proxy_pidfile=$(host_nginx -T 2>/dev/null | awk '$1 == "pid" { sub(/;$/, "", $2); print $2; exit }')
      field "${proxy_pidfile:-/run/nginx.pid}"
      cat /proc/[0-9]*/stat 2>/dev/null | awk -v m="${value:-0}" '{ pid = $1; sub(/^.*\) /, ""); if ($2 == m && $1 != "Z") print pid }'
      ;;
    *) engine top "$proxy_id" -eo pid,args 2>/dev/null | awk '/nginx: worker process/ { print $1 }' ;;
  esac
}

# write_proxy ID SERVICE CONTAINER…: which containers serve; true when that is another text than before.
write_proxy() {
  proxy_file=$(proxy_folder)/$2.conf
  (umask 022 && mkdir -p "$(proxy_folder)") || return 1
  proxy_text=$(shift && proxy_text "$@")
  field "$proxy_file"
  [ "$value" != "$proxy_text" ] || return 1
  printf '%s\n' "$proxy_text" | (umask 022 && put "$proxy_file")
}

# proxy_text SERVICE CONTAINER…: names, which docker resolves anew as containers come back in another order; on the
# host ports, with the range's other ones as a last resort, because a restart may swap them.
proxy_text() {
  text_name=$(proxy_name "$1")
  printf '# belay writes this file: which containers of %s serve.\n' "$1"
  shift
  case $proxy in
    nginx:host)
      printf 'upstream %s {\n' "$text_name"
      text_ports=$(for text_id; do engine port "$text_id" 2>/dev/null; done | sed -n 's/.* -> //p' | grep -v '^\[' | sort -u)
      # Before anything runs there is one that refuses at once.
      printf '%s\n' "${text_ports:-127.0.0.1:1}" | sed -e 's/^0\.0\.0\.0:/127.0.0.1:/' -e 's/.*/  server &;/'
      text_others "$1" "$text_ports" | sed -e 's/.*/  server & backup;/'
      echo '}'
      ;;
    *)
      # shellcheck disable=SC2016 # a variable of nginx
      printf 'split_clients $request_id $%s {\n' "$text_name"
      text_left=$#
      for text_id; do
        text_left=$((text_left - 1))
        text_share='*'
        if [ $text_left -gt 0 ]; then text_share=$(awk -v n=$# 'BEGIN { printf "%.2f%%", 100 / n }'); fi
        printf '  %s "%s";\n' "$text_share" "$(container_name "$text_id")"
      done
      echo '}'
      ;;
  esac
}

# text_others CONTAINER PORTS: prints the other addresses of the range that the container was given.
text_others() {
  # shellcheck disable=SC2016 # the template's own variables
  engine inspect -f '{{range $p, $b := .HostConfig.PortBindings}}{{range $b}}{{.HostIp}}:{{.HostPort}}{{"\n"}}{{end}}{{end}}' "$1" 2>/dev/null |
    awk -F '[:-]' 'NF == 3 { for (p = $2; p <= $3; p++) print ($1 == "" ? "127.0.0.1" : $1) ":" p }' |
    while IFS= read -r text_other; do printf '%s\n' "$2" | grep -qxF -e "$text_other" || printf '%s\n' "$text_other"; done
}

# container_name ID|NAME: prints the name of a container; a word that is no id stands for itself.
container_name() {
  case $1 in
    *[!0-9a-f]*) printf '%s\n' "$1" ;;
    *)
      # A container keeps its name: one that was made here is known.
      name_known=$(printf '%s\n' "${own_lines:-}" | awk -v id="$1" '$1 == id { print $9 }')
      if [ -n "$name_known" ]; then
        printf '%s\n' "$name_known"
      else
        engine inspect -f '{{.Name}}' "$1" 2>/dev/null | sed 's|^/||'
      fi
      ;;
  esac
}

# prepare_proxy ID SERVICE…: each has a file, so that nginx takes a configuration that names it: with whoever runs,
# else with the name that the first container will have.
prepare_proxy() {
  proxy_of "$1"
  case $proxy in none | lines) return 0 ;; esac
  prepare_id=$1
  prepare_project=$(project_of "$dot/releases/$1")
  shift
  for prepare_name; do
    if [ "nginx:$prepare_name" = "$proxy" ] || [ -f "$(proxy_folder)/$prepare_name.conf" ]; then continue; fi
    prepare_ids=$(containers_of "$prepare_project" "$prepare_name" | awk '$2 == "running" { print $1 }')
    # shellcheck disable=SC2086 # ids
    write_proxy "$prepare_id" "$prepare_name" ${prepare_ids:-"$prepare_project-$prepare_name-1"}
  done
  return 0
}

# switch_to ID SERVICE CONTAINER…: from now on these serve, and nobody works on requests of before.
switch_to() {
  proxy_of "$1"
  case $proxy in
    none) return 0 ;;
    lines)
      switch_lines "$@"
      return
      ;;
    nginx:host) ;;
    *) proxy_container "$1" || {
      write_proxy "$@" || :
      return 0
    } ;;
  esac
  switch_old=$(cat "$(proxy_folder)/$2.conf" 2>/dev/null)
  # The mark says that a reload of these very texts has ended.
  if ! write_proxy "$@" && [ "$(proxy_mark)" = "$(cat "$dot/proxy-loaded" 2>/dev/null)" ]; then return 0; fi
  rm -f "$dot/proxy-loaded"
  reload_proxy "$1" || {
    printf '%s\n' "$switch_old" | (umask 022 && put "$(proxy_folder)/$2.conf")
    return 1
  }
  proxy_mark >"$dot/proxy-loaded"
}

# proxy_mark: prints what tells one load from another: who runs, and with what.
proxy_mark() {
  printf '%s ' "${proxy_id:-host}"
  cat "$(proxy_folder)"/*.conf 2>/dev/null | sha256sum | cut -c 1-24
}

# reload_proxy ID: checks, reloads, and waits until every worker of before has ended, or for the time of `drain`.
reload_proxy() {
  reload_said=$(the_proxy -t 2>&1) || {
    printf '%s\n' "$reload_said"
    echo "nginx does not take the configuration; what served goes on serving"
    return 1
  }
  reload_before=$(proxy_workers)
  reload_said=$(the_proxy -s reload 2>&1) || {
    printf '%s\n' "$reload_said"
    return 1
  }
  field "$dot/releases/$1/drain"
  reload_left=$((${value:-30} * 10))
  while :; do
    reload_now=$(proxy_workers)
    reload_same=$(printf '%s\n' "$reload_before" | while read -r reload_pid; do
      if [ -n "$reload_pid" ] && printf '%s\n' "$reload_now" | grep -qx "$reload_pid"; then echo "$reload_pid"; fi
    done)
    if [ -z "$reload_same" ]; then return 0; fi
    reload_left=$((reload_left - 1))
    [ $reload_left -gt 0 ] || break
    pause 0.1
  done
  if [ "$reload_now" = "$reload_before" ]; then
    echo "nginx has not reloaded; its error log says why"
    return 1
  fi
  echo "some connections are still open after the time of drain; they are cut when their container ends"
}

# switch_lines ID SERVICE CONTAINER…: the user's own lines.
switch_lines() {
  switch_id=$1
  BELAY_SERVICE=$2
  shift 2
  BELAY_CONTAINERS=$(for switch_one; do container_name "$switch_one"; done | tr '\n' ' ')
  BELAY_CONTAINERS=${BELAY_CONTAINERS% }
  export BELAY_SERVICE BELAY_CONTAINERS
  run_lines "$dot/releases/$switch_id" switch "$root/releases/$switch_id"
  switch_code=$?
  unset BELAY_SERVICE BELAY_CONTAINERS
  read -r switched _ </proc/uptime
  printf '%s\n' "${switched%.*}" >"$dot/switched"
  return $switch_code
}

# drained ID: what the proxy cannot tell, time must: waits until `drain` has passed since the last switch.
drained() {
  [ -f "$dot/switched" ] || return 0
  field "$dot/releases/$1/drain"
  drain_left=${value:-30}
  field "$dot/switched"
  read -r drain_now _ </proc/uptime
  drain_left=$((value + drain_left - ${drain_now%.*}))
  # After a reboot nothing is left of that time.
  if [ $drain_left -gt 0 ] && [ "$value" -le "${drain_now%.*}" ]; then pause $drain_left; fi
  rm -f "$dot/switched"
}
