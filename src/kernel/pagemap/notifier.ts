/**
 * Sequence numbers of mmu notifiers: who is invalidating, what interval users must store, and whether what a reader collected is still
 * good. The kernel's lists are walked in bundled C (mmu_notifier.c). An invalidation that nobody runs as a task of its own is offered once
 * per run as a decision, where a reader asks whether it must retry.
 */
import type { HeldLock, Site } from '../../machine/events.ts';
import type { MachineServices, ModelCall, ModelRequest, ModelResult, Scalar, StateKey } from '../../machine/model.ts';
import { heldLocks, lock_map_acquire, lock_map_release, MMU_NOTIFIER_MAP, might_sleep } from '../locking/context.ts';
import { non_block_end, non_block_start } from '../locking/sections.ts';
import { noteSubscribed } from '../memory/subscribed.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { addressArgument, integerArgument, integerField, NO_EFFECTS, report } from './report.ts';

const SUB = 'struct mmu_interval_notifier';

interface Sequences {
  /** Per address space: the current sequence (odd while something invalidates) and the tasks that do. */
  readonly spaces: Map<number, { sequence: number; readonly tasks: number[] }>;
  /** Classes of the locks under which an interval's sequence was stored. */
  readonly writers: Map<number, Set<string>>;
  readonly stored: Map<number, bigint>;
  raced: boolean;
  /** The last reading of each interval by each task, in order. */
  readonly readers: IntervalReader[];
  /** A task of this run invalidates: nothing needs to be guessed. */
  acted: boolean;
  /** Nobody known reads the sequence, or not every invalidation changes anything: what is not stored is missed by nobody. */
  unread: boolean;
}

/** A task that took an interval's sequence number. */
export interface IntervalReader {
  readonly sub: number;
  readonly mm: number;
  readonly task: number;
  readonly at: Site;
  /** Events of the run before it. */
  readonly since: number;
  /** The interval was invalidated since, and the reader has not asked after that. */
  invalidated: boolean;
}

/** Says that the scenario invalidates in a task of its own. */
export function invalidationComes(machine: MachineServices): void {
  const state = machine.state(key);
  state.acted = true;
  state.raced = true;
}

/** Says that no reader of the interval's sequence is known. */
export function nobodyReads(machine: MachineServices): void {
  machine.state(key).unread = true;
}

/** Who has read a sequence in this run; grows as it goes on. */
export function intervalReaders(machine: MachineServices): readonly IntervalReader[] {
  return machine.state(key).readers;
}

function noteReader(call: ModelCall, sub: number): void {
  const { machine } = call;
  const { readers } = machine.state(key);
  const task = machine.currentTask;
  const known = readers.findIndex((reader) => reader.sub === sub && reader.task === task);
  if (known >= 0) readers.splice(known, 1);
  const at = machine.callerSite() ?? call.at;
  readers.push({ sub, mm: mmOf(machine, sub), task, at, since: machine.trace.length, invalidated: false });
}

const key: StateKey<Sequences> = {
  name: 'pagemap.notifier',
  create: () => ({
    spaces: new Map(),
    writers: new Map(),
    stored: new Map(),
    raced: false,
    readers: [],
    acted: false,
    unread: false,
  }),
  fork: (sealed) => ({
    ...sealed,
    spaces: new Map([...sealed.spaces].map(([mm, { sequence, tasks }]) => [mm, { sequence, tasks: [...tasks] }])),
    writers: new Map([...sealed.writers].map(([sub, classes]) => [sub, new Set(classes)])),
    stored: new Map(sealed.stored),
    readers: sealed.readers.map((reader) => ({ ...reader })),
  }),
};

function space(machine: MachineServices, mm: number): { sequence: number; readonly tasks: number[] } {
  const { spaces } = machine.state(key);
  let known = spaces.get(mm);
  if (known === undefined) {
    known = { sequence: 2, tasks: [] };
    spaces.set(mm, known);
  }
  return known;
}

/** Locks that are objects: the regions that stand for reclaim and notifiers protect nothing. */
function realLocks(machine: MachineServices): readonly HeldLock[] {
  return heldLocks(machine).filter((held) => held.address !== 0);
}

function mmOf(machine: MachineServices, sub: number): number {
  return Number(integerField(machine, sub, SUB, 'mm') ?? 0n);
}

function begin(call: ModelCall): ModelResult {
  const mm = addressArgument(call, 0);
  const known = space(call.machine, mm);
  known.sequence |= 1;
  known.tasks.push(call.machine.currentTask);
  return known.sequence;
}

