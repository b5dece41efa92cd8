/**
 * A lock that is held while the function waits for a completion, where whoever completes it needs that lock first: takes it on every way to
 * `complete()`, or is only ever called with it. Read, not run: in a run on its own nobody else is there to complete anything.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, renames } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName } from './irNames.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';
import { keyOf, LOCKS, UNLOCKS } from './waitsUnderLock.ts';

const RESV_LOCKS = /^(?:dma_resv_lock(?:_interruptible|_slow|_slow_interruptible)?|drm_gem_lock)$/;
const RESV_UNLOCKS = /^(?:dma_resv_unlock|drm_gem_unlock)$/;
const RESV = 'a reservation';
/** Tells importers to give up their mappings: they unmap, each under the reservation. */
const INVALIDATES = /^dma_buf_(?:move_notify|invalidate_mappings)$/;
/** Without a time-out: it ends only when somebody completes it. */
const WAITS = /^wait_for_completion(?:_interruptible|_killable|_io|_state)?$/;
const COMPLETES = /^complete(?:_all)?$/;
/** Calls between the lock and the wait. */
const DEPTH = 2;
/** Calls between `complete()` and whoever comes with the lock. */
const CALLERS = 4;

interface Held {
  readonly key: string;
  readonly call: CallExpr;
  /** Nodes that run with it. */
  readonly nodes: readonly ReadNode[];
}

/** Waits for a completion under a lock that is needed to complete it. */
export function waitsForCompleters(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const completers = reads.flatMap((read) =>
    callsOf(read, COMPLETES).flatMap(({ at, call }) => {
      const key = keyOf(call.args[0]);
      return key === null ? [] : [{ key, read, at, call }];
    }),
  );
  const reader = new Reader(document, reads);
  const found = new Map<number, DocumentReport>();
  for (const read of reads)
    for (const held of heldIn(read))
      for (const { calls } of held.nodes)
        for (const call of calls)
          for (const wait of reader.waitsOf(call)) {
            const key = keyOf(wait.call.args[0]);
            const mine = completers.filter((each) => each.key === key);
            const [first] = mine;
            // What the waiting function gives up itself, before it waits, completes nothing later.
            const own = new Set([read.symbol, wait.read?.symbol ?? read.symbol]);
            if (first === undefined || !mine.every((each) => reader.needs(each.read, each.at, held.key, own))) {
              if (revokes(held) && mine.every((each) => reader.onlyCalledBy(each.read, own)))
                found.set(wait.call.at.start, forUnmaps(wait.read ?? read, wait.call, held.call));
              continue;
            }
            found.set(wait.call.at.start, {
              ...told(
                wait.read ?? read,
                wait.call.at,
                `\`${calleeName(wait.call.callee)}()\` waits for whoever needs the lock that is held here`,
                'nobody who is not shown completes it',
                [
                  { message: 'the lock is taken here', at: held.call.at },
                  { message: 'completed here, with that lock held', at: first.call.at },
                ],
              ),
            });
          }
  return [...found.values()];
}

/** From the notice to importers on, which is given with the reservation held, up to where one is let go of. */
function afterNotice(read: ReadFunction): readonly Held[] {
  return callsOf(read, INVALIDATES).map(({ at, call }) => {
    const ends = (here: ReadNode): boolean => here.calls.some((each) => RESV_UNLOCKS.test(calleeName(each.callee)));
    return { key: RESV, call, nodes: behind(read, at, ends) };
  });
}

/** What is reached from a node on, up to where that ends or lines are not shown. */
function behind(read: ReadFunction, from: ReadNode, ends: (here: ReadNode) => boolean): readonly ReadNode[] {
  return waysOf(read.graph)
    .from(from.node.next, (node) => {
      const here = read.nodes[node.id];
      return node.kind === 'hole' || here === undefined || ends(here);
    })
    .order.flatMap((id) => read.nodes[id] ?? []);
}

/** The importers were told with the reservation held, which they need to unmap. */
function revokes({ key, call }: Held): boolean {
  return key === RESV && INVALIDATES.test(calleeName(call.callee));
}

function forUnmaps(read: ReadFunction, wait: CallExpr, notice: CallExpr): DocumentReport {
  return told(
    read,
    wait.at,
    `\`${calleeName(wait.callee)}()\` waits with the reservation held that importers unmap under`,
    'what is waited for is that the importers, which were just told, have unmapped',
    [{ message: 'they are told here, which is done with the reservation held', at: notice.at }],
  );
}

