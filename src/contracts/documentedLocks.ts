/**
 * What the comments (and `__must_hold()`) of a plain function say about the locks its caller holds. Brings together where the comments stand,
 * what they say, and which locks are meant; holding and missing them is the runs' business.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import { commentsOfFunction } from './functionComments.ts';
import { type LockWay, lockMeant } from './lockNames.ts';
import { statedLocks } from './statedLocks.ts';

/** One lock that is documented to be held when the function is called. */
export interface DocumentedDuty {
  /** null: the words name no lock that the function's parameters, or a global, lead to. */
  readonly way: LockWay | null;
  readonly words: string;
  readonly mode: 'any' | 'read' | 'write';
  /** The sentence, and where it stands. */
  readonly sentence: string;
  readonly at: Span;
  /** A comment says as well that the function lets go of a lock: what holds at its end is not known. */
  readonly released: boolean;
}

const known = new WeakMap<Program, WeakMap<FunctionSymbol, readonly DocumentedDuty[]>>();

/** The duties of whoever calls the function, as it documents them; none that its own assertions speak of. */
export function documentedDuties(program: Program, symbol: FunctionSymbol): readonly DocumentedDuty[] {
  const ofProgram = known.get(program) ?? new WeakMap<FunctionSymbol, readonly DocumentedDuty[]>();
  known.set(program, ofProgram);
  const before = ofProgram.get(symbol);
  if (before !== undefined) return before;
  const duties = read(program, symbol);
  ofProgram.set(symbol, duties);
  return duties;
}

/** Whether a function's own body asserts this lock: what it asserts is told there. */
export function assertsItself(program: Program, symbol: FunctionSymbol, way: LockWay): boolean {
  const body = symbol.body();
  if (body === null) return false;
  const text = program.units[body.at.unit]?.text.slice(body.at.start, body.at.end) ?? '';
  const last = /\w+$/.exec(way.text.replace(/\(\)$/, ''))?.[0] ?? '';
  return new RegExp(
    `\\b\\w*assert\\w*\\s*\\([^;]*\\b${last}\\b|\\b\\w*lockdep_is_held\\w*\\s*\\([^;]*\\b${last}\\b`,
  ).test(text);
}

function read(program: Program, symbol: FunctionSymbol): readonly DocumentedDuty[] {
  const spans = commentsOfFunction(program, symbol);
  const texts = spans.map((span) => ({ span, text: program.units[span.unit]?.text.slice(span.start, span.end) ?? '' }));
  const released = texts.some(({ text }) => /\b(?:releas|drop|unlock)\w*\b/i.test(text));
  const duties: DocumentedDuty[] = texts.flatMap(({ span, text }) =>
    statedLocks(text).map(({ words, mode, sentence, range }) => ({
      way: lockMeant(program, symbol, words),
      words,
      mode,
      sentence,
      at: { unit: span.unit, start: span.start + range.start, end: span.start + range.end },
      released,
    })),
  );
  for (const { name, args, at } of symbol.attributes) {
    if (name !== '__must_hold' && name !== '__must_hold_shared') continue;
    const words = args.trim().replace(/^&/, '');
    const mode = name === '__must_hold' ? 'any' : 'read';
    duties.push({
      way: lockMeant(program, symbol, words),
      words,
      mode,
      sentence: `${name}(${args.trim()})`,
      at,
      released,
    });
  }
  const seen = new Set<string>();
  return duties.filter(({ way, words }) => {
    const key = way?.text ?? words;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
