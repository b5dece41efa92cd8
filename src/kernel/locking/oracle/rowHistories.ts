/**
 * Random rows of a locking suite: what drivers could do with locks, and now and then what they must not. A row grows one operation at a time
 * and only where the operation makes sense; the verdict is compared elsewhere. Only tests use it.
 */
import { numbers } from './numbers.ts';
import { RowOracle } from './rowOracle.ts';

type Pick = (below: number) => number;

export interface RowHistory {
  readonly steps: readonly string[];
  readonly recursiveReads: boolean;
  /** First report and the step it came at; null: none. */
  readonly expected: { readonly rule: string; readonly step: number } | null;
}

/** Plain acquires with their release. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['L', 'U'],
  ['RL', 'RU'],
  ['WL', 'WU'],
  ['ML', 'MU'],
  ['RSL', 'RSU'],
  ['WSL', 'WSU'],
  ['RTL', 'RTU'],
  ['RAWL', 'RAWU'],
  ['LL', 'LLU'],
];
/** What one row is made of: mixed rows mostly end with a lock that sleeps where it must not. */
const MIXES: readonly (readonly number[])[] = [
  [0, 1, 2],
  [0],
  [1, 2],
  [3, 4, 5, 6],
  [4, 5],
  [0, 1, 2, 7, 8],
  [0, 1, 2, 3, 4, 5, 6, 7, 8],
];
const NAMES = ['A', 'B', 'C', 'D', 'X1', 'X2', 'Y1', 'Y2'];
const SLEEPING = ['ML', 'RSL', 'WSL', 'RTL'];
const GFP = ['GFP_KERNEL', 'GFP_NOFS', 'GFP_NOIO', 'GFP_NOWAIT', 'GFP_ATOMIC'];

/** A row as it grows: what is open, so that it can be closed again. */
class Row {
  readonly steps: string[] = [];
  readonly open: { readonly close: string; readonly what: string }[] = [];
  expected: RowHistory['expected'] = null;
  readonly oracle: RowOracle;

  constructor(
    readonly pick: Pick,
    readonly recursiveReads: boolean,
    /** Kinds of locks this row uses: few, so that the same ones meet. */
    readonly pairs: readonly (readonly [string, string])[],
    readonly names: readonly string[],
    readonly disciplined: boolean,
  ) {
    this.oracle = new RowOracle(recursiveReads);
  }

  get over(): boolean {
    return this.expected !== null || this.oracle.stuck;
  }

  do(step: string): void {
    this.steps.push(step);
    this.oracle.step(step);
    if (this.oracle.report !== null) this.expected ??= { rule: this.oracle.report, step: this.steps.length - 1 };
  }

  enter(step: string, close: string, what: string): void {
    this.do(step);
    this.open.push({ close, what });
  }

  /** Closes something: mostly the innermost, sometimes another lock. */
  leave(): void {
    const last = this.open.length - 1;
    const at = this.pick(4) === 0 ? this.pick(this.open.length) : last;
    const chosen = this.open[at];
    // What is entered is left in order: only locks may go earlier.
    const inOrder = chosen?.what === 'lock' && this.open.slice(at + 1).every((each) => each.what === 'lock');
    const index = inOrder ? at : last;
    const [entry] = this.open.splice(index, 1);
    if (entry !== undefined) this.do(entry.close);
  }

  inside(what: string): boolean {
    return this.open.some((each) => each.what === what);
  }
}

export function rowHistory(seed: number): RowHistory {
  const pick = numbers(seed);
  const mix = MIXES[pick(MIXES.length)] ?? [0];
  const pairs = Array.from({ length: 1 + pick(4) }, () => PAIRS[mix[pick(mix.length)] ?? 0] ?? (['L', 'U'] as const));
  const sleeping = pairs.some(([take]) => SLEEPING.includes(take));
  const disciplined = !sleeping && pick(2) === 0;
  const names = disciplined ? ['A', 'B', 'C', 'D'] : NAMES.filter(() => pick(5) < 2);
  const row = new Row(pick, pick(3) === 0, pairs, names.length === 0 ? ['A', 'B'] : names, disciplined);
  const flavour = pick(6);
  const steps = (row.disciplined ? 30 : 4) + pick(60);
  const lockShare = row.disciplined ? 56 : flavour < 2 ? 50 : 74;
  for (let i = 0; i < steps && !row.over; i++) {
    const what = pick(100);
    if (row.open.length > 0 && (what < 38 || row.open.length > 7)) row.leave();
    else if (what < lockShare) takePlain(row);
    else if (what < (flavour < 2 && !row.disciplined ? 56 : 88)) {
      if (!sleeping || pick(12) === 0) changeContext(row);
    } else if (flavour === 0) ww(row);
    else if (flavour === 1) reclaim(row);
    else misuse(row);
  }
  while (row.open.length > 0 && !row.over) row.leave();
  return { steps: row.steps, recursiveReads: row.recursiveReads, expected: row.expected };
}

