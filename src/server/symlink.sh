# The strategy `symlink`: the link `current` is switched, then the recorded restart lines run.

symlink_activate() {
  point_current "$1" "$2" || return 1
  if [ -s "$dot/releases/$1/restart" ]; then echo "running the restart lines of $1"; fi
  run_lines "$dot/releases/$1" restart "$root/releases/$1"
}

symlink_stop_first() { end_processes "$1.activate" '' ''; }

# symlink_left_behind PREVIOUS: the processes that a restart has left there: its code, and soon a folder that is gone.
symlink_left_behind() {
  in_folder "$(readlink -f "$root/releases/$1")" | while read -r left_pid left_command; do
    emit old-process "$left_pid" "$left_command"
  done
}

# The restart's exit code was all that this strategy knows, and that was judged.
symlink_running() { :; }
symlink_retire() { :; }
symlink_end_strays() { :; }
symlink_forget() { :; }

symlink_check() {
  if grep -qs '\(^\|[^[:alnum:]_]\)sudo ' "$1/restart" && ! grep -qs 'sudo .*-S' "$1/restart" && ! sudo -n -l >/dev/null 2>&1; then
    finding error auth-refused "the restart lines use sudo, which asks $(id -un) for a password" \
      "allow just those commands in /etc/sudoers.d: $(id -un) ALL=(root) NOPASSWD: /usr/bin/systemctl restart APP"
  fi
}
