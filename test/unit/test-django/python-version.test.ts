import { describe, expect, it } from "vitest";
import {
  fromPyproject,
  fromVersionFile,
  satisfies,
} from "../../../src/test-django/python-version.js";

describe("a version file", () => {
  it.each([
    ["3.12\n", "3.12.4", true],
    ["# ours\n3.1\n", "3.12.4", false],
    ["3.12.4", "3.12.5", false],
    ["python-3.11", "3.11.9", true],
    ["3", "3.13.0", true],
  ])("that says %j takes %s: %s", (text, version, fits) => {
    expect(fromVersionFile(text)?.accepts(version)).toBe(fits);
  });

  it.each(["", "my-environment\n", "pypy3.10", "/usr/bin/python3"])(
    "that says %j says none",
    (text) => {
      expect(fromVersionFile(text)).toBeUndefined();
    },
  );
});

describe("pyproject.toml", () => {
  it.each([
    ['[project]\nrequires-python = ">=3.10,<3.13"\n', "3.12.1", true],
    ['[project]\nrequires-python = ">=3.10,<3.13"\n', "3.13.0", false],
    ['[tool.poetry.dependencies]\nDjango = "*"\npython = "^3.11"\n', "3.10.2", false],
    ['[tool.poetry.dependencies]\npython = "^3.11"\n', "3.14.0", true],
  ])("%j takes %s: %s", (text, version, fits) => {
    expect(fromPyproject(text)?.accepts(version)).toBe(fits);
  });

  it("without a wish has none", () => {
    expect(fromPyproject('[project]\nname = "x"\n')).toBeUndefined();
  });
});

describe("a list of conditions", () => {
  it.each([
    ["3.12.1", "~=3.12", true],
    ["4.0.0", "~=3.12", false],
    ["3.12.9", "~=3.12.1", true],
    ["3.13.0", "~=3.12.1", false],
    ["3.12.1", "==3.12.*", true],
    ["3.12.1", "!=3.12.*", false],
    ["3.12.1", ">3.12", false],
    ["3.9.0", ">=3.10", false],
    ["3.12.1", "<=3.12", true],
    ["3.8.0", "^3.11 || ~3.8", true],
  ])("%s in %s: %s", (version, conditions, fits) => {
    expect(satisfies(version, conditions)).toBe(fits);
  });
});
