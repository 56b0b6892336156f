# Adoption: a compose stack that runs already becomes the first release, and nothing of it is touched.
# .belay/releases/<id>/ of such a release has besides: `folder`, where the stack lives and its project directory stays;
# `adopted.yaml`, what its files and its .env came to, so that a way back needs neither.

# check_adopt PLAN: finds the stack; completes PLAN with what it found: project, folder, files, env-file.
check_adopt() {
  strategy_of "$1"
  if [ -n "$(current_release)" ]; then
    finding error config "$root has a release already: $(current_release)" "adopt is for a path that was never deployed to; deploy instead"
  elif [ "$strategy" != compose ]; then
    finding error config "only a docker compose stack can be adopted" "set strategy: compose, or deploy instead"
  else
    adopt_project=$(adopted_project "$1")
    printf '%s\n' "$adopt_project" >"$1/project"
    adopt_lines=$(stack_labels "$adopt_project" | sort -u)
    if [ -z "$adopt_lines" ]; then
      finding error config "no compose project ${adopt_project:-of this path} is there" \
        "set project to one of: $(compose_projects | cut -f 1 | sort -u | tr '\n' ' ')(docker compose ls)"
    else
      check_stack "$1"
    fi
  fi
}

# compose_projects: prints `project folder`, a tab between, of each container that compose has made.
compose_projects() {
  engine ps -a --filter label=com.docker.compose.project \
    --format '{{.Label "com.docker.compose.project"}}	{{.Label "com.docker.compose.project.working_dir"}}'
}

# adopted_project PLAN: prints the project: the named one, else the one that lives in the path, else the path's name.
adopted_project() {
  field "$1/project"
  if [ -z "$value" ]; then value=$(compose_projects | awk -F '\t' -v d="$root" '$2 == d { print $1 }' | sort -u); fi
  case $value in
    '' | *"$NEWLINE"*) project_of "$1" ;;
    *) printf '%s\n' "$value" ;;
  esac
}

# stack_labels PROJECT: prints `folder files env-file`, tabs between, of each of its containers.
stack_labels() {
  engine ps -a --filter "label=com.docker.compose.project=$1" --filter label=com.docker.compose.oneoff=False \
    --format '{{.Label "com.docker.compose.project.working_dir"}}	{{.Label "com.docker.compose.project.config_files"}}	{{.Label "com.docker.compose.project.environment_file"}}'
}

