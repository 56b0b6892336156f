import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { TagFacts } from "../../../src/build-push-ghcr/tags/expression.js";
import { parseFlavor } from "../../../src/build-push-ghcr/tags/flavor.js";
import { parseRule, type TagRule } from "../../../src/build-push-ghcr/tags/rule.js";
import { tagNames, validTag } from "../../../src/build-push-ghcr/tags/tag-names.js";
import { chaos } from "../../support/chaos.js";

const { seed } = chaos("tags");

function facts(over: Partial<TagFacts> = {}): TagFacts {
  return {
    ref: "refs/heads/main",
    sha: "860c1904a1ce19322e91ac35af1ab07466440c37",
    eventName: "push",
    defaultBranch: "main",
    baseRef: "",
    now: Date.UTC(2026, 0, 10, 0, 30, 5),
    committedAt: Date.UTC(2026, 0, 9, 13, 5, 7),
    ...over,
  };
}

function rules(...lines: readonly string[]): readonly TagRule[] {
  return lines.map((line) => {
    const rule = parseRule(line);
    if (typeof rule === "string") throw new Error(rule);
    return rule;
  });
}

function namesOf(lines: readonly string[], over: Partial<TagFacts> = {}, flavor: string[] = []) {
  const parsed = parseFlavor(flavor);
  if (typeof parsed === "string") throw new Error(parsed);
  return tagNames(rules(...lines), parsed, facts(over)).tags.map(({ name }) => name);
}

// Each row is an example of metadata-action's own documentation.
test.each<[string, string, readonly string[], Partial<TagFacts>?]>([
  ["refs/heads/main", "type=ref,event=branch", ["main"]],
  ["refs/heads/my/branch", "type=ref,event=branch", ["my-branch"]],
  ["refs/pull/2/merge", "type=ref,event=pr", ["pr-2"]],
  ["refs/pull/2/merge", "type=ref,event=branch", []],
  ["refs/tags/v1.2.3", "type=ref,event=tag", ["v1.2.3", "latest"]],
  ["refs/tags/v2.0.8-beta.67", "type=ref,event=tag", ["v2.0.8-beta.67", "latest"]],
  ["refs/tags/v1.2.3", "type=semver,pattern={{version}}", ["1.2.3", "latest"]],
  ["refs/tags/v1.2.3", "type=semver,pattern={{major}}.{{minor}}", ["1.2", "latest"]],
  ["refs/tags/v1.2.3", "type=semver,pattern={{major}}", ["1", "latest"]],
  ["refs/tags/v1.2.3", "type=semver,pattern={{raw}}", ["v1.2.3", "latest"]],
  ["refs/tags/v1.2.3", "type=semver,pattern=v{{version}}", ["v1.2.3", "latest"]],
  ["refs/tags/v2.0.8-beta.67", "type=semver,pattern={{version}}", ["2.0.8-beta.67"]],
  ["refs/tags/v2.0.8-beta.67", "type=semver,pattern={{major}}.{{minor}}", ["2.0.8-beta.67"]],
  ["refs/tags/v2.0.8-beta.67", "type=semver,pattern={{raw}}", ["v2.0.8-beta.67"]],
  ["refs/tags/foo", "type=semver,pattern={{version}}", []],
  ["refs/heads/main", "type=semver,pattern={{version}},value=v1.0.0", ["1.0.0", "latest"]],
  ["refs/tags/p1/v2.0.0", "type=semver,pattern={{version}},match=p1/(.*)", ["2.0.0", "latest"]],
  ["refs/tags/1.2.3", "type=pep440,pattern={{version}}", ["1.2.3", "latest"]],
  ["refs/tags/v1.2.3rc2", "type=pep440,pattern={{raw}}", ["v1.2.3rc2"]],
  ["refs/tags/1.2.3.beta5", "type=pep440,pattern={{major}}.{{minor}}", ["1.2.3b5"]],
  ["refs/tags/v1.2.3", "type=match,pattern=v(.*),group=1", ["1.2.3", "latest"]],
  ["refs/tags/p1/v1.2.3", "type=match,pattern=p1-v(\\d.\\d.\\d),group=1", []],
  ["refs/tags/v1.2.3", "type=match,pattern=/V(\\d.\\d)/i,group=1", ["1.2", "latest"]],
  ["refs/heads/main", "type=edge", ["edge"]],
  ["refs/heads/develop", "type=edge", []],
  ["refs/heads/develop", "type=edge,branch=develop", ["edge"]],
  ["refs/heads/main", "type=sha", ["sha-860c190"]],
  ["refs/heads/main", "type=sha,format=long", ["sha-860c1904a1ce19322e91ac35af1ab07466440c37"]],
  ["refs/heads/main", "type=sha,prefix=", ["860c190"]],
  ["refs/heads/main", "type=raw,value=foo", ["foo"]],
  ["refs/heads/main", "foo", ["foo"]],
  ["refs/heads/main", "type=raw,value=latest,enable={{is_default_branch}}", ["latest"]],
  ["refs/heads/develop", "type=raw,value=latest,enable={{is_default_branch}}", []],
  ["refs/heads/develop", "type=raw,value={{branch}}-{{sha}}", ["develop-860c190"]],
  ["refs/heads/main", "type=schedule", [], { eventName: "push" }],
  ["refs/heads/main", "type=schedule", ["nightly"], { eventName: "schedule" }],
  [
    "refs/heads/main",
    "type=schedule,pattern={{date 'YYYYMMDD'}}",
    ["20260110"],
    { eventName: "schedule" },
  ],
  [
    "refs/heads/main",
    "type=raw,value={{date 'YYYYMMDD-HHmmss' tz='Asia/Tokyo'}}",
    ["20260110-093005"],
  ],
  [
    "refs/heads/main",
    "type=raw,value={{commit_date 'YYYY-MM-DD hh:mm A'}}",
    ["2026-01-09-01-05-PM"],
  ],
  ["refs/pull/3/merge", "type=raw,value=to-{{base_ref}}", ["to-main"], { baseRef: "main" }],
])("%s by %s", (ref, rule, expected, over = {}) => {
  expect(namesOf([rule], { ref, ...over })).toEqual(expected);
});

