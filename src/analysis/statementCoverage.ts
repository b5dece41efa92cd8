/**
 * Which statements of the document's own lines some run reached, and for the others why none did. A patch's own lines are those it adds; of
 * a plain C file every line counts. Says nothing about what was found there.
 */
import type { FunctionSymbol, Stmt } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import type { StatementCoverage } from '../report/finding.ts';
import { neverTaken } from './neverTaken.ts';
import type { Places } from './places.ts';

/** Statements of one compiled function. */
export interface CoveredFunction {
  readonly function: FunctionSymbol;
  readonly statements: readonly { readonly at: Span; readonly executed: boolean }[];
}

/** What may have kept runs from a statement. */
export interface Hindrances {
  /** Why execution ended inside a function, by its name. */
  readonly unsupported: ReadonlyMap<string, string>;
  /** Some search ended before everything within its bounds was tried. */
  readonly bounded: boolean;
}

interface Statement {
  readonly at: Span;
  readonly symbol: FunctionSymbol;
  reached: boolean;
  /** False: no run even began the function. */
  begun: boolean;
}

/**
 * @param own functions with a body in the document
 * @param covered what the machine executed, compiled functions only
 */
export function statementCoverage(
  own: readonly FunctionSymbol[],
  covered: readonly CoveredFunction[],
  places: Places,
  hindrances: Hindrances,
): StatementCoverage {
  const statements = new Map<string, Statement>();
  const note = (at: Span, symbol: FunctionSymbol, reached: boolean, begun: boolean): void => {
    if (!places.inDocument(at) || places.change(at) === 'existing') return;
    const key = `${at.unit} ${at.start}`;
    const known = statements.get(key);
    if (known) known.reached ||= reached;
    else statements.set(key, { at, symbol, reached, begun });
  };
  const compiled = new Set<FunctionSymbol>();
  for (const entry of covered) {
    const begun = entry.statements.some((statement) => statement.executed);
    if (begun) compiled.add(entry.function);
    for (const statement of entry.statements) note(statement.at, entry.function, statement.executed, begun);
  }
  // Of a function that was never compiled, its first statement stands for all of them.
  for (const symbol of own) {
    const first = compiled.has(symbol) ? undefined : firstShown(symbol);
    if (first) note(first.at, symbol, false, false);
  }
  const all = [...statements.values()];
  const executed = new Map(covered.map((entry) => [entry.function, entry.statements]));
  return {
    total: all.length,
    reached: all.filter((statement) => statement.reached).length,
    missed: all
      .filter((statement) => !statement.reached)
      .map((statement) => ({
        function: statement.symbol.name,
        place: places.place(statement.at),
        reason: reasonOf(statement, hindrances, () => conditionBefore(statement, executed, places)),
      }))
      .sort((a, b) => (a.place.document[0]?.start ?? 0) - (b.place.document[0]?.start ?? 0)),
  };
}

function reasonOf(statement: Statement, { unsupported, bounded }: Hindrances, condition: () => string | null): string {
  const { name } = statement.symbol;
  if (!statement.begun) return `no run called \`${name}\``;
  const ended = unsupported.get(name);
  if (ended !== undefined) return `execution of \`${name}\` ended before it: ${ended}`;
  const way = bounded ? 'no run went this way before a bound was reached' : 'no run of any scenario went this way';
  const closed = condition();
  return closed === null ? way : `${way}: ${closed}`;
}

const LONGEST_CONDITION = 60;

/** Which condition in the text kept every run from a statement; null: none that can be named. */
function conditionBefore(
  { at, symbol }: Statement,
  covered: ReadonlyMap<FunctionSymbol, CoveredFunction['statements']>,
  places: Places,
): string | null {
  const ir = symbol.body();
  if (ir === null) return null;
  const executed = (covered.get(symbol) ?? []).filter((each) => each.executed).map((each) => each.at.start);
  return neverTaken(ir, at, {
    // A compound statement was come to when anything in it was.
    at: ({ start, end }) => executed.some((each) => start <= each && each < Math.max(end, start + 1)),
    words: (span) => {
      const text = places.sourceOf(span).call.replace(/\s+/g, ' ').trim();
      const name = places.sourceName(span)?.replace(/^.*\//, '');
      if (text === '' || text.includes('`')) return null;
      const shown = text.length <= LONGEST_CONDITION ? text : `${text.slice(0, LONGEST_CONDITION - 1)}…`;
      return name === undefined ? `\`${shown}\`` : `\`${shown}\` (${name})`;
    },
  });
}

/** The first statement that the document shows of a function; undefined: nothing can be executed of it. */
export function firstShown(symbol: FunctionSymbol): Stmt | undefined {
  return symbol.body()?.body.body.find(({ kind }) => kind !== 'hole');
}
