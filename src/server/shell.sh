# Running the user's shell lines with what was recorded: environment, shell, search path.

# lines_shell RECORD: prints the words of the shell that runs the lines of RECORD.
lines_shell() {
  field "$1/shell"
  if [ -n "$value" ]; then
    echo "$value"
  elif command -v bash >/dev/null 2>&1; then
    echo "bash -euo pipefail"
  else
    echo "sh -eu"
  fi
}

# run_lines RECORD NAME FOLDER: runs the shell lines of the file NAME of RECORD in FOLDER with the
# release's environment; its exit code is that of the lines. No lines: done.
run_lines() (
  record=$1 name=$2
  [ -s "$record/$name" ] || return 0
  cd "$3" || return 1
  umask "$BELAY_UMASK"
  unset LC_ALL
  field "$record/search-path"
  [ -z "$value" ] || PATH=$value
  shell=$(lines_shell "$record")
  if [ -f "$record/env" ]; then
    # shellcheck disable=SC1091 # written by the runner: export statements only
    . "$record/env"
  fi
  BELAY_RELEASE=${BELAY_RELEASE-} BELAY_PREVIOUS=${BELAY_PREVIOUS-}
  BELAY_SHA=${BELAY_SHA-} BELAY_BACKUP=${BELAY_BACKUP-} BELAY_PATH=$root
  if [ -x "$dot/releases/${BELAY_RELEASE:-none}/compose" ]; then
    BELAY_COMPOSE=$dot/releases/$BELAY_RELEASE/compose
    export BELAY_COMPOSE
    # Until it is the running one: `current` has the files of the release before, or is not there.
    if [ "$(current_release)" != "$BELAY_RELEASE" ]; then
      BELAY_FOLDER=$root/releases/$BELAY_RELEASE
      export BELAY_FOLDER
    fi
  fi
  export BELAY_RELEASE BELAY_PREVIOUS BELAY_SHA BELAY_BACKUP BELAY_PATH
  unset BELAY_SH BELAY_UMASK BELAY_SCOPE
  # shellcheck disable=SC2086 # the shell is words
  exec $shell "$record/$name" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
)

# release_variables ID PREVIOUS: sets what the lines of release ID are told.
release_variables() {
  BELAY_RELEASE=$1 BELAY_PREVIOUS=$2
  field "$dot/releases/$1/sha"
  BELAY_SHA=$value
  BELAY_BACKUP=
  if record_get backup; then BELAY_BACKUP=$backups/$value; fi
}
