/** How fast the lock validator is: acquires in known chains, and a new order in a large graph. */
import { Lockdep } from '../../kernel/locking/lockdep/lockdep.ts';

const NONE = null;

export async function bench(): Promise<string[]> {
  return [warmPairs(), newEdge(), forks()];
}

/** Nested acquires and releases of three locks, all chains known. */
function warmPairs(): string {
  const lockdep = new Lockdep();
  const task = lockdep.task(1);
  const ids = ['A', 'B', 'C'].map((name) => lockdep.classOf({ key: name, name, inner: 4 }));
  const [a = 0, b = 0, c = 0] = ids;
  const round = () => {
    lockdep.acquire(task, 1, a, 0, false, true, 0, NONE);
    lockdep.acquire(task, 2, b, 0, false, true, 0, NONE);
    lockdep.acquire(task, 3, c, 1, false, true, 0, NONE);
    lockdep.release(task, 3, NONE, c);
    lockdep.release(task, 2, NONE, b);
    lockdep.release(task, 1, NONE, a);
  };
  for (let i = 0; i < 100_000; i++) round();
  const rounds = 1_000_000;
  const start = performance.now();
  for (let i = 0; i < rounds; i++) round();
  const seconds = (performance.now() - start) / 1000;
  return `lockdep: ${((rounds * 3) / seconds / 1e6).toFixed(1)} M acquire/release pairs per second, warm chains, validator on`;
}

/** What else runs on the machine takes its time from single orders: the least of this many equal runs counts for each. */
const ROUNDS = 5;

function newEdge(): string {
  const rounds = Array.from({ length: ROUNDS }, newEdges);
  const [first] = rounds;
  return (first ?? [])
    .map(({ what, times }, row) => {
      const least = times.map((time, i) => Math.min(time, ...rounds.map((round) => round[row]?.times[i] ?? time)));
      least.sort((x, y) => x - y);
      const at = (share: number) => (least[Math.floor(least.length * share)] ?? 0).toFixed(3);
      const worst = (least.at(-1) ?? 0).toFixed(3);
      return `lockdep: ${what}: median ${at(0.5)} ms, 99th of 100 ${at(0.99)} ms, worst ${worst} ms`;
    })
    .join('\n');
}

/** 10,000 classes, 100,000 orders without a cycle; then new ones, each searched for cycles and interrupt conflicts. */
function newEdges(): { readonly what: string; readonly times: readonly number[] }[] {
  const lockdep = new Lockdep();
  const task = lockdep.task(1);
  const classes = 10_000;
  const ids = Array.from({ length: classes }, (_, i) => lockdep.classOf({ key: i, name: `lock ${i}` }));
  let state = 7;
  const pick = (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
  const order = (from: number, to: number) => {
    lockdep.acquire(task, from + 1, ids[from] ?? 0, 0, false, true, 0, NONE);
    lockdep.acquire(task, to + 1, ids[to] ?? 0, 0, false, true, 0, NONE);
    lockdep.release(task, to + 1, NONE);
    lockdep.release(task, from + 1, NONE);
  };
  // One class used in an interrupt: the searches for interrupt conflicts are on from the start.
  lockdep.hardirqsOff(task);
  lockdep.enterHardirq(task, true);
  lockdep.acquire(task, classes, ids[classes - 1] ?? 0, 0, false, true, 0, NONE);
  lockdep.release(task, classes, NONE);
  lockdep.exitHardirq(task);
  let made = 0;
  while (made < 100_000) {
    const from = pick(classes - 1);
    const to = from + 1 + pick(Math.min(200, classes - 1 - from));
    if (lockdep.graph.kinds(ids[from] ?? 0, ids[to] ?? 0) !== 0) continue;
    order(from, to);
    made++;
  }
  /** Times in ms of new orders whose ends `choose` picks. */
  const measure = (count: number, choose: () => readonly [number, number]): readonly number[] => {
    const times: number[] = [];
    while (times.length < count) {
      const [from, to] = choose();
      if (lockdep.graph.kinds(ids[from] ?? 0, ids[to] ?? 0) !== 0) continue;
      const start = performance.now();
      order(from, to);
      times.push(performance.now() - start);
    }
    return times;
  };
  const orders = lockdep.graph.edges().length;
  const front = measure(500, () => [pick(50), 60 + pick(400)]);
  const anywhere = measure(2000, () => {
    const from = pick(classes - 300);
    return [from, from + 201 + pick(classes - from - 202)];
  });
  const closing = measure(200, () => {
    const to = pick(classes - 300);
    return [to + 250 + pick(classes - to - 250), to];
  });
  return [
    { what: `new order among 10,000 classes and ${orders} orders`, times: anywhere },
    { what: 'the same from the front of the graph', times: front },
    { what: 'the same where it closes a cycle, with its report', times: closing },
  ];
}

/** Runs start from a taught graph; what they pay for is what they touch. */
function forks(): string {
  const base = new Lockdep();
  const task = base.task(1);
  for (let i = 0; i < 9; i++)
    base.acquire(task, i + 1, base.classOf({ key: i, name: `base ${i}` }), 0, false, true, 0, NONE);
  for (let i = 9; i > 0; i--) base.release(task, i, NONE);
  const count = 50_000;
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const fork = base.fork({});
    const own = fork.task(1);
    fork.acquire(own, 1, fork.classOf({ key: 0, name: 'base 0' }), 0, false, true, 0, NONE);
    fork.acquire(own, 99, fork.classOf({ key: 'own', name: 'own' }), 0, false, true, 0, NONE);
  }
  const micros = ((performance.now() - start) * 1000) / count;
  return `lockdep: ${micros.toFixed(2)} us for a fork of the taught graph with one new order`;
}
