#!/bin/sh
# Gets the first certificate for nginx, which serves http already, and turns TLS on; run again, it renews what is due.
#
#   sh /srv/app/current/nginx/certificate.sh /srv/app app.example.com ada@example.com
#
# Run it on the server as the deploy user, after the first deploy, and from then on daily by cron: certbot does nothing
# until a third of the certificate's time is left. Nothing of it needs root: all lies in shared/tls, which nginx mounts.
# CERTBOT_OPTIONS are further words for certbot, such as --staging while you try.
set -eu

fail() {
  printf 'certificate: %s\n' "$1" >&2
  exit 1
}

[ $# -eq 3 ] || {
  sed -n '3,5s/^# \{0,1\}//p' "$0" >&2
  exit 2
}
path=$1 domain=$2 email=$3
tls=$path/shared/tls
case $domain in *[!A-Za-z0-9.-]* | '' | -*) fail "$domain is no domain name" ;; esac
[ -x "$path/.belay/belay" ] || fail "nothing was deployed to $path yet: deploy first, nginx answers the authority"
[ -d "$tls" ] && [ -w "$tls" ] || fail "$tls is not yours to write: sudo install -d -o $(id -un) $tls"
command -v certbot >/dev/null || fail "certbot is missing: sudo apt-get install certbot"

compose() { "$path/.belay/belay" compose "$@"; }
reload_nginx() { compose exec -T nginx nginx -t -q && compose exec -T nginx nginx -s reload; }

# write_file NAME: standard input, whole or not at all; nginx includes what begins with NAME.
write_file() {
  cat >"$tls/new-$1"
  mv -f "$tls/new-$1" "$tls/$1"
}

redirect() {
  cat <<'CONF'
return 301 https://$host$request_uri;
CONF
}

server() {
  cat <<CONF
server {
  listen 443 ssl;
  server_name $domain;
  ssl_certificate /etc/nginx/tls/config/live/$domain/fullchain.pem;
  ssl_certificate_key /etc/nginx/tls/config/live/$domain/privkey.pem;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache shared:tls:1m;
  add_header Strict-Transport-Security "max-age=31536000" always;
  location / { proxy_pass http://\$belay_web:3000; }
}
CONF
}

mkdir -p "$tls/webroot"
chmod 755 "$tls" "$tls/webroot"
# The challenge is read by nginx as a user who is not root.
umask 022
# shellcheck disable=SC2086 # words
certbot certonly --webroot --webroot-path "$tls/webroot" --domain "$domain" --cert-name "$domain" \
  --config-dir "$tls/config" --work-dir "$tls/work" --logs-dir "$tls/logs" \
  --non-interactive --agree-tos --email "$email" --keep-until-expiring ${CERTBOT_OPTIONS:-} ||
  fail "no certificate: http://$domain must reach nginx of $path from everywhere; certbot's own words are above"

# The reload is what a renewed certificate takes too; an unchanged one does not mind it.
had_tls=false
[ ! -f "$tls/server.conf" ] || had_tls=true
server | write_file server.conf
redirect | write_file redirect.conf
reload_nginx || {
  $had_tls || rm -f "$tls/server.conf" "$tls/redirect.conf"
  fail "nginx refuses its configuration, and serves as before; its own words are above"
}
echo "certificate: https://$domain is served; renew it daily by cron with this same line"
