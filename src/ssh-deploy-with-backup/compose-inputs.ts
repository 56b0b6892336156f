import type { InputReader } from "../kit/inputs.js";

/** Logs in for the pull alone. */
export interface RegistryLogin {
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

/** What the strategy `compose` needs to know; lists and lines are empty where there are none. */
export interface ComposeInputs {
  readonly files: readonly string[];
  /** Empty: the name of the path. */
  readonly project: string;
  /** Empty: all services. */
  readonly services: readonly string[];
  /** `service=reference@digest`. */
  readonly images: readonly string[];
  readonly rollout: "auto" | "rolling" | "recreate";
  /** `nginx:<service>`, `nginx:host`, or `none`. */
  readonly proxy: string;
  /** `write`: the server writes the lines that nginx needs into the release. */
  readonly proxyLines: "check" | "write";
  readonly switch: string;
  readonly drainMs: number;
  readonly makeRoom: readonly string[];
  /** `service=command`. */
  readonly reload: readonly string[];
  readonly login: RegistryLogin | undefined;
}

const service = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const pinned = /^[A-Za-z0-9][A-Za-z0-9._-]*=[a-z0-9][A-Za-z0-9._:/-]*@sha256:[0-9a-f]{64}$/;
const relative = /^(?!\/)(?!(.*\/)?\.\.(\/|$))[^\p{Cc}"'\\$`]+$/u;

/** Reads the inputs of `compose`; what is wrong, or given without that strategy, is noted in `reader`. */
export function readCompose(reader: InputReader, strategy: "compose" | "symlink"): ComposeInputs {
  const compose: ComposeInputs = {
    files: readList(reader, "compose-files", relative, {
      accepted: "paths inside the release, one a line",
      example: "compose.production.yaml",
    }),
    project: reader.text("project", {
      accepted: "a name of compose: small letters, digits, - and _",
      example: "shop",
      pattern: /^[a-z0-9][a-z0-9_-]*$/,
    }),
    services: readServices(reader, "services"),
    images: readList(reader, "images", pinned, {
      accepted: "lines `service=reference@sha256:digest`",
      example: `web=ghcr.io/acme/shop@sha256:${"0".repeat(64)}`,
    }),
    rollout: reader.choice("rollout", ["auto", "rolling", "recreate"], "auto"),
    proxy: reader.text("proxy", {
      default: "none",
      accepted: "`nginx:` and the name of its service, `nginx:host`, or `none`",
      example: "nginx:nginx",
      pattern: /^(none|nginx:[A-Za-z0-9][A-Za-z0-9._-]*)$/,
    }),
    proxyLines: reader.choice("proxy-lines", ["check", "write"], "check"),
    switch: reader.block("switch"),
    drainMs: reader.duration("drain", { default: "30s", max: "1h" }),
    makeRoom: readServices(reader, "make-room"),
    reload: readList(reader, "reload", /^[A-Za-z0-9][A-Za-z0-9._-]*=\s*\S/, {
      accepted: "lines `service=command`",
      example: 'nginx="$BELAY_COMPOSE" exec -T nginx nginx -s reload',
    }),
    login: readLogin(reader),
  };
  refuseBoth(reader, compose);
  if (strategy === "symlink") refuseWithout(reader, compose);
  else if (reader.has("restart")) refuseRestart(reader);
  return compose;
}

function readServices(reader: InputReader, name: string): readonly string[] {
  const accepted = "names of services, one a line";
  return readList(reader, name, service, { accepted, example: "web" });
}

function readList(
  reader: InputReader,
  name: string,
  pattern: RegExp,
  words: { readonly accepted: string; readonly example: string },
): readonly string[] {
  const lines = reader.lines(name);
  for (const given of lines) {
    if (!pattern.test(given)) reader.problem(name, { given, ...words });
  }
  return lines;
}

function readLogin(reader: InputReader): RegistryLogin | undefined {
  const registry = reader.text("registry", {
    accepted: "the host of a registry, as it begins the names of its images",
    example: "ghcr.io",
    pattern: /^[A-Za-z0-9][A-Za-z0-9.:-]*$/,
  });
  const username = reader.text("registry-username", { example: "${{ github.actor }}" });
  const password = reader.secret("registry-password");
  const given = [registry, username, password].filter((value) => value !== "");
  if (given.length === 0) return undefined;
  if (given.length < 3) {
    const accepted = "registry, registry-username and registry-password together, or none of them";
    reader.problem("registry", { accepted, example: "ghcr.io" });
  }
  return { registry, username, password };
}

function refuseBoth(reader: InputReader, { proxy, switch: lines }: ComposeInputs): void {
  if (proxy === "none" || lines === "") return;
  const accepted = "no lines, because `proxy` names an nginx that Belay switches by itself";
  reader.problem("switch", { accepted, example: "leave it out" });
}

/** The runner fills in defaults, so that one which stands at its own was not given. */
function refuseWithout(reader: InputReader, { rollout, proxy }: ComposeInputs): void {
  const given = ["compose-files", "project", "services", "images", "switch"].filter((name) =>
    reader.has(name),
  );
  if (rollout !== "auto") given.push("rollout");
  if (proxy !== "none") given.push("proxy");
  for (const name of given) {
    const accepted = "nothing, because `strategy` is `symlink`";
    reader.problem(name, { accepted, example: "strategy: compose" });
  }
}

function refuseRestart(reader: InputReader): void {
  const accepted = "nothing, because `strategy` is `compose`, which starts the services itself";
  reader.problem("restart", { accepted, example: "strategy: symlink" });
}
