# The server's own check of the app, recorded with the release, for when no runner is there.

# ask_app URL FILE: true for a 2xx answer; its body goes to FILE.
ask_app() {
  if command -v curl >/dev/null 2>&1; then
    app_status=$(curl -sS -m 5 -o "$2" -w '%{http_code}' -- "$1" 2>/dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-) || return 1
    case $app_status in 2??) ;; *) return 1 ;; esac
  else
    wget -q -T 5 -O "$2" "$1" 2>/dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  fi
}

# answers URL TEXT FILE: true when the app answers well, with TEXT in it; without URL, too.
answers() {
  [ -n "$1" ] || return 0
  ask_app "$1" "$3" && { [ -z "$2" ] || grep -qF -e "$2" "$3"; }
}

# checked ID: true when the checks that were recorded with release ID pass; without any, too.
checked() {
  [ -s "$dot/releases/$1/health-checks" ] || return 0
  sh "$dot/releases/$1/health-checks" </dev/null >/dev/null 2>&1 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

# healthy ID: true when its strategy finds nothing wrong with release ID, and it answers as recorded and its recorded
# checks pass, three times in a row within its time. With nothing to ask, what the strategy knows was all there is, and
# that is what this believes.
healthy() (
  running "$1" || return 1
  record=$dot/releases/$1
  field "$record/health-url"
  url=$value
  [ -n "$url" ] || [ -s "$record/health-checks" ] || return 0
  field "$record/health-expect"
  expect=$value
  field "$record/health-timeout"
  left=$((${value:-60} * 2)) row=0 body=$dot/tmp/health.$$
  while [ $left -gt 0 ]; do
    if answers "$url" "$expect" "$body" && checked "$1"; then
      row=$((row + 1))
      [ $row -lt 3 ] || break
    else
      row=0
    fi
    left=$((left - 1))
    pause 0.5
  done
  rm -f "$body"
  [ $row -ge 3 ]
)