/** Stretches of a function under a lock. */
function heldIn(read: ReadFunction): readonly Held[] {
  const stretches = (locks: RegExp, unlocks: RegExp, keyFor: (call: CallExpr) => string | null): Held[] =>
    callsOf(read, locks).flatMap(({ at, call }) => {
      const [name, key] = [argument(call, 0), keyFor(call)];
      if (name === null || key === null) return [];
      const nodes = behind(
        read,
        at,
        (here) =>
          renames(here, name) ||
          here.calls.some((each) => unlocks.test(calleeName(each.callee)) && argument(each, 0) === name),
      );
      return [{ key, call, nodes }];
    });
  return [
    ...stretches(LOCKS, UNLOCKS, (call) => keyOf(call.args[0])),
    ...stretches(RESV_LOCKS, RESV_UNLOCKS, () => RESV),
    ...afterNotice(read),
  ];
}

class Reader {
  private readonly bySymbol: ReadonlyMap<FunctionSymbol, ReadFunction>;
  /** Ops of exporters that the core calls with the reservation held. */
  private readonly withResv: ReadonlySet<FunctionSymbol>;
  private readonly registered: ReadonlySet<FunctionSymbol>;

  constructor(
    document: DocumentView,
    private readonly reads: readonly ReadFunction[],
  ) {
    this.bySymbol = new Map(reads.map((read) => [read.symbol, read]));
    const ops = [...document.tables.flatMap((table) => table.ops), ...document.shaped];
    const locked = ops.filter(
      ({ contract }) => contract.contexts.length > 0 && contract.contexts.every((each) => each === 'resv'),
    );
    this.withResv = new Set(locked.map((op) => op.function));
    this.registered = new Set(ops.map((op) => op.function));
  }

  /** Waits that a call comes to; `read`: the function further in that has it. */
  waitsOf(
    call: CallExpr,
    depth = DEPTH,
    within: ReadFunction | null = null,
  ): { readonly call: CallExpr; readonly read: ReadFunction | null }[] {
    if (WAITS.test(calleeName(call.callee))) return [{ call, read: within }];
    const read = call.callee.kind === 'direct' ? this.bySymbol.get(call.callee.symbol) : undefined;
    const dropped = (each: RegExp): boolean => read !== undefined && callsOf(read, each).length > 0;
    if (read === undefined || depth === 0 || dropped(UNLOCKS) || dropped(RESV_UNLOCKS)) return [];
    return read.nodes.flatMap(({ calls }) => calls.flatMap((inner) => this.waitsOf(inner, depth - 1, read)));
  }

  /** Whoever comes to this node has, or takes, the lock; `own`: functions that wait themselves. */
  needs(read: ReadFunction, at: ReadNode, key: string, own: ReadonlySet<FunctionSymbol>, depth = CALLERS): boolean {
    if (heldIn(read).some((held) => held.key === key && this.only(read, held, at))) return true;
    if (key === RESV && this.withResv.has(read.symbol)) return true;
    if (depth === 0 || this.registered.has(read.symbol)) return false;
    const callers = this.reads
      .filter(({ symbol }) => symbol !== read.symbol && !own.has(symbol))
      .flatMap((caller) => caller.nodes.flatMap((node) => (mentions(node, read.symbol) ? [{ caller, node }] : [])));
    return callers.length > 0 && callers.every(({ caller, node }) => this.needs(caller, node, key, own, depth - 1));
  }

  /** Nobody who is shown, other than these, comes to the function. */
  onlyCalledBy(read: ReadFunction, own: ReadonlySet<FunctionSymbol>): boolean {
    return (
      !this.registered.has(read.symbol) &&
      this.reads.every(({ symbol, nodes }) => own.has(symbol) || nodes.every((node) => !mentions(node, read.symbol)))
    );
  }

  /** The node runs under this lock, and no way to it goes around the lock. */
  private only(read: ReadFunction, held: Held, at: ReadNode): boolean {
    if (!held.nodes.includes(at)) return false;
    const taking = read.nodes.find(({ calls }) => calls.includes(held.call));
    const around = waysOf(read.graph).from([read.graph.entry], ({ id }) => id === taking?.node.id);
    return around.has[at.node.id] !== 1;
  }
}

/** Calls the function, or hands it on to be called (`kref_put(&x->ref, x_release)`). */
function mentions({ calls }: ReadNode, symbol: FunctionSymbol): boolean {
  return calls.some(
    (call) =>
      (call.callee.kind === 'direct' && call.callee.symbol === symbol) ||
      call.args.some((arg) => {
        const value = bare(arg);
        return value.kind === 'function' && value.symbol === symbol;
      }),
  );
}
