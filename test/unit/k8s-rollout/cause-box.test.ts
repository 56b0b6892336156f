import { expect, it } from "vitest";
import { causeBox } from "../../../src/k8s-rollout/cause-box.js";

it("shows the cause, the events and the end of the logs, every line of it in the box", () => {
  const text = Array.from({ length: 30 }, (_, at) => `line ${String(at + 1)}`).join("\n");
  const box = causeBox("web: exited with 7, 3 restarts", {
    events: ["pod/web-1: BackOff (3 times): back-off"],
    logs: [{ title: "last log lines of pod/web-1, web", text }],
  });
  const lines = box.split("\n");
  expect(lines.every((line) => line.startsWith(">"))).toBe(true);
  expect(lines[0]).toBe("> [!CAUTION]");
  expect(lines).toContain("> **web: exited with 7, 3 restarts**");
  expect(lines).toContain("> - pod/web-1: BackOff (3 times): back-off");
  expect(lines).toContain("> line 30");
  expect(lines).toContain("> line 11");
  expect(lines).not.toContain("> line 10");
});

it("is left by nothing that a log or an event holds", () => {
  const text = "```\n</details>\n````\r# heading";
  const box = causeBox("web: <b>*", { events: ["a\nb <img>"], logs: [{ title: "logs", text }] });
  const fence = "> `````";
  expect(box.split("\n").filter((line) => line.startsWith(fence))).toHaveLength(2);
  expect(box.split("\n").every((line) => line.startsWith(">"))).toBe(true);
  expect(box).toContain("web: &#60;b&#62;&#42;");
  expect(box).not.toContain("<img>");
});

it("has the cause alone where nothing else was found", () => {
  expect(causeBox("the quota is used up", undefined)).toBe(
    "> [!CAUTION]\n> **the quota is used up**",
  );
});
