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

# healthy ID: true when its strategy finds nothing wrong with release ID and it answers as recorded, three times in
# a row within its time. With nothing to ask, what the strategy knows was all there is, and that is what this believes.
healthy() (
  running "$1" || return 1
  record=$dot/releases/$1
  field "$record/health-url"
  url=$value
  [ -n "$url" ] || return 0
  field "$record/health-expect"
  expect=$value
  field "$record/health-timeout"
  left=$((${value:-60} * 2)) row=0 body=$dot/tmp/health.$$
  while [ $left -gt 0 ]; do
    if ask_app "$url" "$body" && { [ -z "$expect" ] || grep -qF -e "$expect" "$body"; }; then
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