function name(row: Row): string {
  return row.names[row.pick(row.names.length)] ?? 'A';
}

function takePlain(row: Row): void {
  const [take = 'L', drop = 'U'] = row.pairs[row.pick(row.pairs.length)] ?? [];
  const lock = name(row);
  const again = row.open.some((each) => each.close.endsWith(`U(${lock})`));
  if (again && (row.disciplined || row.pick(6) !== 0)) return;
  // Locks of a disciplined row keep to what they are for, mostly: then it is their order that breaks.
  if (row.disciplined && row.pick(60) !== 0) {
    const handler = row.inside('hardirq') || row.inside('softirq');
    const safe = lock < 'C';
    if (safe ? !handler && !row.inside('irqs') : handler) return;
  }
  if (take === 'L' && !row.disciplined && row.pick(8) === 0)
    row.enter(`L_NEST(${lock},${name(row)})`, `U(${lock})`, 'lock');
  else row.enter(`${take}(${lock})`, `${drop}(${lock})`, 'lock');
}

function changeContext(row: Row): void {
  const handler = row.inside('hardirq');
  const irqsOff = handler || row.inside('irqs') || row.inside('softirq');
  switch (row.pick(row.disciplined ? 6 : 9)) {
    case 0:
      if (!irqsOff) row.enter('HARDIRQ_DISABLE', 'HARDIRQ_ENABLE', 'irqs');
      return;
    case 1:
      if (!irqsOff) row.enter('SOFTIRQ_DISABLE', 'SOFTIRQ_ENABLE', 'bh');
      return;
    case 2:
    case 3: {
      const enter = row.pick(2) === 0 ? 'HARDIRQ_ENTER' : 'NOTTHREADED_HARDIRQ_ENTER';
      if (!irqsOff) row.enter(enter, 'HARDIRQ_EXIT', 'hardirq');
      return;
    }
    case 4:
    case 5:
      if (!irqsOff && !row.inside('bh')) row.enter('SOFTIRQ_ENTER', 'SOFTIRQ_EXIT', 'softirq');
      return;
    case 6:
      row.enter('RCU_READ_LOCK', 'RCU_READ_UNLOCK', 'rcu');
      return;
    case 7:
      if (!irqsOff) row.enter('RCU_READ_LOCK_BH', 'RCU_READ_UNLOCK_BH', 'bh');
      return;
    default:
      row.enter('RCU_READ_LOCK_SCHED', 'RCU_READ_UNLOCK_SCHED', 'rcu');
  }
}

function ww(row: Row): void {
  const lock = ['o', 'o2', 'o3'][row.pick(3)] ?? 'o';
  const context = row.inside('context');
  const held = row.open.some((each) => each.close === `WWU(${lock})`);
  switch (row.pick(10)) {
    case 0:
    case 1:
      if (!context) row.enter('WWAI(t)', 'WWAF(t)', 'context');
      return;
    case 2:
    case 3:
    case 4:
    case 5:
      // A lock the context has already answers -EALREADY: nothing to give back.
      if (context && held) row.do(`WWL(${lock},t)`);
      else if (context) row.enter(`WWL(${lock},t)`, `WWU(${lock})`, 'lock');
      return;
    case 6:
      if (!held) row.enter(`WWT(${lock})`, `WWU(${lock})`, 'lock');
      return;
    case 7:
      if (!held) row.enter(`WWL1(${lock})`, `WWU(${lock})`, 'lock');
      return;
    case 8:
      if (context) row.do('WWAD(t)');
      return;
    default:
      if (!held && row.pick(3) === 0) row.enter(`BASE_LOCK(${lock})`, `BASE_UNLOCK(${lock})`, 'lock');
      else if (row.pick(3) === 0) row.do('WWAI(t2)');
  }
}

function reclaim(row: Row): void {
  const gfp = GFP[row.pick(GFP.length)] ?? 'GFP_KERNEL';
  switch (row.pick(3)) {
    case 0:
      row.do(`MIGHT_ALLOC(${gfp})`);
      return;
    case 1:
      if (!row.inside('reclaim') && !row.inside('nofs'))
        row.enter(`FS_RECLAIM_ACQUIRE(${gfp})`, `FS_RECLAIM_RELEASE(${gfp})`, 'reclaim');
      return;
    default:
      if (!row.inside('nofs') && !row.inside('reclaim'))
        row.enter('MEMALLOC_NOFS_SAVE', 'MEMALLOC_NOFS_RESTORE', 'nofs');
  }
}

/** Once in a while: a release too many, a lock initialised where it stands, perhaps held. */
function misuse(row: Row): void {
  if (row.disciplined || row.pick(12) !== 0) return;
  const [, drop = 'U'] = row.pairs[row.pick(row.pairs.length)] ?? [];
  if (row.pick(2) === 0) row.do(`${drop}(${name(row)})`);
  else row.do(`${['SI', 'RWI', 'MI', 'RWSI', 'RTI'][row.pick(5)] ?? 'SI'}(${name(row)})`);
}
