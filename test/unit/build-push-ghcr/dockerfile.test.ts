import { describe, expect, it } from "vitest";
import {
  chainOf,
  mountedSecrets,
  parseDockerfile,
} from "../../../src/build-push-ghcr/build/dockerfile.js";
import { layerLines } from "../../../src/build-push-ghcr/image/layer-lines.js";

const text = `# syntax=docker/dockerfile:1
ARG NODE=24
FROM node:\${NODE} AS deps
WORKDIR /app
COPY package.json ./
# why
RUN --mount=type=secret,id=npm,target=/x \\
  # in between

  npm ci \\
  && npm cache clean

FROM deps AS build
COPY <<EOF /etc/conf
FROM not-a-stage
RUN not an instruction
EOF
RUN <<-'A' cat && <<B cat
	one
	A
two
B
FROM --platform=linux/amd64 nginx:alpine
COPY --from=build /app /usr/share
CMD ["nginx"]
`;
const dockerfile = parseDockerfile(text);

describe("a Dockerfile", () => {
  it("is read by instructions, each at its first line", () => {
    expect(
      dockerfile.instructions.map(({ line, keyword }) => `${String(line)} ${keyword}`),
    ).toEqual([
      ...["2 ARG", "3 FROM", "4 WORKDIR", "5 COPY", "7 RUN", "13 FROM", "14 COPY", "18 RUN"],
      ...["23 FROM", "24 COPY", "25 CMD"],
    ]);
    expect(dockerfile.stages).toEqual([
      { name: "deps", from: "node:${NODE}" },
      { name: "build", from: "deps" },
      { name: "", from: "nginx:alpine" },
    ]);
  });

  it("tells what a stage is built on", () => {
    const lines = (target: string) => chainOf(dockerfile, target).map(({ line }) => line);
    expect(lines("")).toEqual([24, 25]);
    expect(lines("build")).toEqual([4, 5, 7, 14, 18]);
    expect(lines("0")).toEqual([4, 5, 7]);
    expect(lines("nowhere")).toEqual([]);
  });

  it("of Windows' line ends and with another escape is read alike", () => {
    const windows = "# escape=`\r\nFROM x\r\nRUN a `\r\n  b\r\nCOPY c:\\ d\r\nCMD e\r\n";
    expect(
      parseDockerfile(windows).instructions.map(({ line, keyword }) => [line, keyword]),
    ).toEqual([
      [2, "FROM"],
      [3, "RUN"],
      [5, "COPY"],
      [6, "CMD"],
    ]);
  });

  it("names the secrets that its steps mount", () => {
    const more = "RUN --mount=type=secret,target=/run/other --mount=type=secret,id=$X a\n";
    expect(mountedSecrets(parseDockerfile(`${text}${more}`))).toEqual(["npm", "other"]);
  });
});

describe("the lines of layers", () => {
  const entry = (createdBy: string, layer?: number) => ({ createdBy, layer });

  it("are found from the end, above what the base image brought", () => {
    const history = [
      entry("/bin/sh -c #(nop) ADD file:1 in /", 0),
      entry("COPY /app /usr/share # buildkit", 1),
      entry('CMD ["nginx"]'),
    ];
    expect([...layerLines({ history }, dockerfile, "")]).toEqual([[1, 24]]);
  });

  it("go through all stages that a stage is built on", () => {
    const history = [
      ...[entry("base", 0), entry("WORKDIR /app", 1), entry("COPY package.json ./ # buildkit", 2)],
      ...[entry("RUN |1 A=b /bin/sh -c npm ci # buildkit", 3), entry("COPY /conf /etc", 4)],
      entry("RUN /bin/sh -c cat", 5),
    ];
    const lines = layerLines({ history }, dockerfile, "build");
    expect(Object.fromEntries(lines)).toEqual({ 1: 4, 2: 5, 3: 7, 4: 14, 5: 18 });
  });

  it("are not guessed where image and Dockerfile do not agree", () => {
    const history = [entry("COPY x", 0), entry("LABEL later"), entry('CMD ["nginx"]')];
    expect(layerLines({ history }, dockerfile, "").size).toBe(0);
  });
});
