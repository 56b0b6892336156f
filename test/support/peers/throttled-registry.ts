import { request } from "node:http";
import { startWebServer } from "../web-server.js";
import type { Registry } from "./registry.js";

/** A way to a registry that answers 429 for as long as it is told to. */
export interface ThrottledRegistry {
  /** `127.0.0.1:PORT`, the first part of an image's name. */
  readonly address: string;
  /** How many requests were turned away so far. */
  refused(): number;
  /** Lets all requests pass from now on. */
  relent(): void;
  stop(): Promise<void>;
}

/** Starts it; at first every request is turned away. */
export async function startThrottledRegistry({ address }: Registry): Promise<ThrottledRegistry> {
  const [host = "", port = ""] = address.split(":");
  let refusing = true;
  let refused = 0;
  const server = await startWebServer((near, answer) => {
    if (refusing) {
      refused += 1;
      answer.writeHead(429, { "content-type": "application/json" });
      answer.end(tooMany);
      return;
    }
    const { method, url: path, headers } = near;
    const far = request({ host, port, method, path, headers, agent: false }, (said) => {
      answer.writeHead(said.statusCode ?? 502, said.headers);
      said.pipe(answer);
    });
    far.once("error", () => answer.destroy());
    near.pipe(far);
  });
  return {
    address: `127.0.0.1:${String(server.port)}`,
    refused: () => refused,
    relent: () => (refusing = false),
    stop: () => server.stop(),
  };
}

/** As Docker Hub says it. */
const tooMany = JSON.stringify({
  errors: [{ code: "TOOMANYREQUESTS", message: "You have reached your pull rate limit." }],
});
