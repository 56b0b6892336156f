# tick: what a timer does each minute and after a reboot: ends an operation that has no owner.

# call_tick: exit 4 when there is nothing to do, or the lock is taken.
call_tick() {
  [ -f "$dot/phase" ] || [ -f "$dot/unretired" ] || kept_due || exit $NOTHING
  record_readable || fail $FAILED "$dot/phase was written by a newer version of Belay"
  lock_try || exit $NOTHING
  if [ ! -f "$dot/phase" ]; then
    finish_retiring
    drop_kept
    exit $NOTHING
  fi
  recover || exit $FAILED
  # shellcheck disable=SC2086
  emit recovered $recovered
  case $outcome in
    undone) exit $UNDONE ;;
    undo-failed) exit $UNDO_FAILED ;;
  esac
}

# tick_mark: the comment that marks our lines. A % would end a crontab's command.
tick_mark() { printf '# belay %s' "$root" | sed -e 's/%/\\%/g'; }

# tick_lines: the lines of the crontab.
tick_lines() (
  command=$(printf '%s' "$dot/belay" | sed -e "s/'/'\\\\''/g" -e 's/%/\\%/g')
  printf '%s\n' "@reboot '$command' tick >/dev/null 2>&1 $(tick_mark)" \
    "* * * * * '$command' tick >/dev/null 2>&1 $(tick_mark)"
)

# install_tick OPERATION: the first deploy installs the lines where the user may have a crontab; else it
# names them as missing. BELAY_CRONTAB is another program than `crontab`.
install_tick() {
  [ "$1" = deploy ] || return 0
  tick_program=${BELAY_CRONTAB:-crontab}
  if ! command -v "$tick_program" >/dev/null 2>&1; then
    finding warning tool-missing "crontab is missing: after a reboot in mid-deploy nobody finishes it before the next deploy" \
      "install it: apt-get install cron; or have a timer run each minute: $dot/belay tick"
    return 0
  fi
  tick_table=$("$tick_program" -l 2>/dev/null)
  case $tick_table$NEWLINE in *"$(tick_mark)$NEWLINE"*) return 0 ;; esac
  { [ -z "$tick_table" ] || printf '%s\n' "$tick_table"; tick_lines; } | "$tick_program" - 2>/dev/null ||
    finding warning not-writable "$(id -un) may not have a crontab: after a reboot in mid-deploy nobody finishes it before the next deploy" \
      "allow it in /etc/cron.allow, or have a timer run each minute: $dot/belay tick"
}
