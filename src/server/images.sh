# The images of a release: pulled by digest or built, and tagged so that a prune of images leaves them.
# .belay/releases/<id>/image-ids: `service reference id` of each.

# image_given RECORD SERVICE: prints the reference of the `images` line of SERVICE.
image_given() {
  [ ! -s "$1/images" ] || awk -v n="$2=" 'index($0, n) == 1 { given = substr($0, length(n) + 1) } END { print given }' "$1/images"
}

# image_id REF…: prints the id of each; fails when one is not there.
image_id() { engine image inspect -f '{{.Id}}' "$@" 2>/dev/null; }

image_tag() { printf 'belay/%s-%s:%s\n' "$(project_of "$dot/releases/$1")" "$2" "$1" | tr '[:upper:]' '[:lower:]' | sed "s|:[^:]*$|:$1|"; }

# pull_images ID: standard input is the login, `registry user password` a line each and the line `end`, or `end` alone.
# It is used for this pull and kept nowhere.
pull_images() (
  login=$dot/tmp/login.$$
  trap 'rm -rf "$login"' EXIT
  mkdir -m 700 "$login" || return 1
  IFS= read -r registry
  if [ "$registry" != end ]; then
    IFS= read -r user && IFS= read -r password && IFS= read -r end && [ "$end" = end ] || {
      echo "the login did not arrive whole"
      return 1
    }
    registry_login "$registry" "$user" "$password" || return 1
  fi
  # One question where all of them are there, as on a way back.
  # shellcheck disable=SC2046 # references
  if image_id $(for service in $(managed "$1"); do pull_reference "$1" "$service"; done) >/dev/null; then
    all_there=true
  else
    all_there=false
  fi
  pull_failed=false
  for service in $(managed "$1"); do pull_image "$1" "$service" || pull_failed=true; done
  ! $pull_failed
)

# pull_reference ID SERVICE: prints what is pulled for SERVICE; nothing for what is built.
pull_reference() {
  reference=$(image_given "$dot/releases/$1" "$2")
  if [ -n "$reference" ]; then
    printf '%s\n' "$reference"
  elif ! has_fact build "$2"; then
    fact image "$2"
  fi
}

# registry_login REGISTRY USER PASSWORD
registry_login() {
  if said=$(printf '%s\n' "$3" | docker --config "$login" login --username "$2" --password-stdin "$1" 2>&1 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-); then return 0; fi
  printf '%s\n' "$said"
  result finding error registry-denied "the registry $1 refused the login of $2" \
    "check registry, registry-username and registry-password (a token needs the scope read:packages); try on the server: docker login $1"
  return 1
}

# pull_image ID SERVICE: what is there by its digest is not asked for again, so that a way back needs no registry.
pull_image() {
  pull_ref=$(pull_reference "$1" "$2")
  [ -n "$pull_ref" ] || return 0
  if $all_there || image_id "$pull_ref" >/dev/null; then
    echo "$2: $pull_ref is there"
    return 0
  fi
  echo "$2: pulling $pull_ref"
  if said=$(docker --config "$login" pull --quiet "$pull_ref" </dev/null 2>&1 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-); then return 0; fi
  printf '%s\n' "$said"
  pull_finding "$pull_ref" "$2" "$said"
  return 1
}

# pull_finding REF SERVICE SAID: docker has one exit code for all; only its words tell a login from a name.
pull_finding() {
  case $3 in
    *'no space left'*)
      result finding error disk-full "the image of $2 did not fit on the disk: $1" \
        "free some space where docker keeps its images (docker system df; docker image prune)"
      ;;
    *unauthorized* | *denied* | *'authentication required'* | *'no basic auth'*)
      result finding error registry-denied "the registry did not give the image of $2: $1" \
        "set registry, registry-username and registry-password to a login that may pull it"
      ;;
    *'not found'* | *'manifest unknown'*)
      result finding error config "the image of $2 is not in its registry: $1" \
        "check name and digest; push the image before the deploy"
      ;;
    *)
      result finding error command-failed "the image of $2 could not be pulled: $1" \
        "what docker said stands above; is the registry reachable from the server?"
      ;;
  esac
}

