import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { textAt } from "../kit/json.js";
import type { Site } from "./site.js";

const soonDays = 14;
const dayMs = 86_400_000;

/** What is wrong with the certificate in a TLS Secret; undefined for one that is good for a while. */
export async function tlsProblem(
  name: string,
  { api, namespace, clock }: Site,
): Promise<string | undefined> {
  const secret = await api.find({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
  });
  if (secret === undefined) return `its TLS secret ${name} is missing`;
  const text = Buffer.from(textAt(secret, "data", "tls.crt"), "base64");
  try {
    const { validTo } = new X509Certificate(text);
    const days = Math.floor((Date.parse(validTo) - clock.now()) / dayMs);
    if (days < 0) return `the certificate in ${name} expired on ${validTo}`;
    return days < soonDays ? `the certificate in ${name} expires in ${days} days` : undefined;
  } catch {
    return `${name} holds no certificate that can be read`;
  }
}
