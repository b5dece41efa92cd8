/**
 * Guesses how far each line of a stripped hunk was indented, from its braces and open parentheses. Only good enough to tell whether two
 * pieces would have fitted on one line.
 */
import { countOf, type LineTraits } from './lineTraits.ts';
import type { PhysicalLine } from './region.ts';

const TAB = 8;

/** Columns before the text of each line. */
export function indents(lines: readonly PhysicalLine[], traits: readonly LineTraits[], inFunction: boolean): number[] {
  let lowest = 0;
  let depth = 0;
  const braces = lines.map((line) => (skipped(line) ? 0 : countOf(line.body, '{') - countOf(line.body, '}')));
  for (const own of braces) {
    depth += own;
    lowest = Math.min(lowest, depth);
  }
  depth = Math.max(-lowest, inFunction && lowest === 0 ? 1 : 0);
  const result: number[] = [];
  /** Columns behind the innermost open parenthesis; the list grows and shrinks with them. */
  const open: number[] = [];
  let hanging = false;
  lines.forEach((line, i) => {
    const text = line.body;
    const closes = text.startsWith('}') ? 1 : 0;
    const outer = /^(?:static|struct \w+ \{|EXPORT_|#|\/\*\*|\w+:$)/.test(text) ? 0 : TAB * Math.max(0, depth - closes);
    const indent = open.at(-1) ?? outer + (hanging ? TAB : 0);
    result.push(indent);
    if (skipped(line) || text === '') return;
    depth = Math.max(0, depth + (braces[i] ?? 0));
    const own = traits[i];
    if (own?.inComment === true) return;
    let opening = text.indexOf('(');
    let closing = text.indexOf(')');
    while (opening >= 0 || closing >= 0) {
      if (closing < 0 || (opening >= 0 && opening < closing)) {
        open.push(indent + opening + 1);
        opening = text.indexOf('(', opening + 1);
      } else {
        open.pop();
        closing = text.indexOf(')', closing + 1);
      }
    }
    if (own?.end === 'statement' || own?.end === 'brace') open.length = 0;
    hanging = open.length === 0 && /^(?:if|for|while|else)\b/.test(text) && (own?.end === 'close' || text === 'else');
  });
  return result;
}

function skipped(line: PhysicalLine): boolean {
  return line.shallow || line.marker === '-' || line.marker === '\\';
}
