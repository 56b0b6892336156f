import { join } from "node:path";
import { findPostgres, installPostgres } from "../postgres-programs.js";
import { builtProgram } from "./built-programs.js";
import type { Dockerd } from "./dockerd.js";
import { hostImage } from "./host-root.js";

/**
 * PostgreSQL of the machine's version, to be used like the official image: POSTGRES_PASSWORD,
 * POSTGRES_USER, POSTGRES_DB, data in /var/lib/postgresql/data, scripts for a new cluster in
 * /docker-entrypoint-initdb.d, port 5432, with a health check.
 */
export async function postgresImage(dockerd: Dockerd, name: string): Promise<string> {
  const found = await findPostgres();
  if (found === undefined) throw new Error(`PostgreSQL is missing: ${installPostgres}`);
  const { bin, home } = found;
  const programs = ["initdb", "postgres", "psql", "pg_isready", "pg_dump", "pg_dumpall", "pg_ctl"];
  const more = ["pg_restore", "createdb", "dropdb"];
  return hostImage(dockerd, {
    name,
    programs: [
      ...[...programs, ...more].map((program) => join(bin, program)),
      join(home, "lib/libpqwalreceiver.so"),
      "setpriv",
    ],
    files: [
      join(home, "lib"),
      home.replace("/usr/lib/", "/usr/share/"),
      "/usr/lib/locale/C.utf8",
      "/usr/share/zoneinfo",
    ],
    // Compiling queries would bring 110 MB of LLVM.
    leaveOut: /llvmjit|\/bitcode$|\/pgxs$|\/zoneinfo\/(?:posix|right)$/,
    users: ["postgres:x:999:999:PostgreSQL:/var/lib/postgresql:/bin/sh"],
    texts: { "/usr/bin/start-postgres": startPostgres },
    dockerfile: [
      `ENV PATH=${bin}:/usr/bin:/usr/sbin PGDATA=/var/lib/postgresql/data LANG=C.UTF-8`,
      "VOLUME /var/lib/postgresql/data",
      "EXPOSE 5432",
      "STOPSIGNAL SIGINT",
      "HEALTHCHECK --interval=500ms --timeout=3s --retries=20 " +
        'CMD pg_isready -q -h 127.0.0.1 -U "${POSTGRES_USER:-postgres}"',
      'ENTRYPOINT ["start-postgres"]',
      'CMD ["postgres"]',
    ],
  });
}

/**
 * Makes the cluster where there is none yet; until it is ready nobody can reach it from outside.
 * Full paths, because busybox's sh takes its own setpriv before any on PATH.
 */
const startPostgres = `#!/bin/sh
set -eu
[ "$1" = postgres ] || exec "$@"
as_postgres() { /usr/bin/setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
mkdir -p "$PGDATA" /var/run/postgresql
chown postgres:postgres "$PGDATA" /var/run/postgresql
chmod 700 "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "\${POSTGRES_PASSWORD:?must be set for a new cluster}"
  user=\${POSTGRES_USER:-postgres}
  echo "$POSTGRES_PASSWORD" > /tmp/password
  chown postgres:postgres /tmp/password
  as_postgres initdb --no-instructions -E UTF8 --locale=C.UTF-8 \\
    --auth-local=trust --auth-host=scram-sha-256 -U "$user" --pwfile=/tmp/password
  rm /tmp/password
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  database=\${POSTGRES_DB:-$user}
  if [ "$database" != postgres ]; then
    printf 'CREATE DATABASE "%s";\\n' "$database" |
      as_postgres postgres --single -j -D "$PGDATA" postgres
  fi
  if [ -d /docker-entrypoint-initdb.d ]; then
    export POSTGRES_USER="$user" POSTGRES_DB="$database"
    sockets=/var/run/postgresql
    as_postgres pg_ctl -s -w -o "-c listen_addresses= -c unix_socket_directories=$sockets" start
    for script in /docker-entrypoint-initdb.d/*.sh; do as_postgres sh "$script"; done
    as_postgres pg_ctl -s -w -m fast stop
  fi
fi
shift
exec /usr/bin/setpriv --reuid=postgres --regid=postgres --clear-groups postgres \\
  -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql "$@"
`;

