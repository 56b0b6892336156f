import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClusterApi } from "./cluster-api.js";

/** What users of an app in a cluster come through. */
export interface Ingress {
  /** Without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

interface Rules {
  readonly items: readonly {
    readonly spec: {
      readonly rules?: readonly { readonly http?: { readonly paths: readonly Path[] } }[];
    };
  }[];
}

interface Path {
  readonly path: string;
  readonly backend: {
    readonly service: { readonly name: string; readonly port: { readonly number: number } };
  };
}

/**
 * Serves a namespace on 127.0.0.1 as its Ingress objects say at the time of a request: the longest path that fits leads
 * to a Service, by way of the API server. Host names are not looked at.
 */
export async function startIngress(api: ClusterApi, namespace: string): Promise<Ingress> {
  const server = createServer((asked, answer) => {
    pass(asked, answer, api, namespace).catch((failure: unknown) => {
      if (!answer.headersSent) answer.writeHead(502);
      answer.end(String(failure));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function pass(
  asked: IncomingMessage,
  answer: ServerResponse,
  api: ClusterApi,
  namespace: string,
): Promise<void> {
  const url = asked.url ?? "/";
  const rules = await api.get(`/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`);
  const found = longestFit(rules as Rules, url);
  if (found === undefined) {
    answer.writeHead(404).end("no rule fits");
    return;
  }
  const { name, port } = found.backend.service;
  const service = `/api/v1/namespaces/${namespace}/services/${name}:${String(port.number)}`;
  await new Promise<void>((resolve, reject) => {
    const passed = request(
      {
        ...{ host: "127.0.0.1", port: api.port, method: asked.method },
        ...{ path: `${service}/proxy${url}`, agent: false },
        headers: { ...asked.headers, host: "127.0.0.1", "x-forwarded-for": "127.0.0.1" },
      },
      (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer).once("close", resolve).once("error", reject);
      },
    );
    passed.once("error", reject);
    asked.pipe(passed);
  });
}

function longestFit({ items }: Rules, url: string): Path | undefined {
  const paths = items
    .flatMap(({ spec }) => spec.rules ?? [])
    .flatMap(({ http }) => http?.paths ?? []);
  const fitting = paths.filter(({ path }) => url === path || url.startsWith(withSlash(path)));
  return fitting.sort((one, other) => other.path.length - one.path.length)[0];
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}
