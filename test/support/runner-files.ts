import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The files through which an action talks to the runner, fresh for each run. */
export interface RunnerFiles {
  readonly env: Readonly<Record<string, string>>;
  read(): Promise<RunnerFilesContent>;
}

export interface RunnerFilesContent {
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly exported: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** Makes the empty files in `folder`. */
export async function makeRunnerFiles(folder: string): Promise<RunnerFiles> {
  await mkdir(folder, { recursive: true });
  const file = async (name: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, "");
    return path;
  };
  const [output, state, exported, path, summary] = await Promise.all(
    ["output", "state", "env", "path", "summary"].map(file),
  );
  if (!output || !state || !exported || !path || !summary) throw new Error("files of the runner");
  return {
    env: {
      GITHUB_OUTPUT: output,
      GITHUB_STATE: state,
      GITHUB_ENV: exported,
      GITHUB_PATH: path,
      GITHUB_STEP_SUMMARY: summary,
    },
    read: async () => ({
      outputs: parsePairs(await readFile(output, "utf8")),
      state: parsePairs(await readFile(state, "utf8")),
      exported: parsePairs(await readFile(exported, "utf8")),
      summary: await readFile(summary, "utf8"),
    }),
  };
}

/** Reads `name=value` and `name<<delimiter` lines; throws where the runner would refuse them. */
export function parsePairs(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const heredoc = /^([^=]+?)<<(.+)$/.exec(line);
    if (heredoc?.[1] !== undefined && heredoc[2] !== undefined) {
      const end = lines.indexOf(heredoc[2], at + 1);
      if (end === -1) throw new Error(`the delimiter of ${heredoc[1]} is missing`);
      pairs[heredoc[1]] = lines.slice(at + 1, end).join("\n");
      at = end;
    } else if (line.includes("=")) {
      pairs[line.slice(0, line.indexOf("="))] = line.slice(line.indexOf("=") + 1);
    } else {
      throw new Error(`neither name=value nor name<<delimiter: ${line}`);
    }
  }
  return pairs;
}
