import type { Cluster } from "../../src/ports/cluster.js";

/** A cluster that has these answers by path, its query left out; to all else one has no right. */
export function clusterThatAnswers(answers: Readonly<Record<string, unknown>>): Cluster {
  return {
    request: ({ path }) => {
      const answer = answers[path.split("?")[0] ?? ""];
      const status = answer === undefined ? 403 : 200;
      const body = JSON.stringify(answer ?? { kind: "Status", reason: "Forbidden" });
      return Promise.resolve({ status, body, warnings: [] });
    },
    stream: () => {
      throw new Error("nobody watches it");
    },
    kubectl: () => Promise.reject(new Error("nobody runs kubectl")),
    config: { code: 0, stdout: "", stderr: "" },
    close: () => Promise.resolve(),
  };
}
