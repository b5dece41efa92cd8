/**
 * A run as checks see it: the trace, with the calls of ops picked out of it. An op is called by the scenario itself (`op-enter`, `op-exit`)
 * or by the core's C code on the scenario's behalf (`call`, `return`).
 */
import type { OpCall, RunView } from '../checks/check.ts';
import type { ContextId } from '../contracts/contract.ts';
import type { Op } from '../contracts/opsTables.ts';
import { CONTEXT_WORDS, type Scenario } from '../explore/scenario.ts';
import type { Event, HeldLock } from '../machine/events.ts';
import type { Places } from './places.ts';

type Open = {
  call: { -readonly [K in keyof OpCall]: OpCall[K] };
  readonly task: number;
  readonly depth: number | null;
};

const NOTHING: readonly HeldLock[] = [];

const known = new WeakMap<Scenario, ReadonlyMap<string, Op>>();

/** Ops by the name of their function: a core calls whatever its table has, also what the scenario is not about. */
function opsOf(scenario: Scenario): ReadonlyMap<string, Op> {
  let ops = known.get(scenario);
  if (ops === undefined) {
    const around = new Set(scenario.ops.flatMap((op) => op.table.ops));
    ops = new Map([...around, ...scenario.ops].map((op) => [op.function.name, op]));
    known.set(scenario, ops);
  }
  return ops;
}

/** Picks out the op calls; an op whose run ended inside it has no exit. */
export function runView(trace: readonly Event[], scenario: Scenario, places: Places): RunView {
  const byFunction = opsOf(scenario);
  const open: Open[] = [];
  const ops: OpCall[] = [];
  const held = new Map<number, readonly HeldLock[]>();
  const begin = (
    op: Op,
    event: Event,
    index: number,
    context: string,
    before: readonly HeldLock[],
    depth: number | null,
  ): void => {
    const call = {
      table: op.table.symbol.name,
      member: op.member,
      function: op.function.name,
      contract: op.contract,
      context,
      enter: index,
      exit: null,
      heldBefore: before,
      heldAfter: null,
      result: null,
    };
    ops.push(call);
    open.push({ call, task: event.task, depth });
  };
  for (let index = 0; index < trace.length; index++) {
    const event = trace[index];
    if (event === undefined) continue;
    switch (event.kind) {
      // What there is most of comes first: a young process compares one by one.
      case 'call': {
        const op = event.model ? undefined : byFunction.get(event.function);
        if (op === undefined) break;
        const entered = open.some(({ task, call }) => task === event.task && call.function === event.function);
        if (entered) break;
        const holding = held.get(event.task) ?? NOTHING;
        begin(op, event, index, contextOf(op, holding), holding, event.depth);
        break;
      }
      case 'return': {
        if (!byFunction.has(event.function)) break;
        const at = open.findLastIndex(
          (candidate) =>
            candidate.task === event.task &&
            candidate.depth !== null &&
            event.depth <= candidate.depth + 1 &&
            candidate.call.function === event.function,
        );
        const closed = at < 0 ? undefined : open.splice(at, 1)[0];
        if (closed) {
          closed.call.exit = index;
          closed.call.heldAfter = held.get(event.task) ?? NOTHING;
          closed.call.result = event.value;
        }
        break;
      }
      case 'lock': {
        const lock = { mode: event.mode, trylock: event.trylock, at: event.at, ...event.lock };
        held.set(event.task, [...(held.get(event.task) ?? NOTHING), lock]);
        break;
      }
      case 'unlock': {
        const holding = held.get(event.task) ?? NOTHING;
        const at = holding.findLastIndex(
          (lock) => lock.address === event.lock.address && lock.class === event.lock.class,
        );
        if (at >= 0) held.set(event.task, holding.toSpliced(at, 1));
        break;
      }
      case 'op-enter': {
        const op = byFunction.get(event.function);
        if (op) begin(op, event, index, event.context, event.held, null);
        break;
      }
      case 'op-exit': {
        const at = open.findLastIndex((candidate) => candidate.task === event.task && candidate.depth === null);
        const closed = at < 0 ? undefined : open.splice(at, 1)[0];
        if (closed) {
          closed.call.exit = index;
          closed.call.heldAfter = event.held;
          closed.call.result = event.result;
        }
        break;
      }
      case 'trylock-failed':
      case 'task-switch':
      case 'alloc':
      case 'free':
      case 'decision':
      case 'fault':
      case 'report':
      case 'map':
      case 'unmap':
      case 'sync':
      case 'flush':
      case 'print':
      case 'assumption':
      case 'unsupported':
      case 'limit':
      case 'note':
        break;
      default: {
        const never: never = event;
        return never;
      }
    }
  }
  return {
    trace,
    ops,
    inDocument: (site) => places.inDocument(site.span),
    sourceOf: (site) => places.sourceOf(site.span),
  };
}

/** Of the contexts the contract names, the one that fits what is held. */
function contextOf(op: Op, held: readonly HeldLock[]): string {
  const { contexts } = op.contract;
  const fits = fitting(held).find((context) => contexts.includes(context));
  return CONTEXT_WORDS[fits ?? contexts[0] ?? 'process'];
}

function fitting(held: readonly HeldLock[]): readonly ContextId[] {
  const resv = held.some((lock) => lock.class.startsWith('reservation_ww_class'));
  const mmap = held.some((lock) => lock.class.includes('mmap_lock'));
  const notifier = held.find((lock) => lock.class.includes('notifier_lock'));
  const ofBuffer: ContextId = mmap ? 'mmap' : resv ? 'resv' : 'no-resv';
  if (notifier) return notifier.mode === 'shared' ? ['C1', 'C6', ofBuffer] : ['C2', ofBuffer];
  if (mmap) return resv ? ['mmap', 'C3'] : ['mmap', "C3'", 'C4'];
  return resv ? ['resv', 'C5'] : ['no-resv', 'C1u'];
}