describe("several rules", () => {
  it("come in the order of their priorities, each name once, and latest last", () => {
    const lines = [
      "type=sha",
      "type=ref,event=tag",
      "type=semver,pattern={{raw}}",
      "x,priority=950",
    ];
    const ref = "refs/tags/v1.2.3";
    expect(namesOf(lines, { ref })).toEqual(["x", "v1.2.3", "sha-860c190"]);
    expect(namesOf(lines.slice(0, 3), { ref })).toEqual(["v1.2.3", "sha-860c190", "latest"]);
  });

  it("share what the flavor says", () => {
    const ref = "refs/tags/v1.2.3";
    const lines = ["type=semver,pattern={{version}}", "type=sha"];
    expect(namesOf(lines, { ref }, ["latest=false", "suffix=-alpine"])).toEqual([
      "1.2.3-alpine",
      "sha-860c190-alpine",
    ]);
    expect(namesOf(lines, { ref }, ["suffix=-alpine,onlatest=true"]).at(-1)).toBe("latest-alpine");
  });

  it("tell which tags always mean the same", () => {
    const kinds = tagNames(
      rules(
        "type=semver,pattern={{version}},prefix=app-",
        "type=semver,pattern={{major}}.{{minor}}",
        "type=sha",
        "type=raw,value=2.0.0",
        "type=raw,value=stable",
      ),
      { latest: "auto", prefix: "", suffix: "", prefixLatest: false, suffixLatest: false },
      facts({ ref: "refs/tags/v1.2.3" }),
    ).tags;
    expect(Object.fromEntries(kinds.map(({ name, kind }) => [name, kind]))).toEqual({
      "app-1.2.3": "version",
      "1.2": "moving",
      "2.0.0": "version",
      stable: "moving",
      "sha-860c190": "commit",
      latest: "moving",
    });
  });
});

test.each([
  ["type=nonsense", /`nonsense` is not one of/],
  ["type=semver", /needs `pattern`/],
  ["type=ref", /needs `event`/],
  ["type=ref,event=issue", /not one of branch, tag, pr/],
  ["type=raw", /needs `value`/],
  ["type=sha,format=tiny", /not one of short, long/],
  ["type=match,pattern=(", /no regular expression/],
  ["type=match,pattern=a,group=x", /no number of a group/],
  ["type=raw,valeu=x", /takes no `valeu`/],
  ["type=raw,value=a,priority=high", /no whole number/],
  ['"type=raw,value=a', /a double quote is not closed/],
])("refuses %s", (line, why) => {
  expect(parseRule(line)).toMatch(why);
});

test.each([
  ["type=raw,value={{nobody}}", /`{{nobody}}` is no expression/],
  ["type=raw,value={{#if x}}", /is no expression/],
  ["type=raw,value={{date}}", /names no format/],
  ["type=raw,value={{date 'Q'}}", /`Q` is no letter of a date format/],
  ["type=raw,value={{date 'YYYY' tz='Nowhere/Else'}}", /time zone/],
  ["type=raw,value=a,enable=maybe", /neither true nor false/],
])("refuses %s once the run is known", (line, why) => {
  expect(() => namesOf([line])).toThrow(why);
});

describe("whatever a branch or git tag is called", () => {
  const refs = fc.oneof(
    fc.string({ minLength: 1, maxLength: 300, unit: "binary" }),
    fc.stringMatching(/^[a-zA-Z0-9./_-]{1,200}$/),
  );

  it("every tag is one that a registry takes, and none comes twice", () => {
    fc.assert(
      fc.property(refs, fc.constantFrom("heads", "tags", "pull"), (name, kind) => {
        const all = [
          "type=ref,event=branch",
          "type=ref,event=tag",
          "type=ref,event=pr",
          "type=sha",
        ];
        const names = namesOf([...all, "type=raw,value=x-{{branch}}{{tag}}"], {
          ref: `refs/${kind}/${name}`,
        });
        for (const one of names) expect(one).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/);
        expect(new Set(names).size).toBe(names.length);
      }),
      { seed },
    );
  });

  it("a version gives the same as its parts, and only a release gives latest and minor", () => {
    const part = fc.nat({ max: 500 });
    const pre = fc.option(fc.stringMatching(/^(?:rc|beta)\.[1-9]\d?$/), { nil: undefined });
    fc.assert(
      fc.property(part, part, part, pre, (major, minor, patch, prerelease) => {
        const main = [major, minor, patch].join(".");
        const version = prerelease === undefined ? main : `${main}-${prerelease}`;
        const lines = [
          "type=semver,pattern={{version}}",
          "type=semver,pattern={{major}}.{{minor}}",
        ];
        const expected =
          prerelease === undefined
            ? [version, `${String(major)}.${String(minor)}`, "latest"]
            : [version];
        expect(namesOf(lines, { ref: `refs/tags/v${version}` })).toEqual(expected);
      }),
      { seed },
    );
  });

  it("a tag that is valid stays as it is", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/), (name) => {
        expect(validTag(name)).toBe(name);
      }),
      { seed },
    );
  });
});
