/**
 * Pages of `hmm_range_fault()` that are handed to another function, and nobody asks whether they are the process's still: the sequence number
 * is in a variable of the function that collected them, and it neither asks itself nor hands the number on (Documentation/mm/hmm.rst). What
 * is done with pages where they were collected is intervalReads.ts. Read, not run.
 */
import type { FunctionIr, FunctionSymbol, Init, Stmt } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, valueName } from './irNames.ts';
import { type CallExpr, calledIn, type ReadFunction, readFunctions, told } from './readFunctions.ts';

const RETRY = /^mmu_interval_(?:read|check)_retry$/;
const BEGINS = /^mmu_interval_read_begin$/;
const FAULTS = /^hmm_range_fault/;
/** What is told that it may forget the pages, or only counts or shows them. */
const NO_USE = /free|put|release|destroy|fini|cleanup|undo|abort|clear|trace|dump|print|dbg|stat|count/;

/** A variable of the function itself: `range#4.notifier_seq`, not what a pointer leads to. */
const OWN = /^\w+#\d+(?:\.[\w.]+)?$/;

/** Uses of collected pages by functions that cannot ask. */
export function pagesHandedOn(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const asking = askers(reads);
  return reads.flatMap((read) => {
    if (read.ir.partial || asking.has(read.symbol)) return [];
    return callsOf(read, FAULTS).flatMap(({ at, call }) => {
      const range = argument(call, 0)?.replace(/^&/, '');
      if (range === undefined || !isOwnVariable(read.ir, range) || givesSequenceAway(read, range)) return [];
      const pages = storedAs(read, range);
      if (pages === null) return [];
      const { has } = waysOf(read.graph).from(at.node.next);
      const [use] = read.nodes
        .filter(({ node }) => has[node.id] === 1)
        .flatMap(({ calls }) => calls)
        .filter((each) => usesPages(document, each, pages, asking))
        .sort((one, other) => one.at.start - other.at.start);
      if (use === undefined) return [];
      const name = calleeName(use.callee);
      return [
        told(
          read,
          use.at,
          'pages are used, and `mmu_interval_read_retry()` is never asked whether they still are the ones',
          `\`${name}()\` uses the pages that it is given`,
          [{ message: 'the range was read here', at: call.at }],
        ),
      ];
    });
  });
}

/** Functions that ask, themselves or through one they call. */
function askers(reads: readonly ReadFunction[]): ReadonlySet<FunctionSymbol> {
  const found = new Set<FunctionSymbol>();
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { symbol, nodes } of reads)
      if (
        nodes.some(({ calls }) =>
          calls.some(
            ({ callee }) => RETRY.test(calleeName(callee)) || (callee.kind === 'direct' && found.has(callee.symbol)),
          ),
        )
      )
        found.add(symbol);
  }
  return found;
}

function isOwnVariable({ locals }: FunctionIr, range: string): boolean {
  return locals.some(({ name, id, isParameter }) => !isParameter && `${name}#${id}` === range);
}

/** The number, or the range with it, goes where somebody else can compare it. */
function givesSequenceAway(read: ReadFunction, range: string): boolean {
  const numbers = new Set([`${range}.notifier_seq`]);
  for (const { stores } of read.nodes)
    for (const { to, value } of stores) {
      const from = valueName(bare(value));
      if (!BEGINS.test(calledIn(value)) && (from === null || !numbers.has(from))) continue;
      if (!OWN.test(to)) return true;
      numbers.add(to);
    }
  return read.nodes.some(({ calls }) =>
    calls.some(
      ({ callee, args }) =>
        !FAULTS.test(calleeName(callee)) &&
        args.some((arg) => {
          const name = valueName(bare(arg));
          return name !== null && (numbers.has(name) || name === `&${range}` || name === range);
        }),
    ),
  );
}

/** What the range is told to put its pages into: `ub->pfns`. */
function storedAs(read: ReadFunction, range: string): string | null {
  const member = `${range}.hmm_pfns`;
  const later = read.nodes.flatMap(({ stores }) => stores).find(({ to }) => to === member);
  const value = later?.value ?? initOf(read.ir.body, range)?.find((store) => store.member === 'hmm_pfns')?.value;
  return value === undefined ? null : valueName(bare(value));
}

function initOf(statement: Stmt, variable: string): Extract<Init, { kind: 'aggregate' }>['stores'] | null {
  if (statement.kind === 'block')
    return statement.body.map((each) => initOf(each, variable)).find((each) => each !== null) ?? null;
  if (statement.kind !== 'declare' || `${statement.variable.name}#${statement.variable.id}` !== variable) return null;
  return statement.init?.kind === 'aggregate' ? statement.init.stores : null;
}

/** Of functions that are known, the kernel's own ones look at no page. */
function usesPages(
  document: DocumentView,
  { callee, args }: CallExpr,
  pages: string,
  asking: ReadonlySet<FunctionSymbol>,
): boolean {
  if (callee.kind !== 'direct' || asking.has(callee.symbol) || NO_USE.test(callee.symbol.name)) return false;
  const { declared, at } = callee.symbol;
  if (declared && (at === null || !document.inDocument(at))) return false;
  return args.some((arg) => valueName(bare(arg)) === pages);
}
