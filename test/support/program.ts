import { spawn } from "node:child_process";

export interface ProgramResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs `argv` to its end and returns what it printed and its exit code; rejects when it cannot start. */
export async function runProgram(
  argv: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const [program = "", ...words] = argv;
  const child = spawn(program, words, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: "pipe",
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => stdout.push(bytes));
  child.stderr.on("data", (bytes: Buffer) => stderr.push(bytes));
  // A program that ends without reading its input is none of our errors.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return {
    code,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  };
}

/** Like `runProgram`, but throws with the end of the output when the exit code is not 0; returns standard output. */
export async function mustRun(
  argv: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const result = await runProgram(argv, options);
  if (result.code === 0) return result.stdout;
  const said = `${result.stdout}${result.stderr}`.trim().slice(-2000);
  throw new Error(`${argv[0] ?? ""} ended with exit code ${String(result.code)}: ${said}`);
}
