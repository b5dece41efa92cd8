/**
 * `s/old/new/` corrections that people write into mails below the code they speak of. They are taken out of the code and kept as
 * proposals; whether to apply one is the reader's choice.
 */

export interface Correction {
  readonly old: string;
  readonly replacement: string;
  /** Offsets in the text that was searched: the correction itself, and everything of its line behind it that is no code either. */
  readonly start: number;
  readonly end: number;
  readonly lineEnd: number;
}

const CORRECTION = /(?:^|[\s(])(s\/((?:[^/\\\n]|\\.){1,200})\/)/g;
const MAX_FOUND = 1000;

/** Finds corrections in a text with lines. */
export function findCorrections(text: string): Correction[] {
  const found: Correction[] = [];
  if (!text.includes('s/')) return found;
  for (const match of text.matchAll(CORRECTION)) {
    if (found.length >= MAX_FOUND) break;
    const head = match[1] ?? '';
    const start = match.index + match[0].length - head.length;
    const from = start + head.length;
    const newline = text.indexOf('\n', from);
    const lineEnd = newline < 0 ? text.length : newline;
    const rest = text.slice(from, Math.min(lineEnd, from + 300));
    const closing = /^((?:[^/\\]|\\.)*)\/[gi]*(?=[\s,.;:)]|$)/.exec(rest);
    // Without a closing slash it ends with the word: brackets may hold blanks, prose may not be taken in.
    const replacement = closing === null ? wordOf(rest) : (closing[1] ?? '');
    const end = from + (closing === null ? replacement.length : closing[0].length);
    if (/^\s|\s$/.test(match[2] ?? '') || (match[2] ?? '').length === 0) continue;
    found.push({ old: withoutEscapes(match[2] ?? ''), replacement: withoutEscapes(replacement), start, end, lineEnd });
  }
  return found;
}

function wordOf(rest: string): string {
  let open = 0;
  let at = 0;
  for (; at < rest.length; at++) {
    const char = rest.charAt(at);
    if (char === '(' || char === '[') open++;
    else if (char === ')' || char === ']') open--;
    else if (/\s/.test(char) && open <= 0) break;
  }
  return rest.slice(0, at);
}

function withoutEscapes(text: string): string {
  return text.replace(/\\(.)/g, '$1').trim();
}
