/**
 * What a function does with the result of `hmm_range_fault()`: pages may be used only under the lock that invalidations take, after
 * `mmu_interval_read_retry()` said that nothing changed (Documentation/mm/hmm.rst). Read, not run.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, rootOf, valueName } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

const RETRY = /^mmu_interval_(?:read|check)_retry$/;
const BEGINS = /^mmu_interval_read_begin$/;
const USES = /^hmm_pfn_to_(?:page|phys)$/;
const UNLOCKS = /^(?:mutex_unlock|spin_unlock(?:_irq|_irqrestore)?|up_(?:read|write)|(?:read|write)_unlock)$/;
const LOCKS = /^(?:mutex_lock\w*|spin_lock(?:_irq|_irqsave)?|down_(?:read|write)\w*|(?:read|write)_lock)$/;

/** Functions of the document that use pages of a range, themselves or through one they call. */
function users(reads: readonly ReadFunction[]): ReadonlySet<FunctionSymbol> {
  const found = new Set<FunctionSymbol>();
  for (let round = 0; round < 2; round++)
    for (const read of reads)
      if (usesIn(read, found).length > 0 && callsOf(read, /^hmm_range_fault$/).length === 0) found.add(read.symbol);
  return found;
}

function usesIn(read: ReadFunction, through: ReadonlySet<FunctionSymbol>): readonly ReadNode[] {
  return read.nodes.filter(({ calls }) =>
    calls.some(
      ({ callee }) => USES.test(calleeName(callee)) || (callee.kind === 'direct' && through.has(callee.symbol)),
    ),
  );
}

function called(node: ReadNode, names: RegExp): boolean {
  return node.calls.some(({ callee }) => names.test(calleeName(callee)));
}

/** The pages are used, and nobody asks whether they are the process's still. */
function unasked(read: ReadFunction, uses: readonly ReadNode[], asks: ReadonlySet<FunctionSymbol>): DocumentReport[] {
  return callsOf(read, /^hmm_range_fault$/).flatMap(({ at, call }) => {
    const range = argument(call, 0)?.replace(/^&/, '');
    // The sequence number is in a variable of the function: nobody else can compare it.
    if (range === undefined || !/^\w+#\d+$/.test(range)) return [];
    const isLocal = read.ir.locals.some(({ name, id, isParameter }) => !isParameter && `${name}#${id}` === range);
    const asked = read.nodes.some(
      ({ calls }) =>
        calls.some(({ callee, args }) => {
          if (RETRY.test(calleeName(callee))) return true;
          if (callee.kind === 'direct' && asks.has(callee.symbol)) return true;
          return (
            calleeName(callee) !== 'hmm_range_fault' && args.some((arg) => rootOf(valueName(bare(arg)) ?? '') === range)
          );
        }) || false,
    );
    if (!isLocal || asked) return [];
    const { has } = waysOf(read.graph).from(at.node.next, ({ kind }) => kind === 'hole');
    const [use] = uses
      .filter(({ node }) => has[node.id] === 1)
      .sort((one, other) => one.node.at.start - other.node.at.start);
    if (use === undefined || read.nodes.some(({ node }) => node.kind === 'hole' && has[node.id] === 1)) return [];
    return [
      told(
        read,
        use.node.at,
        'pages are used, and `mmu_interval_read_retry()` is never asked whether they still are the ones',
        null,
        [{ message: 'the range was read here', at: call.at }],
      ),
    ];
  });
}

/** Pages that a function of the document faulted in are used by its caller, and nobody in the whole document ever asks. */
function neverAsked(reads: readonly ReadFunction[]): DocumentReport[] {
  if (reads.some((read) => read.ir.partial || callsOf(read, RETRY).length > 0)) return [];
  const faults = new Map(
    reads.flatMap((read) => callsOf(read, /^hmm_range_fault$/).map(({ call }) => [read.symbol, call] as const)),
  );
  return reads.flatMap((read) => {
    if (faults.has(read.symbol)) return [];
    for (const { node, calls } of read.nodes)
      for (const { callee } of calls) {
        const fault = callee.kind === 'direct' ? faults.get(callee.symbol) : undefined;
        if (fault === undefined) continue;
        const { has } = waysOf(read.graph).from(node.next);
        const use = usesIn(read, new Set()).find((each) => has[each.node.id] === 1);
        if (use === undefined) continue;
        const message =
          'pages are used, and `mmu_interval_read_retry()` is never asked whether they still are the ones';
        return [
          told(read, use.node.at, message, 'nobody who is not shown asks', [
            { message: 'the range was read here', at: fault.at },
          ]),
        ];
      }
    return [];
  });
}

/** Asked under the lock, and used after the lock was dropped. */
function usedUnlocked(read: ReadFunction, uses: readonly ReadNode[]): DocumentReport[] {
  return callsOf(read, RETRY).flatMap(({ at }) => {
    // The way of a sequence that did not change: the false side of the test.
    const branch = at.node.kind === 'branch' ? at : undefined;
    const valid = branch?.node.next[1];
    if (valid === undefined) return [];
    const unlocked = waysOf(read.graph)
      .from([valid], ({ id }) => called(read.nodes[id] ?? at, UNLOCKS) || id === at.node.id)
      .order.flatMap((id) => {
        const node = read.nodes[id];
        return node !== undefined && called(node, UNLOCKS) ? [node] : [];
      });
    return unlocked.flatMap((unlock) => {
      const { order } = waysOf(read.graph).from(unlock.node.next, ({ id, kind }) => {
        const node = read.nodes[id];
        return kind === 'hole' || node === undefined || called(node, LOCKS) || called(node, RETRY);
      });
      const [use] = uses
        .filter(({ node }) => order.includes(node.id))
        .sort((one, other) => one.node.at.start - other.node.at.start);
      if (use === undefined) return [];
      return [
        told(
          read,
          use.node.at,
          'pages of the range are used after the lock was dropped that keeps them valid',
          'no reference keeps the pages',
          [{ message: 'the lock is dropped here', at: unlock.node.at }],
        ),
      ];
    });
  });
}

/** Pages of a range that are used although they may no longer be the process's. */
export function pagesUsedUnchecked(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const through = users(reads);
  const asks = new Set(reads.flatMap((read) => (callsOf(read, RETRY).length > 0 ? [read.symbol] : [])));
  return [
    ...neverAsked(reads),
    ...reads.flatMap((read) => {
      const uses = usesIn(read, through);
      return uses.length === 0 ? [] : [...unasked(read, uses, asks), ...usedUnlocked(read, uses)];
    }),
  ];
}

/** Steps from the sequence number to the lock that was to be taken before. */
const NEAR = 4;

/**
 * The sequence number is set, and then the lock is taken under which readers compare it: it cannot have been held. Told of functions of which
 * only a part is shown; whole ones are run.
 */
export function sequenceSetBeforeLock(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => {
    if (!read.ir.partial) return [];
    return callsOf(read, /^mmu_interval_set_seq$/).flatMap(({ at, call }) => {
      const before = waysOf(read.graph).leadingTo(at.node.id);
      if (read.nodes.some((node) => node !== at && before[node.node.id] === 1 && called(node, LOCKS))) return [];
      let here: ReadNode | undefined = at;
      for (let steps = 0; here !== undefined && steps < NEAR; steps++) {
        const [next]: readonly number[] = here.node.next;
        here = here.node.next.length === 1 && next !== undefined ? read.nodes[next] : undefined;
        if (here === undefined || here.node.kind === 'hole' || called(here, UNLOCKS)) return [];
        const lock = here.calls.find(({ callee }) => LOCKS.test(calleeName(callee)));
        if (lock === undefined) continue;
        const name = calleeName(lock.callee);
        return [
          told(
            read,
            call.at,
            `the sequence number is set before \`${name}()\` takes the lock that readers look at it under`,
            'no other lock is held here that readers take',
            [{ message: 'taken here', at: lock.at }],
          ),
        ];
      }
      return [];
    });
  });
}

