/** Models that block, yield and call back; tasks; stepping; and that a run leaves nothing behind. */
import { describe, expect, test } from 'vitest';
import { loadProgram, show } from '../../test/plainRuns.ts';
import { INT, VOID_POINTER } from './layout.ts';
import { createMachine, type Machine, type RunOptions } from './machine.ts';
import type { Model, StateKey } from './model.ts';

interface Gate {
  open: boolean;
  log: string[];
}
const GATE: StateKey<Gate> = { name: 'gate', create: () => ({ open: false, log: [] }) };

const MODELS: readonly Model[] = [
  {
    name: 'wait',
    run: function* (call) {
      const gate = call.machine.state(GATE);
      gate.log.push(`${call.machine.currentTask} waits`);
      yield { kind: 'block', ready: () => gate.open, on: 'the gate' };
      gate.log.push(`${call.machine.currentTask} goes on`);
      return 7;
    },
  },
  {
    name: 'open_gate',
    run: (call) => {
      call.machine.state(GATE).open = true;
      return undefined;
    },
  },
  {
    name: 'pause',
    run: function* () {
      yield { kind: 'yield', at: 'pause' };
      return undefined;
    },
  },
  {
    name: 'start',
    run: (call) => call.machine.spawn('worker', call.args[0] ?? 0, [call.args[1] ?? 0]),
  },
  {
    name: 'twice',
    run: function* (call) {
      const target = call.args[0] ?? 0;
      const first = yield { kind: 'call', target, args: [1], why: 'first' };
      const second = yield { kind: 'call', target, args: [first], why: 'second' };
      return second;
    },
  },
];

const TEXT = `
int wait(void); void open_gate(void); void pause(void); int start(void (*f)(long), long x); int twice(int (*f)(int));
static int total; static long seen[4];
static int grow(int x) { total += x; return x * 10 + total; }
int callback(void) { return twice(grow); }
static void opener(long x) { total += x; open_gate(); }
int waits(void) { start(opener, 5); int r = wait(); return r * 100 + total; }
int alone(void) { return wait(); }
static void other(long x) { seen[0] = x; pause(); seen[1] = total; }
int both(void) { start(other, 3); total = 1; pause(); total = 2; pause(); return seen[0] * 10 + seen[1]; }
static void racer(long x) { total = 10; total = 20; }
int race(void) { start(racer, 0); int a = total; int b = total; return a * 100 + b; }
static int fact(int n) { if (n < 2) return 1; int rest = fact(n - 1); return n * rest; }
int world(int *p) { total += *p; *p = 99; return total; }
`;

async function machineFor(): Promise<Machine> {
  return createMachine(await loadProgram(TEXT), { models: MODELS });
}

async function outcome(entry: string, options: RunOptions = {}): Promise<string> {
  const run = (await machineFor()).run({ entry, ...options });
  return `${run.outcome} ${show(run.value)}`;
}

describe('models', () => {
  test('call back into C', async () => expect(await outcome('callback')).toBe('returned 122'));
  test('block until another task lets them go', async () => expect(await outcome('waits')).toBe('returned 705'));
  test('yield to another task by decision', async () => {
    expect(await outcome('both')).toBe('returned 0');
    expect(await outcome('both', { decisions: [1] })).toBe('returned 31');
    expect(await outcome('both', { decisions: [1, 1] })).toBe('returned 30');
  });
  test('everybody blocked is a deadlock that says who waits for what', async () => {
    const run = (await machineFor()).run({ entry: 'alone' });
    expect(run.outcome).toBe('deadlock');
    expect(run.waiting.map((task) => [task.name, task.on, task.stack.map((site) => site.function)])).toEqual([
      ['main', 'the gate', ['alone']],
    ]);
  });
});

describe('preemption', () => {
  test('finds the interleavings of two tasks', async () => {
    const machine = await machineFor();
    const results = new Set<string>();
    const queue: number[][] = [[]];
    for (let given = queue.shift(); given !== undefined; given = queue.shift()) {
      const run = machine.run({ entry: 'race', preempt: true, decisions: given });
      results.add(show(run.value));
      for (let i = given.length; i < run.decisions.length; i++)
        queue.push([...run.decisions.slice(0, i).map((each) => each.chosen), 1]);
    }
    expect([...results].sort()).toEqual(['0', '10', '1010', '1020', '20', '2020']);
  });
});

describe('stepping', () => {
  test('goes from statement to statement and shows variables', async () => {
    const machine = await machineFor();
    const fact = machine.services.program.function('fact');
    if (fact === null) throw new Error('no fact');
    machine.begin(fact, [3]);
    const seen: string[] = [];
    while (machine.step()) {
      const [frame] = machine.frames();
      seen.push(`${machine.frames().length} ${frame?.variables.map((each) => `${each.name}=${each.value}`).join(' ')}`);
    }
    expect(seen).toEqual([
      '1 n=3 rest=null',
      '1 n=3 rest=null',
      '2 n=2 rest=null',
      '2 n=2 rest=null',
      '3 n=1 rest=null',
      '3 n=1 rest=null',
      '2 n=2 rest=1',
      '1 n=3 rest=2',
    ]);
    expect(show(machine.result().value)).toBe('6');
  });
});

describe('a run leaves nothing behind', () => {
  test('memory, globals and state are as they were, and equal runs are equal', async () => {
    const machine = await machineFor();
    const { services } = machine;
    const p = services.allocate(4, { label: 'p', content: 'zero', at: null });
    services.write(p, INT, 5);
    const run = () => JSON.stringify(machine.run({ entry: 'world', args: [p] }));
    const first = run();
    expect(run()).toBe(first);
    machine.reset();
    expect(services.read(p, INT)).toBe(5);
  });

  test('objects freed in a run are back, objects made in it are gone', async () => {
    const machine = await machineFor();
    const { services } = machine;
    const p = services.allocate(16, { label: 'p', content: 'zero', at: null });
    let made = 0;
    const play = () =>
      machine.play(function* (m) {
        m.write(p, INT, 3);
        m.free(p, null);
        made = m.allocate(32, { label: 'q', content: 'unknown', at: null });
        m.truth(m.read(made, VOID_POINTER), null);
        yield { kind: 'yield', at: 'end' };
        return 0;
      });
    const first = play();
    const trace = JSON.stringify(first.trace);
    expect(JSON.stringify(play().trace)).toBe(trace);
    machine.reset();
    expect([services.objectAt(p)?.freed, services.objectAt(made), services.read(p, INT)]).toEqual([false, null, 0]);
  });
});
