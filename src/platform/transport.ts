import type { ClientRequest, RequestOptions } from "node:http";
import type { CertificateWatch } from "./peer-certificate.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The way of requests of one scheme. */
export interface Transport {
  readonly open: (url: URL, options: RequestOptions) => ClientRequest;
  readonly watch: (sent: ClientRequest) => CertificateWatch;
}

/** The agent that `make` gives; where the proxy's variable is bad, an error that does not show it. */
export function proxied<Agent>(make: () => Agent): Agent {
  try {
    return make();
  } catch {
    // No cause: Node's message quotes the variable, and it may hold a password.
    throw new Error("the proxy variable of the environment is no usable URL");
  }
}
