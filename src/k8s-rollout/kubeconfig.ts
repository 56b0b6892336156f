import { Buffer } from "node:buffer";
import type { InputReader } from "../kit/inputs.js";
import { maskPart } from "../kit/mask.js";

const secretMembers =
  /(?:token|password|client-key-data|client-secret|id-token|refresh-token|access-token|value)["']?\s*:\s*(?:"([^"]+)"|'([^']+)'|([^\s"',}]+))/g;

/**
 * The text of the input `kubeconfig`, which may be encoded as base64. Its secrets are masked each by itself:
 * to mask every line of it would hide words like `apiVersion: v1` in the whole log.
 */
export function readKubeconfig(reader: InputReader, mask: (secret: string) => void): string {
  const given = reader.block("kubeconfig").trim();
  if (given === "") return "";
  const isEncoded = /^[A-Za-z0-9+/=\s]+$/.test(given);
  if (isEncoded) maskPart(given.replace(/\s/g, ""), mask);
  const text = isEncoded ? Buffer.from(given, "base64").toString("utf8") : given;
  for (const [, double = "", single = "", plain = ""] of text.matchAll(secretMembers))
    maskPart(double || single || plain, mask);
  if (/\bclusters\b/.test(text) && /\bcontexts\b/.test(text)) return `${text.trim()}\n`;
  reader.problem("kubeconfig", {
    given: "***",
    secret: true,
    accepted: "the text of a kubeconfig with its clusters, users and contexts, plain or as base64",
    example: "${{ secrets.KUBECONFIG }}",
  });
  return "";
}
