import type { Api } from "./cluster/api.js";
import type { PodTemplate } from "./cluster/workloads.js";
import { configNames } from "./manifests/config-names.js";
import type { SecretValues } from "./secret-values.js";

/** Takes note of the Secrets that pods of a template get, whoever made them: before a word of these pods is shown. */
export async function notePodSecrets(
  template: PodTemplate | undefined,
  namespace: string,
  { api, secrets }: { readonly api: Api; readonly secrets: SecretValues },
): Promise<void> {
  const named = configNames(template).filter(({ kind }) => kind === "Secret");
  const noted = named.map(async ({ kind, name }) => {
    const secret = { apiVersion: "v1", kind, metadata: { name, namespace } };
    // Who may only watch may not read them.
    secrets.note(await api.find(secret).catch(() => undefined));
  });
  await Promise.all(noted);
}