function end(call: ModelCall): ModelResult {
  const known = space(call.machine, addressArgument(call, 0));
  const at = known.tasks.lastIndexOf(call.machine.currentTask);
  if (at >= 0) known.tasks.splice(at, 1);
  if (known.tasks.length === 0) known.sequence = (known.sequence | 1) + 1;
  return undefined;
}

function called(call: ModelCall): ModelResult {
  const sub = addressArgument(call, 0);
  const sequence = integerArgument(call, 1);
  const done = integerArgument(call, 2);
  for (const reader of call.machine.state(key).readers) if (reader.sub === sub) reader.invalidated = true;
  const blockable = integerArgument(call, 3);
  if (done === 0n) {
    if (blockable !== 0n)
      report(call.machine, 'mmu-invalidate-refused', '`invalidate` returned false for a range that may block');
    return undefined;
  }
  if (call.machine.state(key).unread) return undefined;
  // Of an `invalidate` that nobody sees, nobody knows what it stored.
  const missing = done !== null && sequence !== null && call.machine.state(key).stored.get(sub) !== sequence;
  if (missing && hasReaders(call.machine) && !ownEvent(call.machine))
    report(call.machine, 'mmu-interval-seq-not-set', '`invalidate` returned without `mmu_interval_set_seq`');
  return undefined;
}

const TABLES = /\bstruct mmu_interval_notifier_ops \w+\s*=/g;
const READERS = /\bmmu_interval_(?:read_begin|read_retry|check_retry)\b/;

/**
 * Who reads no sequence number needs none to be stored (include/linux/mmu_notifier.h:mmu_interval_set_seq). Of several tables it is not said
 * whose notifiers are read.
 */
function hasReaders({ program }: MachineServices): boolean {
  const texts = program.units.flatMap(({ origin, text }) => (origin === 'document' ? [text] : []));
  const tables = texts.reduce((sum, text) => sum + (text.match(TABLES)?.length ?? 0), 0);
  return tables <= 1 && texts.some((text) => READERS.test(text));
}

/** Readers may stand on lines that are not shown. */
function shownInPart({ program }: MachineServices): boolean {
  return program.units.some(
    ({ origin, fragment, holes }) => origin === 'document' && (fragment || (holes ?? []).length > 0),
  );
}

/** The answer was made to depend on what kind of event it is, or whose: a driver leaves out what it brings about itself (its own migration). */
function ownEvent({ trace }: MachineServices): boolean {
  const entered = trace.findLastIndex((event) => event.kind === 'op-enter');
  return trace
    .slice(Math.max(0, entered))
    .some((event) => event.kind === 'decision' && /range(?:->|\.)(?:event|owner)\b/.test(event.question));
}

function setSeq(call: ModelCall): ModelResult {
  const { machine } = call;
  const sub = addressArgument(call, 0);
  const sequence = integerArgument(call, 1);
  if (sub === 0) return undefined;
  machine.writeField(sub, SUB, 'invalidate_seq', call.args[1] ?? 0);
  const state = machine.state(key);
  if (sequence !== null) state.stored.set(sub, sequence);
  const held = realLocks(machine);
  if (held.length === 0 && (hasReaders(machine) || shownInPart(machine)))
    report(machine, 'mmu-interval-set-seq-unlocked', '`mmu_interval_set_seq` without a lock that readers check under');
  const classes = state.writers.get(sub) ?? new Set();
  for (const lock of held) classes.add(lock.class);
  state.writers.set(sub, classes);
  const current = state.spaces.get(mmOf(machine, sub))?.sequence;
  if (sequence !== null && current !== undefined && (current & 1) === 1 && sequence !== BigInt(current))
    report(machine, 'mmu-interval-set-seq-value', '`mmu_interval_set_seq` with another sequence than `invalidate` got');
  return undefined;
}

function* readBegin(call: ModelCall): Generator<ModelRequest, ModelResult, Scalar> {
  const { machine } = call;
  const sub = addressArgument(call, 0);
  might_sleep(machine, 'mmu_interval_read_begin()');
  lock_map_acquire(machine, MMU_NOTIFIER_MAP);
  lock_map_release(machine, MMU_NOTIFIER_MAP);
  const known = space(machine, mmOf(machine, sub));
  if (known.tasks.includes(machine.currentTask))
    report(machine, 'mmu-interval-begin-in-notifier', 'waits for an invalidation that this task itself runs');
  else if (known.tasks.length > 0)
    yield { kind: 'block', ready: () => known.tasks.length === 0, on: 'a running mmu notifier' };
  if (sub === 0) return machine.unknown(call.signature.result, 'mmu_interval_read_begin()');
  if (!machine.state(key).acted) return machine.readField(sub, SUB, 'invalidate_seq');
  // As the registration left it; and from here on the other task may invalidate.
  if (integerField(machine, sub, SUB, 'invalidate_seq') === null) machine.writeField(sub, SUB, 'invalidate_seq', 1);
  const sequence = machine.readField(sub, SUB, 'invalidate_seq');
  noteReader(call, sub);
  yield { kind: 'yield', at: call.name };
  return sequence;
}

