/**
 * Makes text that came out of a mail harmless where it is shown: Markdown on one side, plain mail text on the other. Every string that
 * a stranger can choose (a message, a function name, a path, a lock class) goes through here.
 */

/** Text as Markdown that renders as exactly that text: no link, no image, no HTML, no formatting. */
export function markdownText(text: string): string {
  return oneLine(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+\-.!|~$"':@]/g, (character) =>
      // Punctuation that never starts a construct inside a line reads better without its backslash.
      /[.()\-+'":]/.test(character) ? character : `\\${character}`,
    )
    .replace(/^(\d+)\./, '$1\\.')
    .replace(/^([-+])/, '\\$1')
    .replace(/(https?|ftp|mailto|www)(?=[:.])/gi, '$1&#8203;');
}

/** A message of ours, in which backquotes mark kernel identifiers, as Markdown: those in code, everything else as it is. */
export function markdownMessage(message: string): string {
  const parts = oneLine(message).split('`');
  // An odd number of backquotes does not mark anything.
  if (parts.length % 2 === 0) return markdownText(message);
  return parts.map((part, index) => (index % 2 === 1 ? markdownCode(part) : markdownText(part))).join('');
}

/** Text as an inline code span. */
export function markdownCode(text: string): string {
  const flat = oneLine(text).replace(/`/g, "'");
  return flat === '' ? '' : `\`${flat}\``;
}

/** One line without control characters and without characters that reorder what is shown. */
export function oneLine(text: string): string {
  return text
    .replace(/[\t\r\n]+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, '')
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
