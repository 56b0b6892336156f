# Media and configuration: folders and files of the server, each kind as one tar.

# media_of RECORD: sets `media` to the folder, absolute; or to SERVICE:/PATH.
media_of() {
  field "$1/media-path"
  media=$(absolute "$value")
}

# absolute PATH: prints it as seen from the path that is deployed; SERVICE:/PATH as it is.
absolute() {
  # shellcheck disable=SC2088 # a tilde that was given as text
  case $1 in
    '' | /* | [A-Za-z0-9]*:/*) printf '%s\n' "$1" ;;
    '~/'*) printf '%s\n' "$HOME/${1#'~/'}" ;;
    *) printf '%s\n' "$root/$1" ;;
  esac
}

# in_service PATH: true for SERVICE:/PATH.
in_service() { case $1 in /*) return 1 ;; *:/*) ;; *) return 1 ;; esac; }

# packed COMMAND…: prints what COMMAND prints, compressed; fails when either part does.
packed() {
  exec 3>&1
  packed_codes=$({
    {
      "$@" 3>&-
      echo $? >&4
    } | gzip -1 >&3 4>&-
    echo $? >&4
  } 4>&1)
  exec 3>&-
  for packed_code in $packed_codes; do [ "$packed_code" = 0 ] || return 1; done
}

# tar_of FOLDER NAME…: prints a tar; with GNU's, a file that changes while it is read is as good as before or after.
tar_of() {
  tar_folder=$1
  shift
  tar -C "$tar_folder" -cf - -- "$@" 4>&-
  tar_code=$?
  if [ $tar_code -eq 1 ] && tar --version 2>/dev/null | grep -q GNU; then tar_code=0; fi
  return $tar_code
}

# print_media RECORD: the tar of the media, by docker where they lie in a service: it reads what this user may not.
print_media() {
  media_of "$1"
  if in_service "$media"; then
    media_container=$(volume_container "$1" "${media%%:*}") || return 1
    packed docker cp "$media_container:${media#*:}/." -
  else
    packed tar_of "$media" .
  fi
}

# print_config RECORD: the tar of the configuration, with names from the root on.
print_config() {
  set -- "$1/config-paths"
  config_list=$1
  set --
  while IFS= read -r config_path || [ -n "$config_path" ]; do
    config_path=$(absolute "$config_path")
    set -- "$@" "${config_path#/}"
  done <"$config_list"
  packed tar_of / "$@"
}

# dump_archive FILE WHAT COMMAND…: writes FILE as COMMAND prints it; fails with a finding about WHAT.
dump_archive() {
  dump_file=$1 dump_what=$2
  shift 2
  write_summed "$dump_file" "$@" && return
  full_disk_finding "$dump_file" "the backup" ||
    result finding error backup-failed "$dump_what could not be read whole" \
      "see the message above: it must be there and readable for $(id -un) (or, in a volume: media-path SERVICE:/PATH); nothing was changed"
  return 1
}

# dump_media RECORD FILE
dump_media() {
  dump_archive "$2" "media-path" print_media "$1" || return 1
  media_of "$1"
  printf 'media: %s\n' "$media" >"$2.about"
  if in_service "$media"; then
    printf '  gzip -dc media.tar.gz | docker cp - CONTAINER:%s    # the container of service %s\n' "$(shell_word "${media#*:}")" "${media%%:*}"
  else
    printf '  mkdir -p %s && tar -xpzf media.tar.gz -C %s\n' "$(shell_word "$media")" "$(shell_word "$media")"
  fi >"$2.restore"
}

# dump_config RECORD FILE
dump_config() {
  dump_archive "$2" "config-paths" print_config "$1" || return 1
  while IFS= read -r config_path || [ -n "$config_path" ]; do
    printf 'config: %s\n' "$(absolute "$config_path")"
  done <"$1/config-paths" >"$2.about"
  echo '  tar -xpzf config.tar.gz -C /' >"$2.restore"
}

# check_archive FILE: true when every member can be read.
check_archive() {
  archive_codes=$({
    {
      gzip -dc <"$1"
      echo $? >&4
    } | tar -tf - >/dev/null 4>&-
    echo $? >&4
  } 4>&1)
  for archive_code in $archive_codes; do [ "$archive_code" = 0 ] || return 1; done
}
