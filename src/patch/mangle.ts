/**
 * Damages well-formed hunks the way mail programs and archive pages do, for tests and benchmarks of the tolerant reader. Deterministic:
 * the same seed gives the same damage. Not used by the product.
 */

export interface Mangling {
  /** Times a reply quoted the hunk. */
  readonly quotes: number;
  /** How many of these replies also wrapped it (the last ones). */
  readonly wraps: number;
  readonly width: number;
  /** Columns the mail program counts for a tab. */
  readonly tab: number;
  /** Leading white space gone, tabs turned to one blank. */
  readonly strip: boolean;
  readonly dropBlanks: boolean;
  /** The program breaks behind a hyphen too. */
  readonly hyphens: boolean;
  /** A word too long for what is left of its line is cut instead of moved. */
  readonly cuts: boolean;
}

/** One hunk (its `@@` line first) after what `mangling` says. */
export function mangle(lines: readonly string[], mangling: Mangling): string[] {
  let text = [...lines];
  if (mangling.dropBlanks) text = text.filter((line) => line.trim() !== '');
  let depth = 0;
  for (let round = 0; round < Math.max(mangling.quotes, mangling.wraps); round++) {
    if (round < mangling.quotes) {
      text = text.map((line) => `> ${line}`.replace(/^> >/, '> >').trimEnd());
      depth++;
    }
    const wraps = round >= Math.max(mangling.quotes, mangling.wraps) - mangling.wraps;
    if (wraps) text = text.flatMap((line) => wrapLine(line, depth, mangling));
  }
  return mangling.strip ? text.map((line) => stripLine(line, depth)) : text;
}

/** Greedy wrapping; continuation lines get the quote marks of the line. */
function wrapLine(line: string, depth: number, mangling: Mangling): string[] {
  const prefix = '> '.repeat(depth);
  const result: string[] = [];
  let rest = line;
  for (let guard = 0; guard < 50; guard++) {
    const at = breakAt(rest, prefix.length, mangling);
    if (at === null) break;
    result.push(rest.slice(0, at).trimEnd());
    rest = prefix + rest.slice(at).trimStart();
  }
  result.push(rest);
  return result;
}

/** Offset of the break, or null when the line fits or cannot be broken. */
function breakAt(line: string, from: number, mangling: Mangling): number | null {
  let column = 0;
  let candidate: number | null = null;
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    const blank = char === ' ' || char === '\t';
    if (blank && i > from) candidate = i;
    else if (mangling.hyphens && i > from + 1 && line.charAt(i - 1) === '-' && /\w/.test(line.charAt(i - 2)))
      candidate = i;
    column += char === '\t' ? mangling.tab - (column % mangling.tab) : 1;
    if (column > mangling.width && !(blank && i <= from)) {
      const head = candidate === null ? '' : line.slice(from, candidate).trim();
      if (mangling.cuts && (head === '' || head === '+' || head === '-') && i > from + 4 && !blank) {
        return /^[\w]$/.test(line.charAt(i - 1)) && line.slice(from, i).trim().length > 2 ? i : candidate;
      }
      return candidate;
    }
  }
  return null;
}

function stripLine(line: string, depth: number): string {
  const prefix = '> '.repeat(depth);
  let at = 0;
  for (let seen = 0; seen < depth; seen++) {
    while (line.charAt(at) === ' ') at++;
    if (line.charAt(at) === '>') at++;
  }
  const content = line.slice(at).replace(/\s+/g, ' ').trim();
  return (prefix + content).trimEnd();
}

/** The manglings that the figures are measured for, varied by a seed. */
export function variants(seed: number): Record<string, Mangling> {
  const random = numbers(seed);
  const pick = <T>(options: readonly T[], fallback: T): T => options[Math.floor(random() * options.length)] ?? fallback;
  const plain: Mangling = {
    quotes: 0,
    wraps: 0,
    width: 72,
    tab: pick([1, 8], 8),
    strip: false,
    dropBlanks: false,
    hyphens: random() < 0.3,
    cuts: random() < 0.3,
  };
  return {
    clean: plain,
    quoted: { ...plain, quotes: 1 + Math.floor(random() * 3) },
    stripped: { ...plain, strip: true, dropBlanks: true },
    'quoted-stripped': { ...plain, quotes: 1 + Math.floor(random() * 3), strip: true, dropBlanks: random() < 0.5 },
    'wrapped-once': { ...plain, quotes: 1 + Math.floor(random() * 2), wraps: 1, width: pick([72, 74, 76], 72) },
    'wrapped-twice': { ...plain, quotes: 2, wraps: 2 },
    'wrapped-thrice': { ...plain, quotes: 3, wraps: 3 },
    'wrapped-once-stripped': { ...plain, quotes: 1 + Math.floor(random() * 2), wraps: 1, strip: true },
    'wrapped-thrice-stripped': { ...plain, quotes: 3, wraps: 3, strip: true },
    'wrapped-thrice-stripped-dropped': { ...plain, quotes: 3, wraps: 3, strip: true, dropBlanks: true },
  };
}

/** A small generator of numbers in [0, 1): a linear congruence is enough to vary samples. */
export function numbers(seed: number): () => number {
  let state = (Math.imul(seed, 2654435761) ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}
