import type * as Https from "node:https";
import type * as Tls from "node:tls";

// Neither is imported: they take longer to load than all else, and a plain address needs none of it.

/** Node's HTTPS, loaded with the first address that needs it. */
export function https(): typeof Https {
  return process.getBuiltinModule("node:https");
}

/** Node's TLS, likewise. */
export function tls(): typeof Tls {
  return process.getBuiltinModule("node:tls");
}
