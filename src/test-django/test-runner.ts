import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Project } from "./project.js";

/** Where pytest looks for its configuration, and how it stands there. */
const configurations: Readonly<Record<string, RegExp>> = {
  "pytest.ini": /(?:)/,
  ".pytest.ini": /(?:)/,
  "pyproject.toml": /^\[tool\.pytest/m,
  "tox.ini": /^\[pytest\]/m,
  "setup.cfg": /^\[tool:pytest\]/m,
  "conftest.py": /(?:)/,
};

/** Whether the project's tests run with pytest: it is configured for it, and has it together with pytest-django. */
export async function usesPytest(project: Project, signal: AbortSignal): Promise<boolean> {
  if (!(await isConfigured(project.folder))) return false;
  const { children, python, folder: cwd, env } = project;
  const question =
    "import importlib.util as u, sys; sys.exit(not (u.find_spec('pytest') and u.find_spec('pytest_django')))";
  const end = await children.run({ argv: [python, "-c", question], cwd, env, signal });
  return end.code === 0;
}

async function isConfigured(folder: string): Promise<boolean> {
  for (const [name, pattern] of Object.entries(configurations)) {
    const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (text !== undefined && pattern.test(text)) return true;
  }
  return false;
}
