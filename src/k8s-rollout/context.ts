import { BelayError } from "../kit/errors.js";
import { memberAt, parseJson, textAt } from "../kit/json.js";
import { oneLine } from "../kit/one-line.js";
import type { Cluster } from "../ports/cluster.js";

/** Where a kubeconfig leads. */
export interface Context {
  readonly name: string;
  readonly namespace: string;
  readonly server: string;
}

/** What kubectl makes of the kubeconfig, merged and without its secrets. */
export async function readContext(cluster: Cluster): Promise<Context> {
  const { code, stdout, stderr } = await cluster.kubectl([
    "config",
    "view",
    "--minify",
    "--output=json",
  ]);
  const config = parseJson(stdout);
  const name = textAt(config, "current-context");
  if (code !== 0 || name === "") throw noContext(stderr);
  const context = memberAt(config, "contexts", "0", "context");
  return {
    name,
    namespace: textAt(context, "namespace") || "default",
    server: textAt(memberAt(config, "clusters", "0"), "cluster", "server"),
  };
}

function noContext(stderr: string): BelayError {
  const why = oneLine(stderr.replace(/^error: /i, ""), 300) || "it names no current context";
  return new BelayError(
    "cluster-denied",
    `the kubeconfig leads to no cluster: ${why}`,
    "Give `kubeconfig` from a secret, or name one of its contexts by `context`.",
  );
}
