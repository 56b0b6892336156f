# The daily backup by the server's own timer: nobody else's schedule is sure to run.

# daily_mark: the comment that marks our line of the crontab. A % would end a crontab's command.
daily_mark() { printf '# belay daily %s' "$root" | sed -e 's/%/\\%/g'; }

# daily_line: the line of the crontab for 02:00 UTC, which knows local time alone.
daily_line() (
  zone=$(date +%z)
  minutes=$(printf '%s\n' "$zone" | sed 's/^\([+-]\)\(..\)\(..\)$/\1 \2 \3/' | awk '{ m = $2 * 60 + $3; print ($1 == "-" ? -m : m) }')
  at=$(((120 + minutes + 1440) % 1440))
  printf "%s %s * * * %s backup daily >/dev/null 2>&1 %s\n" $((at % 60)) $((at / 60)) "$(shell_word "$dot/belay" | sed -e 's/%/\\%/g')" "$(daily_mark)"
)

# call_daily [install]: prints the timer of the daily backup, as crontab and as systemd have it, or puts it into the crontab.
call_daily() {
  case ${1:-} in
    '') print_daily ;;
    install) install_daily ;;
    *) fail $USAGE "belay daily prints the timer, belay daily install puts it into the crontab" ;;
  esac
}

print_daily() {
  cat <<EOT
A line for crontab -e (02:00 UTC as this server's clock is set today; summer time moves it by an hour):

$(daily_line)

Or, with systemd, in ~/.config/systemd/user/belay-daily.service and .timer, then
systemctl --user enable --now belay-daily.timer (and loginctl enable-linger $(id -un)):

[Service]
Type=oneshot
ExecStart=/bin/sh $(printf '%s' "$dot/belay" | sed -e 's/%/%%/g' -e 's/[\\" ]/\\&/g') backup daily

[Timer]
OnCalendar=*-*-* 02:00:00 UTC
Persistent=true

[Install]
WantedBy=timers.target
EOT
}

install_daily() {
  daily_program=${BELAY_CRONTAB:-crontab}
  daily_table=$("$daily_program" -l 2>/dev/null)
  case $daily_table$NEWLINE in
    *"$(daily_mark)$NEWLINE"*)
      echo "the crontab has it already"
      exit $NOTHING
      ;;
  esac
  { [ -z "$daily_table" ] || printf '%s\n' "$daily_table"; daily_line; } | "$daily_program" - ||
    fail $FAILED "$(id -un) may not have a crontab: allow it in /etc/cron.allow, or use the systemd timer that belay daily prints"
  echo "a backup is taken each day at 02:00 UTC: crontab -l shows it"
}
