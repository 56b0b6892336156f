# Releases: <path>/releases/<id> is the tree, .belay/releases/<id> the record; `current` points to one.

# current_release: prints the id that `current` points to; nothing when there is none.
current_release() (
  target=$(readlink "$root/current" 2>/dev/null) || return 0
  case $target in
    releases/*) target=${target#releases/} ;;
    "$root"/releases/*) target=${target#"$root"/releases/} ;;
    *) return 0 ;;
  esac
  plain "$target" && echo "$target"
)

# new_release_id SHA: prints <UTC>-<short sha or nosha>, unique on this server. The lock is held.
new_release_id() (
  short=$(printf '%.7s' "$1")
  while :; do
    id=$(date -u +%Y%m%dT%H%M%SZ)-${short:-nosha}
    if [ ! -e "$root/releases/$id" ] && [ ! -e "$dot/releases/$id" ] &&
      ! grep -qsF "new $id" "$dot"/history/*; then
      echo "$id"
      return 0
    fi
    pause 1
  done
)

# link_to ID LINK: LINK becomes a link to release ID's tree, ready to be renamed to `current`.
link_to() { rm -f "$2" && ln -s "releases/$1" "$2"; }

# point_current ID: `current` is release ID from now on, by one rename. Uses the ready-made link where
# it is the one: so that a way back needs no free block.
point_current() {
  if [ "$(readlink "$dot/back" 2>/dev/null)" = "releases/$1" ] && [ "${2:-}" = back ]; then
    mv -fT "$dot/back" "$root/current"
  else
    link_to "$1" "$dot/next" && mv -fT "$dot/next" "$root/current"
  fi
}

# remove_release ID: the tree and then the record; the tree goes under another name first, so that no
# half tree stands under the name of a release.
remove_release() {
  plain "$1" || return 1
  forget "$1"
  if [ -e "$root/releases/$1" ]; then
    mkdir -p "$dot/trash" && mv -fT "$root/releases/$1" "$dot/trash/$1" || return 1
  fi
  rm -rf "$dot/incoming/$1" "$dot/releases/$1"
  # An app may have made folders that cannot be written.
  rm -rf "$dot/trash/$1" 2>/dev/null || {
    chmod -R u+rwX "$dot/trash/$1" 2>/dev/null
    rm -rf "$dot/trash/$1"
  }
}
