import { expect, it } from "vitest";
import { parse } from "yaml";

import type { Document } from "../../../../scripts/workflows/documents.js";
import { shellLinesOf } from "../../../../scripts/workflows/shell-lines.js";

function document(text: string): Document {
  return { place: "docs/page.md:7", kind: "piece", text, value: parse(text) as unknown };
}

it("takes the shell lines of steps, wherever they stand, and puts a word for each expression", () => {
  const text = `
jobs:
  deploy:
    steps:
      - uses: belay-actions/belay@v1
        with:
          migrate: |
            run "\${{ env.SERVICE }}"
            then
          restart: sudo systemctl restart app
          build: true
          path: /srv/app
`;
  expect(shellLinesOf(document(text))).toEqual([
    { place: "docs/page.md:7:migrate-1", text: 'run "expression"\nthen\n\n' },
    { place: "docs/page.md:7:restart-2", text: "sudo systemctl restart app\n" },
  ]);
});

it("takes those of a piece that is no step, and none of a list of words", () => {
  const piece = document('switch: mv "$a" "$b"\nservices: {web: {command: [nginx, -t]}}\n');
  expect(shellLinesOf(piece)).toEqual([
    { place: "docs/page.md:7:switch-1", text: 'mv "$a" "$b"\n' },
  ]);
});
