import { describe, expect, it } from "vitest";

import { committed, homeOf, rehomed, strangers } from "../../../../scripts/workflows/home.js";

const { repository, version } = committed;
const page = `    uses: ${repository}@${version}
    uses: ${repository}/actions/health-gate@${version} # ours
    uses: actions/checkout@${version}
See https://github.com/${repository} and ${repository}-website.
`;

describe("a new home", () => {
  const to = { repository: "acme/ropes.x", version: "v2.0.1" };

  it("is named wherever the old one was, and nothing else changes", () => {
    expect(rehomed(page, committed, to)).toBe(`    uses: acme/ropes.x@v2.0.1
    uses: acme/ropes.x/actions/health-gate@v2.0.1 # ours
    uses: actions/checkout@${version}
See https://github.com/acme/ropes.x and ${repository}-website.
`);
  });

  it("can be left again, byte for byte", () => {
    expect(rehomed(rehomed(page, committed, to), to, committed)).toBe(page);
  });

  it("is an owner, a repository and a version or commit", () => {
    expect(homeOf("acme/belay", "v1")).toEqual({ repository: "acme/belay", version: "v1" });
    expect(homeOf("acme/belay", "a".repeat(40))).toBeTypeOf("object");
    for (const wrong of ["acme", "acme/belay/x", "-a/b", "a b/c", "", "acme/$(id)"])
      expect(homeOf(wrong, "v1")).toContain("is not OWNER/REPO");
    for (const wrong of ["main", "1", "v1.x", ""])
      expect(homeOf("a/b", wrong)).toContain("neither");
  });
});

describe("the check", () => {
  it("finds another owner, another name's version and nothing else", () => {
    expect(strangers(page, committed)).toEqual([]);
    expect(strangers(`see \`uses: ${repository}@${version}\`.`, committed)).toEqual([]);
    const [, name = ""] = repository.split("/");
    const wrong = `uses: someone/${name}/actions/x@v1\nuses: ${repository}/actions/x@main\n`;
    expect(strangers(wrong, committed)).toHaveLength(2);
  });
});
