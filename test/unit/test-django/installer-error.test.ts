import { describe, expect, it } from "vitest";
import { installerError } from "../../../src/test-django/installer-error.js";

/** As pip prints the failed build of a package, up to its last words. */
const building = (
  ...output: readonly string[]
): string => `Collecting mysqlclient==2.2.8 (from -r requirements.txt (line 7))
  Downloading mysqlclient-2.2.8.tar.gz (92 kB)
  Getting requirements to build wheel: finished with status 'error'
  error: subprocess-exited-with-error

  × Getting requirements to build wheel did not run successfully.
  │ exit code: 1
  ╰─> [${output.length} lines of output]
${output.map((line) => `      ${line}`).join("\n")}
      [end of output]

  note: This error originates from a subprocess, and is likely not a problem with pip.
`;
const traceback = [
  "Traceback (most recent call last):",
  '  File "<string>", line 28, in find_package_name',
  "Exception: Can not find valid pkg-config name.",
  "Specify MYSQLCLIENT_CFLAGS and MYSQLCLIENT_LDFLAGS env vars manually",
];

describe("the error of an installer", () => {
  it("of pip 23 gets the package that was begun last, and what its build said", () => {
    const output = `${building(...traceback)}error: subprocess-exited-with-error

× Getting requirements to build wheel did not run successfully.
│ exit code: 1
╰─> See above for output.

note: This error originates from a subprocess, and is likely not a problem with pip.
`;
    expect(installerError(output)).toBe(
      "error: subprocess-exited-with-error: mysqlclient==2.2.8: Exception: Can not find valid pkg-config name.",
    );
  });

  it("of a later pip gets the package that it names below", () => {
    const output = `${building("running egg_info", "Error: pg_config executable not found.", "")}error: metadata-generation-failed

× Encountered error while generating package metadata.
╰─> psycopg2
`;
    expect(installerError(output)).toBe(
      "error: metadata-generation-failed: psycopg2: Error: pg_config executable not found.",
    );
  });

  it("that names its package stays as it is, with what the compiler said", () => {
    const output = `${building(
      "gcc -c pycurl.c",
      "pycurl.c:1:10: fatal error: Python.h: No such file or directory",
      "error: command 'gcc' failed with exit code 1",
    )}ERROR: Failed to build 'pycurl' when getting requirements to build wheel
`;
    expect(installerError(output)).toBe(
      "ERROR: Failed to build 'pycurl' when getting requirements to build wheel: pycurl.c:1:10: fatal error: Python.h: No such file or directory",
    );
  });

  it("of uv, and one that has nothing to do with a build, is its own line", () => {
    expect(installerError("Resolved 1 package\nerror: Failed to build `a==1`\nhint: look\n")).toBe(
      "error: Failed to build `a==1`",
    );
    expect(
      installerError("ERROR: No matching distribution found for nope==1\nnote: see above\n"),
    ).toBe("ERROR: No matching distribution found for nope==1");
    expect(installerError("Killed\n")).toBe("");
  });
});
