import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { packPlan, type PlanFields } from "../../src/server/plan.js";
import { tarEnd, tarHeader, tarPadding } from "../../src/commands/tar.js";
import type { DeployUser } from "./deploy-user.js";
import { findPostgres } from "./postgres-programs.js";
import { makeServerHome } from "./server-home.js";

/** The shells that the server program must run under. */
export const shells = ["dash", "bash", "busybox sh"] as const;

/** The server program as it is joined from its parts. */
export const programText: Uint8Array = execFileSync(
  join(import.meta.dirname, "../../scripts/join"),
);

function hashOf(text: Uint8Array): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** What a call printed: records by key, output as text, exit code. */
export interface Answer {
  readonly code: number;
  readonly records: readonly (readonly string[])[];
  readonly output: string;
  readonly text: string;
  /** The first value of the first record of that key. */
  first(key: string): string | undefined;
  /** All records of that key, without the key. */
  all(key: string): readonly (readonly string[])[];
}

/** The files of a release by their paths. */
export type Files = Readonly<Record<string, string | Uint8Array>>;
/** Those that are text alone. */
export type TextFiles = Readonly<Record<string, string>>;

/** The program in a scratch path, called directly as sshd's child would run it. */
export class BelayServer {
  readonly path: string;
  readonly env: Record<string, string>;
  #hash = "";
  readonly #shell: readonly string[];
  readonly #as: readonly string[];
  readonly #user: DeployUser | undefined;
  readonly #home: Awaited<ReturnType<typeof makeServerHome>>;

  private constructor(
    shell: string,
    home: Awaited<ReturnType<typeof makeServerHome>>,
    env: Record<string, string>,
    user: DeployUser | undefined,
  ) {
    this.#shell = shell.split(" ");
    this.#user = user;
    this.#as = user === undefined ? [] : asUser(user);
    this.#home = home;
    this.path = join(home.path, "app");
    // A standalone busybox would find its own crontab, and the machine's table.
    const crontab = { BELAY_CRONTAB: join(home.path, "bin/crontab") };
    this.env = { ...home.env, BELAY_SH: shell, ...crontab, ...env };
  }

  /** A new server; its calls run as `user`, else as the user of this process. */
  static async start(
    shell: string,
    env: Record<string, string> = {},
    user?: DeployUser,
  ): Promise<BelayServer> {
    // PostgreSQL's own programs: Debian's wrappers take longer to start than they run.
    const postgres = await findPostgres();
    const programs = postgres === undefined ? [] : [postgres.bin];
    const home = await makeServerHome({ programs, ...(user && { owner: user }) });
    const server = new BelayServer(shell, home, env, user);
    server.use(programText);
    return server;
  }

  /** Installs a version of the program as the runner does; later calls are calls of this one. */
  use(text: Uint8Array): void {
    this.#hash = hashOf(text);
    mkdirSync(this.dot("bin"), { recursive: true, mode: 0o700 });
    writeFileSync(this.program, text, { mode: 0o700 });
    const { uid, gid } = this.#user ?? {};
    if (uid === undefined || gid === undefined) return;
    for (const made of [this.path, this.dot(), this.dot("bin"), this.program])
      chownSync(made, uid, gid);
  }

  get program(): string {
    return this.dot("bin", `belay-${this.#hash}`);
  }

  dot(...names: string[]): string {
    return join(this.path, ".belay", ...names);
  }

  /** One porcelain call to its end. */
  call(words: readonly string[], input: Uint8Array | string = ""): Promise<Answer> {
    return this.#run(["--porcelain", ...words], input);
  }

  /** One call as a person makes it. */
  person(...words: string[]): Promise<Answer> {
    return this.#run(words, "");
  }

