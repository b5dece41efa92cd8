import { describe, expect, it } from 'vitest';
import { Lockdep } from './lockdep.ts';
import type { ClassSpec, LockdepReport, ReadKind } from './types.ts';
import { WAIT_CONFIG, WAIT_SLEEP, WAIT_SPIN } from './types.ts';

/**
 * A script of acquires and releases by lock name, run on a fresh validator; the answer is what was reported, in words. `A`, `A1`, `A2`: class A;
 * `r`: shared, `R`: recursive shared, `t`: trylock, `u`: release, `n(B)`: nested under B, `/1`: subclass.
 */
function run(script: string, options: Partial<ClassSpec> = {}): string[] {
  const bench = new Bench(options);
  for (const step of script.split(/\s+/)) bench.step(step);
  return bench.reports.map(text);
}

function text(report: LockdepReport): string {
  const legs = report.legs.map((leg) => `${leg.from}>${leg.to}`).join(' ');
  return `${report.kind} ${report.other ?? '-'} ${report.lock}${legs === '' ? '' : ` [${legs}]`}`;
}

class Bench {
  readonly reports: LockdepReport[] = [];
  readonly lockdep: Lockdep;
  place = 0;

  constructor(
    private readonly options: Partial<ClassSpec> = {},
    base?: Lockdep,
  ) {
    const onReport = (report: LockdepReport) => this.reports.push(report);
    this.lockdep = base === undefined ? new Lockdep({ onReport }) : base.fork({ onReport });
  }

  instance(lock: string): number {
    return [...lock].reduce((sum, c) => sum * 100 + c.charCodeAt(0), 0);
  }

  classOf(lock: string, subclass = 0): number {
    const name = lock.charAt(0);
    return this.lockdep.classOf({ key: name, name, subclass, ...this.options });
  }

  step(step: string): void {
    const parsed = /^([rRtuspxd]*)([A-Z]\d?)(?:\/(\d))?(?:n\((\w+)\))?$/.exec(step);
    if (parsed === null) throw new Error(`step ${step}`);
    const [, flags = '', lock = '', subclass = '0', nest] = parsed;
    const task = this.lockdep.task(1);
    const id = this.classOf(lock, Number(subclass));
    const read: ReadKind = flags.includes('R') ? 2 : flags.includes('r') ? 1 : 0;
    const site = ++this.place;
    if (flags.includes('u')) this.lockdep.release(task, this.instance(lock), site, id);
    else if (flags.includes('s')) this.lockdep.sync(task, this.instance(lock), id, read, site);
    else if (flags.includes('p')) this.lockdep.pin(task, this.instance(lock), id, site);
    else if (flags.includes('x')) this.lockdep.unpin(task, this.instance(lock), id, site);
    else if (flags.includes('d')) this.lockdep.downgrade(task, this.instance(lock), site);
    else {
      const under = nest === undefined ? 0 : this.instance(nest);
      this.lockdep.acquire(task, this.instance(lock), id, read, flags.includes('t'), true, under, site);
    }
  }
}