# check_stack PLAN: the folder and the files are there and this user's to read.
check_stack() {
  adopt_folder=$(printf '%s\n' "$adopt_lines" | cut -f 1 | sort -u)
  adopt_files=$(printf '%s\n' "$adopt_lines" | cut -f 2 | sort -u)
  if [ -s "$1/compose-files" ]; then adopt_files=$(tr '\n' ',' <"$1/compose-files"); fi
  case $adopt_folder$adopt_files in
    *"$NEWLINE"*)
      finding error config "the containers of $adopt_project were started from different folders or files: $(printf '%s\n' "$adopt_lines" | tr '\t\n' '  ')" \
        "start them all with one command (docker compose up -d), or name the files in compose-files"
      return
      ;;
  esac
  printf '%s\n' "$adopt_folder" >"$1/folder"
  printf '%s\n' "$adopt_lines" | cut -f 3 | grep . | sort -u | head -n 1 >"$1/env-file"
  printf '%s\n' "$adopt_files" | tr ',' '\n' | grep . | while IFS= read -r adopt_file; do
    case $adopt_file in /*) echo "$adopt_file" ;; *) echo "$adopt_folder/$adopt_file" ;; esac
  done >"$1/adopted-files"
  while IFS= read -r adopt_file; do
    [ -r "$adopt_file" ] ||
      finding error config "$(id -un) cannot read $adopt_file, from which $adopt_project was started" \
        "on the server: sudo chmod a+r $adopt_file (and a+x its folders); or set compose-files"
  done <"$1/adopted-files"
  emit fact "project" "$adopt_project, in $adopt_folder"
}

# step_adopt TOKEN: the record of what runs. Each thing that it writes is taken back by unadopt.
step_adopt() {
  record_change activated yes "$1" open || return 1
  keep_engine
  compose_kind
  adopt_config "$new" && adopt_images "$new" || return 1
  read_proxy "$new"
  refused=false
  refuse_shared_project "$new"
  ! $refused || return 1
  write_table "$new" && write_override "$new" && write_compose "$new" && claim_project "$new" || return 1
  adopt_containers "$new" && adopt_env "$new" || return 1
  (umask "$BELAY_UMASK" && mkdir -p "$root/releases/$new") && point_current "$new" ''
}

# adopt_config ID: sets `config` and `facts` to what the stack's own files say, of the services that have containers;
# keeps the whole as adopted.yaml.
adopt_config() {
  adopt_record=$dot/releases/$1
  adopt_said=$dot/tmp/config.$$
  config=$(adopted_compose "$adopt_record" config 2>"$adopt_said") || {
    result finding error config "the stack's compose files are not valid: $(masked "$1" <"$adopt_said" | tail -n 3 | tr '\n' ' ')" \
      "try on the server, in $(cat "$adopt_record/folder"): docker compose config"
    rm -f "$adopt_said"
    return 1
  }
  rm -f "$adopt_said"
  printf '%s\n' "$config" | put "$adopt_record/adopted.yaml" || return 1
  facts=$(printf '%s\n' "$config" | compose_facts)
  adopt_there=$(for adopt_name in $(managed "$1"); do
    if [ -n "$(containers_of "$(project_of "$adopt_record")" "$adopt_name")" ]; then echo "$adopt_name"; fi
  done)
  facts=$(printf '%s\n' "$facts" | BELAY_THERE=$adopt_there awk -F '\t' '
    BEGIN { n = split(ENVIRON["BELAY_THERE"], names, "\n"); for (i = 1; i <= n; i++) there[names[i]] = 1 }
    $1 == "file" || $2 in there')
}

# adopted_compose RECORD WORD…: compose as the stack was started.
adopted_compose() (
  record=$1
  shift
  field "$record/folder"
  cd "$value" || exit 1
  unset COMPOSE_FILE COMPOSE_PROJECT_NAME COMPOSE_PROFILES
  # shellcheck disable=SC1091 # written by the runner: export statements only
  if [ -f "$record/env" ]; then . "$record/env"; fi
  set -- --project-directory "$value" "$@"
  field "$record/env-file"
  [ -z "$value" ] || set -- --env-file "$value" "$@"
  set -- --project-name "$(project_of "$record")" "$@"
  while IFS= read -r file; do set -- -f "$file" "$@"; done <<FILES
$(sed '1!G;h;$!d' "$record/adopted-files")
FILES
  case $compose_is in v2) engine compose "$@" ;; *) docker-compose "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- ;; esac
)

# adopt_images ID: records which image each service runs, and tags it for as long as the release is kept.
adopt_images() {
  for adopt_name in $(all_facts service); do
    adopt_one=$(containers_of "$(project_of "$dot/releases/$1")" "$adopt_name" | awk '$2 == "running" { print 0, $1 } $2 != "running" { print 1, $1 }' |
      sort -s -k 1,1 | awk 'NR == 1 { print $2 }')
    adopt_image=$(engine inspect -f '{{.Config.Image}} {{.Image}}' "$adopt_one") || return 1
    engine tag "${adopt_image#* }" "$(image_tag "$1" "$adopt_name")" || return 1
    printf '%s %s\n' "$adopt_name" "$adopt_image"
  done >"$dot/releases/$1/image-ids.new" && mv -f "$dot/releases/$1/image-ids.new" "$dot/releases/$1/image-ids"
}

# adopt_containers ID: those that run are ours from now on. One that its files would make otherwise is told, and counts as
# another one than recorded.
adopt_containers() {
  mkdir -p "$dot/containers"
  adopt_version=$(engine compose version --short 2>/dev/null || docker-compose version --short 2>/dev/null)
  # Of the resolved files: of those with an env_file it tells others than `up` gives its containers.
  adopt_hashes=$(printf '%s\n' "$dot/releases/$1/adopted.yaml" >"$dot/releases/$1/adopted-files" &&
    adopted_compose "$dot/releases/$1" config --hash '*' 2>/dev/null)
  for adopt_name in $(all_facts service); do
    adopt_print=$(config_print "$1" "$adopt_name").$(files_print "$1" "$adopt_name")
    adopt_ids=$(containers_of "$(project_of "$dot/releases/$1")" "$adopt_name" | cut -d ' ' -f 1)
    for adopt_one in $adopt_ids; do
      if drifted "$adopt_one"; then
        adopt_print=drifted.drifted
        result finding warning config "service $adopt_name does not run as its compose file says now" \
          "the next deploy replaces it; what runs now cannot be made again"
      fi
      printf '%s %s %s\n' "$adopt_print" "$1" "$adopt_name" | put "$dot/containers/$adopt_one" || return 1
    done
    result service "$adopt_name" keep "it runs, and is recorded"
  done
}

# drifted CONTAINER: true when this very version of compose has made it from another configuration.
drifted() {
  drift_made=$(engine inspect -f '{{index .Config.Labels "com.docker.compose.version"}} {{index .Config.Labels "com.docker.compose.config-hash"}}' "$1") || return 1
  [ "${drift_made%% *}" = "${adopt_version#v}" ] || return 1
  drift_wanted=$(printf '%s\n' "$adopt_hashes" | awk -v n="$adopt_name" '$1 == n { print $2 }')
  [ -n "$drift_wanted" ] && [ "${drift_made#* }" != "$drift_wanted" ]
}

# adopt_env ID: the stack's .env waits in shared/ for a deploy that names it in shared-paths.
adopt_env() {
  field "$dot/releases/$1/folder"
  [ -f "$value/.env" ] && [ ! -e "$root/shared/.env" ] || return 0
  (umask "$BELAY_UMASK" && mkdir -p "$root/shared") || return 1
  touch "$dot/releases/$1/made-env" || return 1
  put "$root/shared/.env" <"$value/.env"
}

# unadopt ID: nothing of it was touched: our own notes go.
unadopt() {
  for unadopt_file in "$dot"/containers/*; do
    [ -f "$unadopt_file" ] || continue
    read -r _ unadopt_release _ <"$unadopt_file"
    if [ "$unadopt_release" = "$1" ]; then rm -f "$unadopt_file"; fi
  done
  if [ -f "$dot/releases/$1/made-env" ]; then rm -f "$root/shared/.env"; fi
}

# files_folder ID: prints where the files of the release lie that its services mount.
files_folder() {
  field "$dot/releases/$1/folder"
  printf '%s\n' "${value:-$root/releases/$1}"
}
