/**
 * A sh program without the lines that are nothing but a comment: each call of it reads every byte. Throws where such a
 * line is text of a here-document.
 */
export function withoutComments(program: string): string {
  const [first = "", ...lines] = program.split("\n");
  let end: string | undefined;
  const kept = lines.filter((line) => {
    if (end === undefined) {
      end = /<<-?\s*['"]?([A-Za-z_]+)['"]?/.exec(line)?.[1];
      return !isComment(line);
    }
    if (isComment(line)) throw new Error(`a line of a here-document looks like a comment: ${line}`);
    if (line === end) end = undefined;
    return true;
  });
  return [first, "# Joined from src/server of Belay, where its comments are.", ...kept].join("\n");
}

function isComment(line: string): boolean {
  return /^\s*#(?: |$)/.test(line);
}