/** True when what was collected under `sequence` may be stale. */
function changed(call: ModelCall): boolean {
  const { machine } = call;
  const sub = addressArgument(call, 0);
  for (const reader of machine.state(key).readers)
    if (reader.sub === sub && reader.task === machine.currentTask) reader.invalidated = false;
  const sequence = integerArgument(call, 1);
  const now = integerField(machine, sub, SUB, 'invalidate_seq');
  if (now !== null && sequence !== null && now !== sequence) return true;
  const state = machine.state(key);
  if (state.raced) return false;
  const question = `${call.name}(): was the range invalidated meanwhile?`;
  if (machine.choose('notifier-race', question, ['no', 'yes'], machine.callerSite()) === 0) return false;
  state.raced = true;
  if (now !== null) machine.writeField(sub, SUB, 'invalidate_seq', Number(now) + 2);
  return true;
}

function readRetry(call: ModelCall): ModelResult {
  const { machine } = call;
  const held = realLocks(machine);
  const writers = machine.state(key).writers.get(addressArgument(call, 0));
  // Who sets the sequence under no lock is told there.
  const guarded =
    writers === undefined || writers.size === 0 ? held.length > 0 : held.some((lock) => writers.has(lock.class));
  if (!guarded) {
    const lock = writers === undefined || writers.size === 0 ? 'any lock' : `\`${[...writers].join('`, `')}\``;
    report(
      machine,
      'mmu-interval-retry-unlocked',
      `\`mmu_interval_read_retry\` outside ${lock} that \`invalidate\` takes`,
    );
  }
  return changed(call) ? 1 : 0;
}

const source = 'mm/mmu_notifier.c';

export const notifierModels: readonly DocumentedModel[] = [
  {
    name: 'mmu_interval_read_begin',
    run: readBegin,
    effects: { ...NO_EFFECTS, sleeps: 'yes', locks: 'waits for a running invalidation' },
    source: `${source}:mmu_interval_read_begin`,
  },
  {
    name: 'mmu_interval_read_retry',
    run: readRetry,
    effects: { ...NO_EFFECTS, locks: 'needs the lock that `invalidate` takes', fails: 'true: collect again' },
    source: `include/linux/mmu_notifier.h:mmu_interval_read_retry`,
  },
  {
    name: 'mmu_interval_check_retry',
    run: (call) => (changed(call) ? 1 : 0),
    effects: { ...NO_EFFECTS, fails: 'true: collect again' },
    source: `include/linux/mmu_notifier.h:mmu_interval_check_retry`,
  },
  {
    name: 'mmu_interval_set_seq',
    run: setSeq,
    effects: { ...NO_EFFECTS, locks: 'needs the lock that readers check under' },
    source: `include/linux/mmu_notifier.h:mmu_interval_set_seq`,
  },
  {
    name: '__mmu_notifier_map',
    run: (call) => {
      if (integerArgument(call, 0) === 1n) lock_map_acquire(call.machine, MMU_NOTIFIER_MAP);
      else lock_map_release(call.machine, MMU_NOTIFIER_MAP);
      return undefined;
    },
    effects: NO_EFFECTS,
    source: `${source}:__mmu_notifier_invalidate_range_start_map`,
  },
  {
    name: '__mmu_notifier_nonblock',
    run: (call) => {
      if (integerArgument(call, 0) === 1n) non_block_start(call.machine);
      else non_block_end(call.machine);
      return undefined;
    },
    effects: NO_EFFECTS,
    source: `${source}:mn_hlist_invalidate_range_start`,
  },
  { name: '__mmu_notifier_begin', run: begin, effects: NO_EFFECTS, source: `${source}:mn_itree_inv_start_range` },
  { name: '__mmu_notifier_end', run: end, effects: NO_EFFECTS, source: `${source}:mn_itree_inv_end` },
  {
    name: '__mmu_interval_subscribed',
    run: (call) => {
      noteSubscribed(call.machine, addressArgument(call, 0), integerArgument(call, 1) === 1n);
      return undefined;
    },
    effects: NO_EFFECTS,
    source: `${source}:__mmu_interval_notifier_insert`,
  },
  { name: '__mmu_interval_called', run: called, effects: NO_EFFECTS, source: `${source}:mn_itree_invalidate` },
];