/** nginx that serves /etc/nginx/conf.d/*.conf, logs to the container's output and ends gracefully. */
export async function nginxImage(dockerd: Dockerd, name: string): Promise<string> {
  return hostImage(dockerd, {
    name,
    programs: ["nginx"],
    files: ["/etc/nginx/mime.types", "/etc/nginx/fastcgi_params", "/etc/nginx/proxy_params"],
    users: [
      "www-data:x:33:33:www-data:/var/www:/bin/sh",
      "nobody:x:65534:65534::/:/bin/sh",
      "nogroup:x:65534:65534::/:/bin/sh",
    ],
    texts: {
      "/etc/nginx/nginx.conf": nginxConf,
      "/etc/nginx/conf.d/default.conf": "server { listen 80; root /usr/share/nginx/html; }\n",
      "/usr/share/nginx/html/index.html": "nginx\n",
      "/var/lib/nginx/README": "nginx keeps large request bodies here.\n",
    },
    links: {
      "/var/log/nginx/access.log": "/dev/stdout",
      "/var/log/nginx/error.log": "/dev/stderr",
    },
    dockerfile: ["EXPOSE 80", "STOPSIGNAL SIGQUIT", 'CMD ["nginx", "-g", "daemon off;"]'],
  });
}

const nginxConf = `user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log notice;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log /var/log/nginx/access.log;
  include /etc/nginx/conf.d/*.conf;
}
`;

/** Redis, to be used like the official image: data in /data, port 6379, arguments for redis-server. */
export async function redisImage(dockerd: Dockerd, name: string): Promise<string> {
  return hostImage(dockerd, {
    name,
    programs: ["redis-server", "redis-cli"],
    texts: { "/usr/bin/start-redis": startRedis },
    dockerfile: [
      "VOLUME /data",
      "WORKDIR /data",
      "EXPOSE 6379",
      'ENTRYPOINT ["start-redis"]',
      'CMD ["redis-server"]',
    ],
  });
}

const startRedis = `#!/bin/sh
set -eu
case \${1-} in -* | *.conf) set -- redis-server "$@" ;; esac
[ "$1" != redis-server ] || set -- "$@" --protected-mode no
exec "$@"
`;

/** PgBouncer with the configuration that is mounted at /etc/pgbouncer, port 6432. */
export async function pgbouncerImage(dockerd: Dockerd, name: string): Promise<string> {
  return hostImage(dockerd, {
    name,
    programs: ["pgbouncer"],
    users: ["postgres:x:999:999:PostgreSQL:/var/lib/postgresql:/bin/sh"],
    dockerfile: [
      "EXPOSE 6432",
      "STOPSIGNAL SIGINT",
      'CMD ["pgbouncer", "--user=postgres", "/etc/pgbouncer/pgbouncer.ini"]',
    ],
  });
}

/** Caddy with the configuration that is mounted at /etc/caddy, its settings to be changed from within. */
export async function caddyImage(dockerd: Dockerd, name: string): Promise<string> {
  return hostImage(dockerd, {
    name,
    programs: [],
    copies: { "/usr/bin/caddy": await builtProgram("caddy") },
    dockerfile: [
      "ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data",
      "EXPOSE 80",
      'CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile"]',
    ],
  });
}

/** BuildKit for buildx's driver `docker-container`, by `--driver-opt image=NAME`. */
export async function buildkitImage(dockerd: Dockerd, name: string): Promise<string> {
  return hostImage(dockerd, {
    name,
    programs: ["runc"],
    copies: {
      "/usr/bin/buildkitd": await builtProgram("buildkitd"),
      "/usr/bin/buildctl": await builtProgram("buildctl"),
    },
    dockerfile: ["VOLUME /var/lib/buildkit", 'ENTRYPOINT ["buildkitd"]'],
  });
}
