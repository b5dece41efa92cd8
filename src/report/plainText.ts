/**
 * Makes text that came out of a mail harmless where it is shown: Markdown on one side, plain mail text on the other. Every string that
 * a stranger can choose (a message, a function name, a path, a lock class) goes through here.
 */

/** Text as Markdown that renders as exactly that text: no link, no image, no HTML, no formatting. */
export function markdownText(text: string): string {
  return (
    escaped(oneLine(text))
      // Only at its start can these open a list.
      .replace(/^(\d+)([.)])/, '$1\\$2')
      .replace(/^[-+]/, '\\$&')
  );
}

/** A message of ours, in which backquotes mark kernel identifiers, as Markdown: those in code, everything else as it is. */
export function markdownMessage(message: string): string {
  const parts = oneLine(message).split('`');
  // With an odd number of backquotes it is not clear what they mark.
  if (parts.length < 2 || parts.length % 2 === 0) return markdownText(message);
  return parts.map((part, index) => (index % 2 === 1 ? markdownCode(part) : escaped(part))).join('');
}

function escaped(text: string): string {
  return (
    text
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/[\\`*_{}[\]#!|~$@]/g, '\\$&')
      // A bare address would become a link.
      .replace(/(https?|ftp|mailto|www)(?=[:.])/gi, '$1&#8203;')
  );
}

/** Text as an inline code span. */
export function markdownCode(text: string): string {
  const flat = oneLine(text).replace(/`/g, "'");
  return flat === '' ? '' : `\`${flat}\``;
}

/** One line without control characters and without characters that are invisible or reorder what is shown. */
export function oneLine(text: string): string {
  return text
    .replace(/[\t\r\n\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim();
}

/** Words wrapped to `width` columns; the second and later lines start with `indent`. A word longer than a line stays whole. */
export function wrapText(text: string, width: number, first = '', indent = first): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of oneLine(text).split(' ').filter(Boolean)) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  if (!empty) lines.push(line);
  return lines;
}
