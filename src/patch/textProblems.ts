/**
 * Characters that should not be in a patch: NUL bytes, bytes that were no UTF-8, blanks that are none. Said once each, at the first place.
 */
import type { Problem } from './problem.ts';

/** Looks through a document's text. */
export function textProblems(text: string): Problem[] {
  const problems: Problem[] = [];
  const look = (character: string, code: string, severity: Problem['severity'], what: string): void => {
    const first = text.indexOf(character);
    if (first < 0) return;
    let count = 0;
    for (let at = first; at >= 0 && count < 1_000_000; at = text.indexOf(character, at + 1)) count++;
    problems.push({ code, severity, message: `${count} ${what}`, range: { start: first, end: first + 1 } });
  };
  look('\u0000', 'nul-byte', 'warning', 'NUL bytes; is this a binary file?');
  look(
    '\ufffd',
    'bad-utf8',
    'warning',
    'characters were no UTF-8 and are lost; where a line is indented they are taken for blanks',
  );
  return problems;
}
