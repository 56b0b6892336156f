import { Agent, request } from "node:https";
import { watchCertificate } from "./peer-certificate.js";
import { type Environment, proxied, type Transport } from "./transport.js";

/** The way of https requests. */
export function secureTransport(env: Environment): Transport {
  const agent = proxied(() => new Agent({ keepAlive: false, proxyEnv: env }));
  return { open: (url, options) => request(url, { ...options, agent }), watch: watchCertificate };
}
