/**
 * A lock that is held while the function waits for work, a timer, a thread or an interrupt handler which takes that lock itself. What runs
 * for an object that nobody made is read off the document: which function was registered for which member. Read, not run.
 */
import type { Expr, FunctionSymbol, Place } from '../c/ir.ts';
import { registeringCalls } from '../contracts/callbacks.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf, stretch, underLock } from './flowSides.ts';
import { bare, calleeName, placeName } from './irNames.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

export const LOCKS =
  /^(?:mutex_lock(?:_interruptible|_killable|_nested)?|down_(?:read|write)|(?:raw_)?spin_lock(?:_irq|_bh|_irqsave)?)$/;
/** `guard()` (include/linux/cleanup.h): taken to the end of a scope. */
const GUARDS = /^class_(?:mutex|spinlock|raw_spinlock|rwsem)\w*_constructor$/;
export const UNLOCKS = /^(?:mutex_unlock|up_(?:read|write)|(?:raw_)?spin_unlock(?:_irq|_bh|_irqrestore)?)$/;
/** End only when what was registered has ended (kernel/workqueue.c, kernel/time/timer.c, kernel/irq/manage.c). */
const WAITS =
  /^(?:cancel_(?:delayed_)?work_sync|flush_(?:delayed_)?work|disable_work_sync|(?:del_timer|timer_delete|timer_shutdown)_sync|tasklet_kill|tasklet_disable|kthread_cancel_work_sync|kthread_flush_work|free_irq|disable_irq|synchronize_irq|kthread_stop|irq_work_sync)$/;
/** Calls between the lock and the wait, and between the handler and its lock. */
const DEPTH = 2;

/** The member that something is kept in: `orca_eng.reset`; a name for what is no member. */
export function keyOf(expr: Expr | undefined): string | null {
  let value = expr === undefined ? null : bare(expr);
  while (value?.kind === 'offset') value = bare(value.pointer);
  if (value?.kind !== 'address' && value?.kind !== 'load') return null;
  // `&e->idle.work`, and `&(&e->idle)->work`, is the work of `e->idle`.
  let { place } = value;
  if (place.kind === 'member') {
    const outer = direct(place.base);
    const tag = outer.type.kind === 'struct' ? outer.type.tag : '';
    if (outer.kind === 'member' && /^(?:delayed_work|kthread_delayed_work)$/.test(tag)) place = outer;
  }
  if (place.kind === 'member' && place.base.type.kind === 'struct' && place.member.name !== null)
    return `${place.base.type.tag}.${place.member.name}`;
  return place.kind === 'global' ? placeName(place) : null;
}

/** `*&x` is `x`. */
function direct(place: Place): Place {
  const pointer = place.kind === 'deref' ? bare(place.pointer) : null;
  return pointer?.kind === 'address' ? direct(pointer.place) : place;
}

/** Which functions run for what a member holds. */
function registered(reads: readonly ReadFunction[]): ReadonlyMap<string, ReadonlySet<FunctionSymbol>> {
  const found = new Map<string, Set<FunctionSymbol>>();
  const note = (key: string | null, target: FunctionSymbol): void => {
    if (key !== null) found.set(key, (found.get(key) ?? new Set()).add(target));
  };
  const byCall = new Map(registeringCalls.map((row) => [`${row.call} ${row.argument}`, row]));
  for (const { nodes } of reads)
    for (const { calls, all } of nodes) {
      for (const call of calls)
        for (const [i, arg] of call.args.entries()) {
          const value = bare(arg);
          if (value.kind !== 'function' || !byCall.has(`${calleeName(call.callee)} ${i}`)) continue;
          note(keyOf(call.args[calleeName(call.callee).startsWith('devm_') ? 1 : 0]), value.symbol);
        }
      // What INIT_WORK() and its like become: `w->func = f`.
      for (const expr of all) {
        if (expr.kind !== 'assign' || expr.place.kind !== 'member') continue;
        const value = bare(expr.value);
        if (value.kind !== 'function' || !/^(?:func|function|callback)$/.test(expr.place.member.name ?? '')) continue;
        const { base } = expr.place;
        note(keyOf({ kind: 'address', place: base, type: value.type, at: expr.at }), value.symbol);
      }
    }
  return found;
}