  /** Starts a call and leaves it running. */
  start(words: readonly string[]): ReturnType<typeof spawn> {
    const [shell = "", ...rest] = [...this.#as, ...this.#shell, this.program, ...words];
    return spawn(shell, rest, { env: this.env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  }

  async #run(words: readonly string[], input: Uint8Array | string): Promise<Answer> {
    const child = this.start(words);
    const out: Buffer[] = [];
    child.stdout?.on("data", (bytes: Buffer) => out.push(bytes));
    child.stderr?.on("data", (bytes: Buffer) => out.push(bytes));
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
    const code = await new Promise<number>((resolve) =>
      child.once("close", (status) => resolve(status ?? -1)),
    );
    return readAnswerText(Buffer.concat(out), code);
  }

  /** The release that `current` points to. */
  current(): string | undefined {
    try {
      return readlinkSync(join(this.path, "current")).replace("releases/", "");
    } catch {
      return undefined;
    }
  }

  read(...names: string[]): string {
    return readFileSync(join(this.path, ...names), "utf8");
  }

  exists(...names: string[]): boolean {
    return existsSync(join(this.path, ...names));
  }

  /** Names of the closed records without their numbers, oldest first. */
  outcomes(): readonly string[] {
    return readdirSync(this.dot("history"))
      .sort()
      .map((name) => name.split(".").slice(1).join("."));
  }

  crontab(): Promise<string> {
    return this.#home.crontab();
  }

  /** Beats for `token` until `stop` is called. */
  attend(token: string, everyMs = 300): { stop(): void } {
    const child = this.start(["--porcelain", "attend", token]);
    child.stdout?.resume();
    child.stdin?.on("error", () => undefined);
    const timer = setInterval(() => child.stdin?.write("beat\n"), everyMs);
    return {
      stop: () => {
        clearInterval(timer);
        child.stdin?.end();
      },
    };
  }

  /** Begins a deploy of `files`. */
  begin(token: string, fields: PlanFields, files: Files): Promise<Answer> {
    const plan = { ...quick, sha: shaOf(token), ...fields, files: manifestOf(files).text };
    return this.call(["begin", "deploy", token], packPlan(plan));
  }

  /** Begins a deploy of `files` and uploads it; the beats are the caller's. The answer that failed has another code than 0. */
  async upload(token: string, fields: PlanFields, files: Files): Promise<Answer> {
    const manifest = manifestOf(files);
    const begun = await this.begin(token, fields, files);
    if (begun.code !== 0) return begun;
    const prepared = await this.call(["step", token, "prepare", "0"]);
    const need = prepared.all("need").map(([line = ""]) => line);
    if (need.length > 0) {
      const paths =
        need[0] === "all"
          ? Object.keys(files)
          : need.map((line) => manifest.paths[Number(line) - 1] ?? "");
      const received = await this.call(
        ["receive", token, "receive-1", "plain"],
        tarOfFiles(files, paths),
      );
      if (received.first("code") !== "0") return { ...received, code: received.code || 1 };
    }
    return begun;
  }

  /** Runs steps in order until one fails; returns their answers. */
  async steps(token: string, ...names: string[]): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (const name of names) {
      const answer = await this.call(["step", token, name, "0"]);
      answers.push(answer);
      if (answer.first("code") !== "0") break;
    }
    return answers;
  }

  /** A whole good deploy; returns the release's id. */
  async deploy(
    token: string,
    fields: PlanFields = {},
    files: Files = { "app.txt": token },
  ): Promise<string> {
    const begun = await this.upload(token, fields, files);
    const attendance = this.attend(token);
    try {
      const last = (await this.steps(token, "backup", "migrate", "activate")).at(-1);
      if (begun.code !== 0 || last?.first("code") !== "0")
        throw new Error(`deploy failed: ${begun.text} ${last?.text ?? ""}`);
      const confirmed = await this.call(["confirm", token]);
      if (confirmed.code !== 0) throw new Error(`not confirmed: ${confirmed.text}`);
      return confirmed.first("confirmed") ?? "";
    } finally {
      attendance.stop();
    }
  }

  /** Ends what an operation left open and removes everything. */
  async stop(): Promise<void> {
    const open = existsSync(this.dot("phase"))
      ? /^token (.*)$/m.exec(readFileSync(this.dot("phase"), "utf8"))?.[1]
      : undefined;
    if (open !== undefined) await this.call(["undo", open], "the test is over\n");
    await this.#home.remove();
    rmSync(this.path, { recursive: true, force: true });
  }

  touch(name: string): void {
    writeFileSync(join(this.path, name), "");
  }

  link(target: string, name: string): void {
    symlinkSync(target, join(this.path, name));
  }
}

/** Makes the guardian act after 3 s. */
const quick = { strategy: "symlink", "confirm-timeout": "60", "lock-timeout": "5" } as const;

/** The words that run a program as a user who is not the one of this process. */
function asUser({ uid, gid }: DeployUser): readonly string[] {
  if (uid === process.getuid?.()) return [];
  return ["setpriv", `--reuid=${String(uid)}`, `--regid=${String(gid)}`, "--clear-groups", "--"];
}

/** Another commit for each deploy, so that two in one second have different ids. */
function shaOf(token: string): string {
  return createHash("sha1").update(token).digest("hex");
}

/** The manifest of files with mode 644 (755 for names ending in .sh), and its paths by line. */
export function manifestOf(files: Files): {
  readonly text: string;
  readonly paths: readonly string[];
} {
  const folders = new Set(Object.keys(files).flatMap((path) => parents(path)));
  const entries = [
    ...Array.from(folders, (path) => ({ path, line: `d\t755\t0\t-\t${path}` })),
    ...Object.entries(files).map(([path, text]) => ({ path, line: fileLine(path, text) })),
  ].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  return {
    text: entries.map(({ line }) => `${line}\n`).join(""),
    paths: entries.map(({ path }) => path),
  };
}

function parents(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function fileLine(path: string, content: string | Uint8Array): string {
  const sum = createHash("sha256").update(content).digest("hex");
  return ["f", modeOf(path).toString(8), String(Buffer.byteLength(content)), sum, path].join("\t");
}

/** The bytes of a file as they are sent. */
export function bytesOf(content: string | Uint8Array): Buffer {
  return typeof content === "string" ? Buffer.from(content) : Buffer.from(content);
}

function modeOf(path: string): number {
  return path.endsWith(".sh") ? 0o755 : 0o644;
}

export function tarOfFiles(files: Files, paths: readonly string[]): Uint8Array {
  const members = paths
    .filter((path) => path in files)
    .map((path) => {
      const bytes = bytesOf(files[path] ?? "");
      return Buffer.concat([
        tarHeader({ name: path, mode: modeOf(path), size: bytes.length }),
        bytes,
        tarPadding(bytes.length),
      ]);
    });
  return Buffer.concat([...members, tarEnd]);
}

function readAnswerText(bytes: Buffer, code: number): Answer {
  const records: string[][] = [];
  let output = "";
  let rest = bytes;
  while (rest.length > 0) {
    const end = rest.indexOf(10) < 0 ? rest.length : rest.indexOf(10);
    const [key = "", ...values] = rest.subarray(0, end).toString().split("\t");
    rest = rest.subarray(end + 1);
    if (key === "output") {
      const length = Number(values[0]);
      output += rest.subarray(0, length).toString();
      rest = rest.subarray(length);
    } else {
      records.push([
        key,
        ...values.map((value) => decodeURIComponent(value.replace(/%(?![0-9A-F]{2})/g, "%25"))),
      ]);
    }
  }
  const all = (key: string) =>
    records.filter(([name]) => name === key).map(([, ...values]) => values);
  return { code, records, output, text: bytes.toString(), all, first: (key) => all(key)[0]?.[0] };
}
