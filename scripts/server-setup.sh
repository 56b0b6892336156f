#!/bin/sh
# Makes a server ready to be deployed to: a user, docker's group, the folder, the key that may log in. Prints what the
# repository needs to know. It may be run again; what is there already stays.
set -eu

usage() {
  cat <<'TEXT'
On your own machine, make a key of its own for the deploys:

  ssh-keygen -t ed25519 -N '' -C deploy -f deploy_key

On the server, as root:

  sh server-setup.sh --path /srv/app --key 'ssh-ed25519 AAAA… deploy'

  --path PATH        the folder to deploy to, absolute; run this once for each environment
  --key LINE         the public key, the line in deploy_key.pub
  --user NAME        who deploys (default: deploy)
  --host NAME        how the server is reached from outside (default: its own full name)
  --port N           the port of its sshd (default: 22)
  --repo OWNER/REPO  for the printed lines; without it they are for the repository you stand in
  --env NAME         the environment on GitHub (default: production)
  --host-keys DIR    where the public keys of the host are (default: /etc/ssh)
  --without-docker   the user gets no access to docker
TEXT
}

fail() {
  printf 'server-setup: %s\n' "$1" >&2
  exit 1
}

# quoted TEXT: prints TEXT as one word of a shell.
quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

read_options() {
  user=deploy host='' port=22 repo='' environment=production host_keys=/etc/ssh key='' docker=true path=''
  while [ $# -gt 0 ]; do
    case $1 in
      --without-docker) docker=false ;;
      --help | -h)
        usage
        exit 0
        ;;
      --*)
        [ $# -ge 2 ] || fail "$1 needs a value"
        read_option "$1" "$2"
        shift
        ;;
      *) fail "not an option: $1 (see --help)" ;;
    esac
    shift
  done
  [ -n "$host" ] || host=$(hostname -f 2>/dev/null || hostname)
}

read_option() {
  case $1 in
    --path) path=$2 ;;
    --key) key=$2 ;;
    --user) user=$2 ;;
    --host) host=$2 ;;
    --port) port=$2 ;;
    --repo) repo=$2 ;;
    --env) environment=$2 ;;
    --host-keys) host_keys=$2 ;;
    *) fail "not an option: $1 (see --help)" ;;
  esac
}

# check_options: nothing is changed before all of them are good.
check_options() {
  [ "$(id -u)" = 0 ] || fail "run it as root: sudo sh server-setup.sh …"
  case $path in
    '') fail "--path is missing (see --help)" ;;
    / | *[!A-Za-z0-9._/-]* | */../* | */.. | [!/]*) fail "--path takes an absolute path of plain characters, not $path" ;;
  esac
  case $user in root | '' | -* | *[!a-z0-9_-]*) fail "--user takes the name of a user who is not root, not $user" ;; esac
  case $port in '' | *[!0-9]*) fail "--port takes a number, not $port" ;; esac
  case $host in '' | *[!A-Za-z0-9.:-]*) fail "--host takes a name or an address, not $host" ;; esac
  case $key in
    *'PRIVATE KEY'*) fail "--key takes the public key (deploy_key.pub); a private key never goes to the server" ;;
    *'
'*) fail "--key takes one line" ;;
    'ssh-ed25519 AAAA'* | 'ssh-rsa AAAA'* | 'ecdsa-sha2-nistp'*' AAAA'* | 'sk-'*' AAAA'*) ;;
    '') fail "--key is missing: the line in deploy_key.pub (see --help)" ;;
    *) fail "--key is not a public key of OpenSSH: ssh-ed25519 AAAA…" ;;
  esac
  [ -n "$(host_key_files)" ] || fail "there are no public host keys in $host_keys: is sshd installed?"
}

host_key_files() {
  for file in "$host_keys"/ssh_host_*_key.pub; do
    [ ! -f "$file" ] || printf '%s\n' "$file"
  done
}

