/**
 * Guesses how far each line of a stripped hunk was indented, from its braces and open parentheses. Only good enough to tell whether two
 * pieces would have fitted on one line.
 */
import type { LineTraits } from './costs.ts';
import type { PhysicalLine } from './region.ts';

const TAB = 8;

/** Columns before the text of each line. */
export function indents(lines: readonly PhysicalLine[], traits: readonly LineTraits[], inFunction: boolean): number[] {
  let lowest = 0;
  let depth = 0;
  for (const line of lines) {
    if (skipped(line)) continue;
    depth += braces(line.body);
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
    depth = Math.max(0, depth + braces(text));
    const own = traits[i];
    if (own?.inComment === true) return;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 40) open.push(indent + at + 1);
      else if (code === 41) open.pop();
    }
    if (own?.end === 'statement' || own?.end === 'brace') open.length = 0;
    hanging = open.length === 0 && /^(?:if|for|while|else)\b/.test(text) && (own?.end === 'close' || text === 'else');
  });
  return result;
}

function skipped(line: PhysicalLine): boolean {
  return line.shallow || line.marker === '-' || line.marker === '\\';
}

function braces(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 123) sum++;
    else if (code === 125) sum--;
  }
  return sum;
}