/**
 * Asked, found unchanged, and only then the lock is taken under which the pages are used: an invalidation comes in between. Told of functions
 * of which only a part is shown; whole ones are run.
 */
export function askedBeforeLock(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => {
    if (!read.ir.partial) return [];
    return callsOf(read, RETRY).flatMap(({ at, call }) => {
      const before = waysOf(read.graph).leadingTo(at.node.id);
      const shown = read.nodes.some(
        (node) =>
          node !== at &&
          before[node.node.id] === 1 &&
          called(node, LOCKS) &&
          !(called(node, UNLOCKS) || behind(read, at, node)),
      );
      // Some lock of the way here may be the one; what is locked behind the question only is not.
      if (shown) return [];
      const lock = at.node.next.map((next) => lockNext(read, next)).find((each) => each !== null) ?? null;
      if (lock === null) return [];
      return [
        told(
          read,
          call.at,
          `whether the pages are valid is asked before \`${calleeName(lock.callee)}()\`: they may be invalidated in between`,
          'no lock is held here that `invalidate` takes',
          [{ message: 'taken here', at: lock.at }],
        ),
      ];
    });
  });
}

/** Whether a lock is met only after the question, in an earlier round of a loop. */
function behind(read: ReadFunction, question: ReadNode, lock: ReadNode): boolean {
  const { has } = waysOf(read.graph).from(question.node.next, ({ id }) => called(read.nodes[id] ?? question, BEGINS));
  return has[lock.node.id] === 1;
}

/** The lock that the next few steps take, with nothing asked or let go of before. */
function lockNext(read: ReadFunction, from: number): ReadNode['calls'][number] | null {
  let here = read.nodes[from];
  for (let steps = 0; here !== undefined && steps < NEAR; steps++) {
    if (here.node.kind === 'hole' || called(here, UNLOCKS) || called(here, RETRY) || called(here, BEGINS)) return null;
    const lock = here.calls.find(({ callee }) => LOCKS.test(calleeName(callee)));
    if (lock !== undefined) {
      const { order } = waysOf(read.graph).from(here.node.next, ({ kind }) => kind === 'hole');
      return order.some((id) => read.nodes[id] !== undefined && called(read.nodes[id] ?? here, RETRY)) ? null : lock;
    }
    const [next]: readonly number[] = here.node.next;
    here = here.node.next.length === 1 && next !== undefined ? read.nodes[next] : undefined;
  }
  return null;
}