interface Taken {
  readonly key: string;
  readonly call: CallExpr;
}

/** Locks that a function, or what it calls, takes. */
function locksOf(
  reads: ReadonlyMap<FunctionSymbol, ReadFunction>,
  symbol: FunctionSymbol,
  depth = DEPTH,
): readonly Taken[] {
  const read = reads.get(symbol);
  if (read === undefined) return [];
  const own = [...callsOf(read, LOCKS), ...callsOf(read, GUARDS)].flatMap(({ call }) => {
    const key = keyOf(call.args[0]);
    return key === null ? [] : [{ key, call }];
  });
  if (depth === 0) return own;
  return [
    ...own,
    ...read.nodes.flatMap(({ calls }) =>
      calls.flatMap(({ callee }) => (callee.kind === 'direct' ? locksOf(reads, callee.symbol, depth - 1) : [])),
    ),
  ];
}

/** Waits that a call comes to. */
function waitsOf(reads: ReadonlyMap<FunctionSymbol, ReadFunction>, call: CallExpr, depth = DEPTH): readonly CallExpr[] {
  if (WAITS.test(calleeName(call.callee))) return [call];
  const read = call.callee.kind === 'direct' ? reads.get(call.callee.symbol) : undefined;
  // Who drops locks on the way is not followed.
  if (read === undefined || depth === 0 || callsOf(read, UNLOCKS).length > 0) return [];
  return read.nodes.flatMap(({ calls }) => calls.flatMap((inner) => waitsOf(reads, inner, depth - 1)));
}

function heldAt(read: ReadFunction): readonly { key: string; call: CallExpr; nodes: readonly ReadNode[] }[] {
  return underLock(read, LOCKS, UNLOCKS).flatMap(({ nodes, lock }) => {
    const key = keyOf(lock.args[0]);
    return key === null ? [] : [{ key, call: lock, nodes }];
  });
}

/** Held from a `guard()` to the end of the function; one in an inner block ends with that. */
function guardedAt(read: ReadFunction): ReturnType<typeof heldAt> {
  return callsOf(read, GUARDS).flatMap(({ at, call }) => {
    const key = keyOf(call.args[0]);
    const variable = at.node.declares;
    const outermost = read.ir.body.body.some((each) => each.kind === 'declare' && each.variable === variable);
    if (key === null || variable === null || !outermost) return [];
    return [{ key, call, nodes: stretch(read, at, call, () => false) }];
  });
}

/** Waits under a lock for what takes it. */
export function waitsForHolders(document: DocumentView): DocumentReport[] {
  const all = readFunctions(document);
  const runs = registered(all);
  if (runs.size === 0) return [];
  const reads = new Map(all.map((read) => [read.symbol, read]));
  const found = new Map<number, DocumentReport>();
  for (const read of all)
    for (const { key, call: lock, nodes } of [...heldAt(read), ...guardedAt(read)])
      for (const { calls } of nodes)
        for (const call of calls)
          for (const wait of waitsOf(reads, call)) {
            const targets = runs.get(keyOf(wait.args[0]) ?? '') ?? new Set<FunctionSymbol>();
            for (const target of targets) {
              const taken = locksOf(reads, target).find((each) => each.key === key);
              if (taken === undefined || target === read.symbol) continue;
              found.set(wait.at.start, {
                ...told(
                  read,
                  wait.at,
                  `\`${calleeName(wait.callee)}()\` waits for \`${target.name}\`, which waits for a lock held here`,
                  null,
                  [
                    { message: 'the lock is taken here', at: lock.at },
                    { message: `\`${target.name}\` takes it here`, at: taken.call.at },
                  ],
                ),
              });
            }
          }
  return [...found.values()];
}
