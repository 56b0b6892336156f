import type { Check, Place } from "./check.js";
import type { OwnFields } from "./http-fields.js";

type Own = {
  readonly [K in Check["kind"]]: OwnFields<Extract<Check, { readonly kind: K }>>;
}[Check["kind"]];

/** What people call a check that has no name; never holds a password, a query or the words of a command. */
export function nameOf(check: Own): string {
  switch (check.kind) {
    case "http":
      return urlName(check.url);
    case "tcp":
      return `tcp ${check.host}:${String(check.port)}`;
    case "container":
      return `container ${placeName(check.place)}`;
    case "command":
      // The rest of the line may hold a secret.
      return `command ${/^[\w./-]{1,40}/.exec(check.command)?.[0] ?? ""}`.trimEnd();
    case "logs":
      return `logs ${"file" in check.source ? check.source.file : placeName(check.source)}`;
    case "postgres":
      return `postgres ${valueOf(check.address.variables, "PGDATABASE")}`.trimEnd();
    case "redis":
      return `redis ${check.address.host}:${String(check.address.port)}`;
    case "server":
      return `server ${check.measure}${check.measure === "disk" ? ` ${check.path}` : ""}`;
  }
}

/** An address without its query, which may hold a token. */
export function urlName(text: string): string {
  return text.replace(/[?#].*$/s, "");
}

/** A container or a service, as a user wrote it. */
export function placeName(place: Place): string {
  if ("container" in place) return place.container;
  return place.project === undefined ? place.service : `${place.project}/${place.service}`;
}

function valueOf(
  variables: readonly { readonly name: string; readonly value: string }[],
  name: string,
): string {
  return variables.find((one) => one.name === name)?.value ?? "";
}