# look_for_images ID: a plan pulls nothing, but asks whether it could.
look_for_images() {
  IFS= read -r _
  for look_service in $(managed "$1"); do
    look_ref=$(image_given "$dot/releases/$1" "$look_service")
    [ -z "$look_ref" ] || [ -n "$(image_id "$look_ref")" ] || echo "$look_service: $look_ref will be pulled"
  done
}

# build_images ID: `compose build` of what has something to build, in the new release's own folder.
build_images() {
  build_list=$(for build_service in $(managed "$1"); do
    if has_fact build "$build_service" && [ -z "$(image_given "$dot/releases/$1" "$build_service")" ]; then echo "$build_service"; fi
  done)
  [ -n "$build_list" ] || {
    echo "no service has anything to build"
    return 0
  }
  # shellcheck disable=SC2086 # names of services
  BELAY_FOLDER=$root/releases/$1 compose "$1" build $build_list
}

# local_image ID SERVICE: prints the name under which the image of SERVICE lies in the engine.
local_image() {
  local_ref=$(image_given "$dot/releases/$1" "$2")
  [ -n "$local_ref" ] || local_ref=$(fact image "$2")
  if [ -z "$local_ref" ]; then
    case $compose_is in v1) local_mark=_ ;; *) local_mark=- ;; esac
    local_ref=$(project_of "$dot/releases/$1")$local_mark$2
  fi
  printf '%s\n' "$local_ref"
}

# keep_images ID: records which image each service has, and tags it for as long as the release is kept.
keep_images() {
  # shellcheck disable=SC2046 # references
  keep_ids=$(image_id $(for keep_service in $(managed "$1"); do local_image "$1" "$keep_service"; done)) || keep_ids=
  keep_number=0
  for keep_service in $(managed "$1"); do
    keep_number=$((keep_number + 1))
    keep_ref=$(local_image "$1" "$keep_service")
    keep_id=$(printf '%s\n' "$keep_ids" | sed -n "${keep_number}p")
    [ -n "$keep_id" ] || keep_id=$(image_id "$keep_ref")
    [ -n "$keep_id" ] || {
      result finding error config "the image of $keep_service is not there: $keep_ref" \
        "name it in images by its digest, or let build make it (build: true)"
      return 1
    }
    engine tag "$keep_id" "$(image_tag "$1" "$keep_service")" || return 1
    printf '%s %s %s\n' "$keep_service" "$keep_ref" "$keep_id"
  done >"$dot/releases/$1/image-ids.new" && mv -f "$dot/releases/$1/image-ids.new" "$dot/releases/$1/image-ids"
}

# write_moved ID: has compose take what an image's name meant when the release was made, where that is another one now.
write_moved() (
  cd "$dot/releases/$1" && rm -f moved-images.yaml || exit 1
  [ -s image-ids ] || exit 0
  # shellcheck disable=SC2046 # references
  [ "$(engine image inspect -f '{{.Id}}' $(cut -d ' ' -f 2 image-ids) 2>/dev/null)" != "$(cut -d ' ' -f 3 image-ids)" ] || exit 0
  {
    echo 'services:'
    while read -r moved_service _ moved_id; do printf '  %s:\n    image: "%s"\n' "$moved_service" "$moved_id"; done <image-ids
  } | put "$PWD/moved-images.yaml"
)

# image_identity ID SERVICE: prints what tells this image from another: the engine's id; before it is there, its name.
image_identity() {
  identity=$(awk -v n="$2" '$1 == n { print $3 }' "$dot/releases/$1/image-ids" 2>/dev/null)
  identity_ref=$(image_given "$dot/releases/$1" "$2")
  if [ -z "$identity$identity_ref" ] && ! has_fact build "$2"; then identity_ref=$(fact image "$2"); fi
  if [ -z "$identity" ] && [ -n "$identity_ref" ]; then identity=$(image_id "$identity_ref"); fi
  printf '%s\n' "${identity:-${identity_ref:-not there yet}}"
}

# compose_forget ID: the tags of a release that goes.
compose_forget() {
  [ -f "$dot/releases/$1/image-ids" ] || return 0
  while read -r forget_service _; do
    engine rmi "$(image_tag "$1" "$forget_service")" >/dev/null 2>&1
  done <"$dot/releases/$1/image-ids"
  return 0
}
