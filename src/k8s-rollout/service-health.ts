import type { HttpCheck } from "../gate/check.js";
import { type GateInputs, urlCheck } from "../gate/gate-inputs.js";
import type { Cluster } from "../ports/cluster.js";
import type { Http } from "../ports/http.js";

/** A check of `name:port/path`, which is asked where the API server stands. */
export function serviceCheck(service: string, { expect, defaults }: GateInputs): HttpCheck {
  const [place = "", ...path] = service.split("/");
  const check = urlCheck(`http://${place}/${path.join("/")}`, expect, defaults);
  return { ...check, name: `service ${service}` };
}

/** Carries requests to Services through the API server's proxy; any other way in is closed to a runner. */
export function serviceHttp(cluster: Cluster, namespace: string): Http {
  return {
    request: async ({ url, method = "GET", timeoutMs, signal }) => {
      const [, place = "", path = ""] = /^http:\/\/([^/]+)\/(.*)$/.exec(url) ?? [];
      const base = `/api/v1/namespaces/${namespace}/services/${place}/proxy/`;
      const verb = method === "HEAD" ? "GET" : method;
      const answer = await cluster.request({
        method: verb,
        path: `${base}${path}`,
        timeoutMs,
        signal,
      });
      return { status: answer.status, headers: {}, body: answer.body };
    },
  };
}