describe('what the locking suite of the kernel does not cover', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['two orders of two locks', 'A B uB uA B A', ['circular-locking B A [B>A A>B]']],
    ['a cycle of three names every leg', 'A B uB uA B C uC uB C A', ['circular-locking C A [C>A A>B B>C]']],
    ['the same pair is told once', 'A B uB uA B A uA uB B A', ['circular-locking B A [B>A A>B]']],
    [
      'after a report the graph still finds others',
      'A B uB uA B A uA uB C D uD uC D C',
      ['circular-locking B A [B>A A>B]', 'circular-locking D C [D>C C>D]'],
    ],
    ['a trylock makes no order to itself', 'A tB uB uA B A', []],
    [
      'but what is taken under it is ordered, and what is below as well',
      'A tB C uC uB uA C A',
      ['circular-locking C A [C>A A>C]'],
    ],
    ['order to a lock under a trylock', 'tB C uC uB C B', ['circular-locking C B [C>B B>C]']],
    [
      'a lock taken after a waited one is not connected to those further down directly',
      'A B C uC uB uA C A',
      ['circular-locking C A [C>A A>B B>C]'],
    ],
    ['lock_sync orders', 'A sB uA B A', ['circular-locking B A [B>A A>B]']],
    ['lock_sync is not held', 'sB A B', []],
    ['lock_sync of a held class', 'A1 sA2', ['recursive-locking A A [A>A]']],
    ['subclasses are classes', 'A1 A2/1 uA2 uA1', []],
    ['subclasses have an order', 'A1 A2/1 uA2 uA1 A2/1 A1', ['circular-locking A/1 A [A/1>A A>A/1]']],
    ['recursion', 'A1 A2', ['recursive-locking A A [A>A]']],
    ['recursive readers', 'RA1 RA2 RA1', []],
    ['readers that are not recursive', 'rA1 rA2', ['recursive-locking A A [A>A]']],
    ['nesting under a held lock', 'N A1n(N) A2n(N) A3n(N) uA1 uA2 uA3 uN', []],
    ['nesting under a lock that is not held', 'A1n(N)', ['nest-lock-not-held - A']],
    ['an unnested lock of a class after nested ones', 'N A1n(N) A2n(N) uA2 uA1 A1 A2', ['recursive-locking A A [A>A]']],
    ['nested locks count down', 'N A1n(N) A2n(N) uA2 uA1 uA1', ['bad-unlock-balance - A']],
    ['an edge that only re-acquiring makes', 'tA tB C uA D uD uC uB D C', ['circular-locking D C [D>C C>D]']],
    ['re-acquiring connects across a removed lock', 'A B C uB uC uA C A', ['circular-locking C A [C>A A>C]']],
    ['release of a lock that is not held', 'A uB uA', ['bad-unlock-balance - B']],
    ['release twice', 'A uA uA', ['bad-unlock-balance - A']],
    ['pinned locks stay', 'A pA uA', ['pinned-lock-released - A']],
    ['unpinned locks go', 'A pA xA uA', []],
    ['unpinning what is not pinned', 'A xA uA', ['pinned-lock-released - A']],
    ['downgrade makes a reader', 'A dA RA', []],
    ['without it', 'A RA', ['recursive-locking A A [A>A]']],
    [
      'the order of a downgraded lock is that of a reader',
      'B A uA uB A dA RB uB uA',
      ['circular-locking A B [A>B B>A]'],
    ],
    ['weak paths are none', 'RA B uB uA B RA', []],
    ['strong ones are', 'rA B uB uA B rA', ['circular-locking B A [B>A A>B]']],
    [
      'a known chain of readers does not hide a writer',
      'RA B uB uA B RA uA uB B A',
      ['circular-locking B A [B>A A>B]'],
    ],
    [
      'each class is visited once: a weak visit hides a strong one',
      'A RB uB uA A C uC uA C B uB uC RB D uD uB D A',
      [],
    ],
    [
      'learnt the other way round, the strong one comes first',
      'A B uB uA A C uC uA C RB uB uC RB D uD uB D A',
      ['circular-locking D A [D>A A>B B>D]'],
    ],
    ['the cache of chains does not know of nesting', 'N B A1 D A2n(N) uA2 uD uA1 uB uN N B A1 D A2', []],
  ];
  it.each(cases)('%s', (_title, script, reports) => {
    expect(run(script)).toEqual(reports);
  });

  it('the 48th lock is one too many', () => {
    const readers = (count: number) => run(Array.from({ length: count }, () => 'RA').join(' '));
    expect(readers(47)).toEqual([]);
    expect(readers(48)).toEqual(['lock-depth-exceeded - A']);
  });

  it('a comparison function orders instances of one class', () => {
    const compare = (held: number, next: number) => held - next;
    expect(run('A1 A2 A3', { compare })).toEqual([]);
    expect(run('A2 A1', { compare })).toEqual(['recursive-locking A A [A>A]']);
  });

  it('classes that are not validated or not tracked say nothing', () => {
    expect(run('A1 A2 B uB uA2 uA1 B A1', { novalidate: true })).toEqual([]);
    expect(run('A1 A2 uA1 uA1 uB', { untracked: true })).toEqual([]);
  });

  it('more locks than the kernel tracks', () => {
    const script = Array.from({ length: 49 }, (_, i) => `tA${i % 10}`).join(' ');
    expect(run(script)).toEqual(['lock-depth-exceeded - A']);
  });

  it('each leg knows its place and its teacher', () => {
    const bench = new Bench();
    bench.lockdep.note = 'taught';
    for (const step of 'A B uB uA'.split(' ')) bench.step(step);
    bench.lockdep.note = null;
    for (const step of 'B C uC uB C A'.split(' ')) bench.step(step);
    expect(bench.reports[0]?.legs).toEqual([
      { from: 'C', to: 'A', site: 10, note: null },
      { from: 'A', to: 'B', site: 2, note: 'taught' },
      { from: 'B', to: 'C', site: 6, note: null },
    ]);
    expect(bench.reports[0]?.held).toMatchObject([{ name: 'C', site: 9 }]);
  });

  it('forks learn apart from each other and from their base', () => {
    const base = new Bench();
    for (const step of 'A B uB uA'.split(' ')) base.step(step);
    const edges = base.lockdep.graph.edges().length;
    const [one, two] = [new Bench({}, base.lockdep), new Bench({}, base.lockdep)];
    for (const step of 'B C uC uB'.split(' ')) one.step(step);
    for (const step of 'C B uB uC B A'.split(' ')) two.step(step);
    expect(one.reports).toEqual([]);
    expect(two.reports.map(text)).toEqual(['circular-locking B A [B>A A>B]']);
    expect(one.lockdep.graph.edges()).toHaveLength(edges + 1);
    expect(base.lockdep.graph.edges()).toHaveLength(edges);
    for (const step of 'C A'.split(' ')) one.step(step);
    expect(one.reports.map(text)).toEqual(['circular-locking C A [C>A A>B B>C]']);
  });

  it('freed memory with a held lock in it', () => {
    const bench = new Bench();
    bench.step('A');
    const at = bench.instance('A');
    expect(bench.lockdep.freed(at - 8, 8, bench.lockdep.task(1), null)).toBe(false);
    expect(bench.lockdep.freed(at - 8, 9, bench.lockdep.task(1), null)).toBe(true);
    expect(bench.reports.map(text)).toEqual(['held-lock-freed - A']);
  });

  it('wait types, with and without the distinction of raw spinlocks', () => {
    const nest = (outer: ClassSpec['inner'], inner: ClassSpec['inner'], rawLockNesting: boolean) => {
      const reports: LockdepReport[] = [];
      const lockdep = new Lockdep({ rawLockNesting, onReport: (report) => reports.push(report) });
      const task = lockdep.task(1);
      for (const [name, type] of [
        ['A', outer],
        ['B', inner],
      ] as const)
        lockdep.acquire(
          task,
          name.charCodeAt(0),
          lockdep.classOf({ key: name, name, inner: type ?? 0 }),
          0,
          false,
          true,
          0,
          0,
        );
      return reports.map((report) => report.kind);
    };
    expect(nest(WAIT_SPIN, WAIT_CONFIG, true)).toEqual(['invalid-wait-context']);
    expect(nest(WAIT_SPIN, WAIT_CONFIG, false)).toEqual([]);
    expect(nest(WAIT_CONFIG, WAIT_SLEEP, false)).toEqual(['invalid-wait-context']);
    expect(nest(WAIT_SLEEP, WAIT_SPIN, true)).toEqual([]);
  });
});
