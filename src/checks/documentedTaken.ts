/**
 * Comments that say the function takes a lock of which its body asserts that the caller holds it. Read, not run: what the body does with locks
 * that it says nothing about is for the runs.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import { assertsItself } from '../contracts/documentedLocks.ts';
import { lockMeant } from '../contracts/lockNames.ts';
import { brief } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';

/** `Takes and releases the reservation lock of @obj.`; what may be taken is no promise. */
const TAKES =
  /(?<!\b(?:may|might|maybe|can|could|not|never)\s)\b(?:takes(?:\s+and\s+releases)?|acquires)\s+([^.;,]{3,80}?)(?=[.;,]|$)/gi;
/** Whoever takes any lock himself may assert it afterwards. */
const LOCKS = /\b\w*lock(?:_\w+)?\s*\(|\b(?:scoped_)?guard\s*\(|\bdown_(?:read|write)\w*\s*\(|\b\w*_reserve\s*\(/;
const ASSERTS = /\b\w*(?:assert|lockdep_is_held)\w*\s*\([^;]*;/;

/** Sentences of a `Context:` that the function's own assertion contradicts. */
export function takesWhatItAsserts(document: DocumentView): DocumentReport[] {
  const { program } = document;
  return document.docs.flatMap(({ unit, doc }) => {
    if (doc.kind !== 'function') return [];
    const symbol = program.functions.find(
      (each) => each.name === doc.name && each.at?.unit === unit && each.at.start >= doc.range.end,
    );
    const body = symbol?.body() ?? null;
    if (symbol === undefined || body === null) return [];
    const comment = program.units[unit]?.text.slice(doc.range.start, doc.range.end) ?? '';
    const text = program.units[body.at.unit]?.text.slice(body.at.start, body.at.end) ?? '';
    const asserted = ASSERTS.exec(text);
    if (asserted === null || LOCKS.test(text.replace(/\b\w*assert\w*\s*\([^;]*;/g, ''))) return [];
    return [...comment.matchAll(TAKES)].slice(0, 1).flatMap((match) => {
      const words = (match[1] ?? '').replace(/\n\s*\*\s*/g, ' ').trim();
      if (/\b(?:if|when|unless|or)\b/i.test(words) || !asserts(program, symbol, words, text)) return [];
      const start = doc.range.start + match.index;
      const place: Span = { unit, start, end: start + match[0].length };
      const at = body.at.start + asserted.index;
      return [
        {
          at: place,
          message: brief(`\`${symbol.name}\` asserts that its caller holds the lock which it is said to take`),
          function: symbol.name,
          op: null,
          related: [
            { message: 'asserted here', at: { unit: body.at.unit, start: at, end: at + asserted[0].length - 1 } },
          ],
          assumption: null,
        },
      ];
    });
  });
}

/** Whether it is this lock that the body asserts; of a struct that is not shown, a reservation is known by its function. */
function asserts(program: Program, symbol: FunctionSymbol, words: string, text: string): boolean {
  const way = lockMeant(program, symbol, words);
  if (way !== null) return way.kind !== 'rcu' && assertsItself(program, symbol, way);
  return /\b(?:reservation|resv)\b|dma[-_]?resv/i.test(words) && /\bdma_resv_assert_held\s*\(/.test(text);
}
