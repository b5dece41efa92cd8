/**
 * What runs showed of functions, for comparison with what is documented of them: whether they slept, how they allocated, which locks they
 * took and were called with, what they returned. Judges nothing; what is documented is `contractReport.ts`.
 */
import type { RunView } from '../checks/check.ts';
import { knownEffects } from '../kernel/effects.ts';
import { gfpflags_allow_blocking, gfpText } from '../kernel/memory/gfp.ts';
import type { Event, Site } from '../machine/events.ts';
import { resultOf } from './scenarioLog.ts';

/** Where something was seen first, and how often. */
export interface Seen {
  readonly at: Site | null;
  count: number;
}

/** Of one function. */
export interface ObservedFunction {
  calls: number;
  readonly contexts: Map<string, Seen>;
  /** Locks held when it was called, as one text. */
  readonly heldAtEntry: Map<string, Seen>;
  /** By what it slept in. */
  readonly sleeps: Map<string, Seen>;
  /** By flags; those that wait for reclaim are in `waits` too. */
  readonly allocations: Map<string, Seen>;
  readonly waits: Map<string, Seen>;
  readonly locks: Map<string, Seen>;
  readonly results: Map<string, Seen>;
  /** Calls without a lock that the function's comment says is held, by lock. */
  readonly missing: Map<string, Seen>;
}

interface Frame {
  readonly name: string;
  readonly depth: number;
}

/** Locks that are waited for asleep, by the function that takes them. */
const SLEEPING_LOCK =
  /^(?:__)?(?:mutex_lock|down(?:_read|_write)?|mmap_(?:read|write)_lock|dma_resv_lock|ww_mutex_lock|drm_exec)(?:_|$)(?!trylock)/;

export class Observed {
  private readonly functions = new Map<string, ObservedFunction>();

  constructor(private readonly names: ReadonlySet<string>) {}

  of(name: string): ObservedFunction | null {
    return this.functions.get(name) ?? null;
  }

  /** Takes up what one run shows. */
  note({ trace, ops }: RunView): void {
    const stacks = new Map<number, Frame[]>();
    const held = new Map<number, string[]>();
    for (const op of ops) if (this.names.has(op.function)) count(this.entry(op.function).contexts, op.context, null);
    for (const event of trace) {
      const frames = stacks.get(event.task) ?? [];
      if (event.kind === 'call' && !event.model && this.names.has(event.function)) {
        const entry = this.entry(event.function);
        entry.calls++;
        count(entry.heldAtEntry, (held.get(event.task) ?? []).join(', '), event.at);
        stacks.set(event.task, [...frames, { name: event.function, depth: event.depth }]);
      } else if (event.kind === 'return') this.returned(frames, event);
      else {
        if (event.kind === 'lock') held.set(event.task, [...(held.get(event.task) ?? []), event.lock.class]);
        if (event.kind === 'unlock') held.set(event.task, without(held.get(event.task) ?? [], event.lock.class));
        if (event.kind === 'report' && event.rule === 'documented-lock') {
          const name = String(event.data['what']);
          if (this.names.has(name)) count(this.entry(name).missing, String(event.data['lock']), event.at);
        }
        for (const name of new Set(frames.map((frame) => frame.name))) this.did(this.entry(name), event);
      }
    }
  }

  private returned(frames: Frame[], event: Extract<Event, { kind: 'return' }>): void {
    for (let top = frames.at(-1); top !== undefined && top.depth >= event.depth; top = frames.at(-1)) frames.pop();
    const top = frames.at(-1);
    if (top === undefined || top.depth !== event.depth - 1 || top.name !== event.function) return;
    frames.pop();
    count(this.entry(top.name).results, event.value === null ? 'nothing' : resultOf(event.value), event.at);
  }

  private did(entry: ObservedFunction, event: Event): void {
    switch (event.kind) {
      case 'lock':
        count(entry.locks, event.lock.class, event.at);
        if (!event.trylock && SLEEPING_LOCK.test(event.function)) count(entry.sleeps, event.function, event.at);
        break;
      case 'alloc': {
        if (event.gfp === null) break;
        const flags = gfpText(event.gfp);
        count(entry.allocations, flags, event.at);
        if (!gfpflags_allow_blocking(event.gfp)) break;
        count(entry.waits, `\`${event.function}\` with ${flags}`, event.at);
        count(entry.sleeps, `${event.function}(${flags})`, event.at);
        break;
      }
      case 'call':
        if (event.model && knownEffects(event.function)?.sleeps === 'yes')
          count(entry.sleeps, event.function, event.at);
        break;
      default:
        break;
    }
  }

  private entry(name: string): ObservedFunction {
    const known = this.functions.get(name);
    if (known !== undefined) return known;
    const made: ObservedFunction = {
      calls: 0,
      contexts: new Map(),
      heldAtEntry: new Map(),
      sleeps: new Map(),
      allocations: new Map(),
      waits: new Map(),
      locks: new Map(),
      results: new Map(),
      missing: new Map(),
    };
    this.functions.set(name, made);
    return made;
  }
}

function count(map: Map<string, Seen>, key: string, at: Site | null): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, { at, count: 1 });
  else known.count++;
}

function without(list: readonly string[], one: string): string[] {
  const at = list.lastIndexOf(one);
  return at < 0 ? [...list] : list.toSpliced(at, 1);
}
