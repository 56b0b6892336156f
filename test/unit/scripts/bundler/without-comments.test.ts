import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { withoutComments } from "../../../../scripts/bundler/without-comments.js";
import { programText } from "../../../support/belay-server.js";

const functions = (program: string): readonly string[] =>
  program.match(/^[a-z_0-9]+\(\) *[{(]/gm) ?? [];

describe("a program without its comments", () => {
  it("is the same program", () => {
    const whole = Buffer.from(programText).toString();
    const text = withoutComments(whole);
    expect(functions(text)).toEqual(functions(whole));
    expect(functions(text).length).toBeGreaterThan(200);
    expect(text.match(/^\s*# .*$/gm)).toHaveLength(1);
    execFileSync("sh", ["-n"], { input: text });
  });

  it("keeps the first line, and what only looks like a comment", () => {
    const text = '#!/bin/sh\n# Why.\necho "# text"  # beside\n  # more\nx=${y#z}\n';
    expect(withoutComments(text).split("\n")).toEqual([
      "#!/bin/sh",
      expect.stringContaining("src/server"),
      'echo "# text"  # beside',
      "x=${y#z}",
      "",
    ]);
  });

  it("is not made where a here-document would lose a line", () => {
    expect(() => withoutComments("#!/bin/sh\ncat <<'EOF'\n# text\nEOF\n")).toThrow("here-document");
    expect(withoutComments("#!/bin/sh\ncat <<EOF\ntext\nEOF\n# gone\n")).not.toContain("gone");
  });
});
