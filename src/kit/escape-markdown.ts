/** What GitHub's Markdown or HTML could take for markup. */
const markup = /[\\`*_~[\]<>&|#$^]/g;
/** Where a bare address would become a link, and show its escapes. */
const bareLink = /(?<=https?|ftp):(?=\/\/)|(?<=\bwww)\./gi;

/**
 * `text` so that Markdown shows it as it is, in a paragraph, a heading or a table cell; each line break
 * becomes `<br>`. Character references mean the same to every renderer and can never begin a structure.
 */
export function escapeMarkdown(text: string): string {
  const lines = text.toWellFormed().split(/\r\n|[\r\n\u2028\u2029]/);
  return lines.map((line) => escapeLine(line.trim())).join("<br>");
}

function escapeLine(line: string): string {
  return line
    .replace(/\p{Cc}|[\u202A-\u202E\u2066-\u2069]/gu, " ")
    .replace(markup, reference)
    .replace(bareLink, reference);
}

function reference(character: string): string {
  return `&#${character.codePointAt(0) ?? 0};`;
}

/** `text` as a link when all of it is an http(s) address, else escaped. */
export function linkOrText(text: string): string {
  const isAddress = /^https?:\/\/[\w.:/?=%~,;@+-]+$/.test(text);
  return isAddress ? `<${text}>` : escapeMarkdown(text);
}
