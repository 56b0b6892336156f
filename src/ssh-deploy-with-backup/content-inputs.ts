import { type DatabaseAddress, parseDatabaseUrl } from "../commands/postgres.js";
import { parseRedisUrl } from "../commands/redis.js";
import type { Variable } from "../commands/shell.js";
import type { InputReader } from "../kit/inputs.js";

/** A login of something that is backed up; `service` is the compose service that it runs in, or empty. */
export interface Store {
  readonly variables: readonly Variable[];
  readonly service: string;
}

/** What a backup holds besides its manifest. */
export interface ContentInputs {
  readonly databases: readonly Store[];
  /** Names of parameters of database URLs that mean nothing to libpq. */
  readonly ignored: readonly string[];
  readonly redis: Store | undefined;
  /** A folder, or `service:/path`; empty: no media. */
  readonly mediaPath: string;
  readonly configPaths: readonly string[];
}

const service = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const path = /^(?!.*(^|[/:])\.\.(\/|$))[^-\p{Cc}][^\p{Cc}]*$/u;

/** Reads what is backed up; what is wrong is noted in `reader`. Masks each password by itself. */
export function readContents(reader: InputReader, mask: (secret: string) => void): ContentInputs {
  const addresses = readDatabaseUrls(reader, mask);
  const inside = readDatabaseService(reader);
  return {
    databases: [
      ...addresses.map(({ variables }) => ({ variables, service: "" })),
      ...(inside === undefined ? [] : [inside]),
    ],
    ignored: addresses.flatMap(({ ignored }) => ignored),
    redis: readRedis(reader, mask),
    mediaPath: reader
      .text("media-path", {
        accepted: "a folder of the server, or SERVICE:/PATH for one in a container",
        example: "/srv/app/shared/media",
        pattern: path,
      })
      .replace(/(?<=.)\/+$/, ""),
    configPaths: readConfigPaths(reader),
  };
}

/** True when there is anything at all to back up. */
export function holdsSomething(contents: ContentInputs): boolean {
  const { databases, redis, mediaPath, configPaths } = contents;
  return databases.length > 0 || redis !== undefined || mediaPath !== "" || configPaths.length > 0;
}

/** One database a line; a message names the line and the flaw, never the URL. */
function readDatabaseUrls(
  reader: InputReader,
  mask: (secret: string) => void,
): readonly DatabaseAddress[] {
  reader.secret("database-url");
  return reader.lines("database-url").flatMap((line, index) => {
    const read = parseDatabaseUrl(line);
    if (!("problem" in read)) {
      if (read.password !== "") mask(read.password);
      return [read];
    }
    reader.problem("database-url", {
      secret: true,
      accepted: `PostgreSQL URLs, one a line; line ${String(index + 1)} ${read.problem}`,
      example: "postgresql://app:secret@localhost:5432/app",
    });
    return [];
  });
}

/** A database that only its own container reaches; the image's own superuser needs no password there. */
function readDatabaseService(reader: InputReader): Store | undefined {
  const accepted = "the name of the compose service that PostgreSQL runs in";
  const name = reader.text("database-service", { accepted, example: "postgres", pattern: service });
  const database = reader.text("database-name", { example: "app" });
  const user = reader.text("database-user", { default: "postgres", example: "app" });
  if (name === "" && database === "") return undefined;
  if (name === "" || database === "") {
    const both = "database-service and database-name together, or neither";
    reader.problem("database-service", { accepted: both, example: "postgres" });
  }
  const variables = [
    { name: "PGDATABASE", value: database },
    { name: "PGUSER", value: user },
  ];
  return { variables, service: name };
}

function readRedis(reader: InputReader, mask: (secret: string) => void): Store | undefined {
  const url = reader.secret("redis-url");
  const accepted = "the name of the compose service that Redis runs in";
  const name = reader.text("redis-service", { accepted, example: "redis", pattern: service });
  if (url === "") return name === "" ? undefined : { variables: localRedis, service: name };
  const address = parseRedisUrl(url);
  if (address === undefined) {
    const example = "redis://:secret@localhost:6379";
    reader.problem("redis-url", { secret: true, accepted: "the URL of a Redis", example });
    return undefined;
  }
  if (address.password !== "") mask(address.password);
  return { variables: address.variables, service: name };
}

/** As it is reached inside its own container. */
const localRedis: readonly Variable[] = [{ name: "REDIS_HOST", value: "127.0.0.1" }];

function readConfigPaths(reader: InputReader): readonly string[] {
  const lines = reader.lines("config-paths");
  for (const given of lines) {
    const accepted = "paths of the server, or in `path`, one a line, without `..`";
    if (!path.test(given)) reader.problem("config-paths", { given, accepted, example: ".env" });
  }
  return lines.map((line) => line.replace(/(?<=.)\/+$/, ""));
}