# make_user: one who can log in by key alone. A locked user ("!") could not by key either, where sshd is without PAM.
make_user() {
  if id "$user" >/dev/null 2>&1; then
    echo "user $user: is there"
  elif command -v useradd >/dev/null 2>&1; then
    useradd --create-home --shell /bin/sh --password '*' "$user"
    echo "user $user: made"
  else
    adduser -D -s /bin/sh "$user"
    echo "$user:*" | chpasswd -e
    echo "user $user: made"
  fi
  home=$(getent passwd "$user" | cut -d : -f 6)
  group=$(id -g "$user")
  # What a deploy leaves at work must not end with its login.
  loginctl enable-linger "$user" >/dev/null 2>&1 || :
}

allow_docker() {
  if ! $docker; then
    return
  elif ! getent group docker >/dev/null; then
    echo "docker: is not installed (no group docker); install it and run this again, or say --without-docker"
  elif id -nG "$user" | tr ' ' '\n' | grep -qx docker; then
    echo "docker: $user is in its group"
  else
    usermod -aG docker "$user" 2>/dev/null || addgroup "$user" docker
    echo "docker: $user is in its group now (which amounts to root)"
  fi
}

# make_folder: the folder becomes the user's; what lies in it stays as it is. The folder that an nginx mounts is made too:
# docker would make one that is root's.
make_folder() {
  mkdir -p "$path"
  chown "$user:$group" "$path"
  if $docker; then
    mkdir -p "$path/shared/belay-proxy"
    chown "$user:$group" "$path/shared" "$path/shared/belay-proxy"
  fi
  echo "folder $path: belongs to $user"
}

# allow_key: for commands alone: no terminal, no forwarding.
allow_key() {
  file=$home/.ssh/authorized_keys
  mkdir -p "$home/.ssh"
  touch "$file"
  if grep -qF -e "$(printf '%s' "$key" | cut -d ' ' -f 1,2)" "$file"; then
    echo "key: may log in already"
  else
    # A last line without its end would swallow ours.
    if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then echo >>"$file"; fi
    printf 'restrict %s\n' "$key" >>"$file"
    echo "key: may log in now"
  fi
  chmod 700 "$home/.ssh"
  chmod 600 "$file"
  chown "$user:$group" "$home/.ssh" "$file"
  if command -v restorecon >/dev/null 2>&1; then restorecon -R "$home/.ssh"; fi
}

check_tools() {
  missing=
  for tool in flock setsid tar gzip awk sed grep sha256sum find xargs crontab curl; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
  done
  [ -z "$missing" ] || echo "missing programs:$missing (apt-get install util-linux tar gzip mawk findutils cron curl)"
}

known_hosts() {
  name=$host
  if [ "$port" != 22 ]; then name="[$host]:$port"; fi
  host_key_files | while IFS= read -r file; do printf '%s %s\n' "$name" "$(cut -d ' ' -f 1,2 "$file")"; done
}

# tell_repository: the lines to run where `gh` is logged in and the private key lies.
tell_repository() {
  where="--env $(quoted "$environment")"
  [ -z "$repo" ] || where="$where --repo $(quoted "$repo")"
  address=$user@$host
  if [ "$port" != 22 ]; then address=$address:$port; fi
  printf '\nThe host keys, as lines of known_hosts:\n\n%s\n' "$(known_hosts)"
  printf '\nRun in the folder of deploy_key, on the machine where gh is logged in:\n\n'
  printf 'gh variable set KNOWN_HOSTS %s --body %s\n' "$where" "$(quoted "$(known_hosts)")"
  printf 'gh variable set DEPLOY_HOST %s --body %s\n' "$where" "$(quoted "$address")"
  printf 'gh variable set DEPLOY_PATH %s --body %s\n' "$where" "$(quoted "$path")"
  printf 'gh secret set DEPLOY_KEY %s <deploy_key\n' "$where"
}

read_options "$@"
check_options
make_user
allow_docker
make_folder
allow_key
check_tools
tell_repository
