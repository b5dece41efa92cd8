/** Worlds that several runs start from: made once, the same for each run, and made again by each run where making them asks a question. */
import { describe, expect, test } from 'vitest';
import { loadProgram, show } from '../../test/plainRuns.ts';
import { INT, VOID_POINTER } from './layout.ts';
import { createMachine, type Machine, type World } from './machine.ts';
import type { MachineServices, Scalar, StateKey } from './model.ts';

const TEXT = `
static int total;
int use(int *p) { total += *p; *p = 99; return total; }
int test(int *p, long x) { if (x > 3) return *p; *p = 7; return 0; }
`;

/** How often something was done, where runs may not see one another. */
const COUNT: StateKey<{ done: number }> = {
  name: 'count',
  create: () => ({ done: 0 }),
  fork: (sealed) => ({ ...sealed }),
};
const SHARED: StateKey<{ done: number }> = { name: 'shared', create: () => ({ done: 0 }) };

const machine = async (): Promise<Machine> => createMachine(await loadProgram(TEXT));

function cell(services: MachineServices, value: number): number {
  const address = services.allocate(4, { label: 'cell', storage: 'world', type: INT, content: 'zero', at: null });
  services.write(address, INT, value);
  return address;
}

function calls(name: string, services: MachineServices, args: readonly Scalar[]): ReturnType<ReturnType<World>> {
  return (function* () {
    const target = services.program.function(name);
    return target === null ? 0 : yield { kind: 'call', target, args, why: 'test' };
  })();
}

describe('a world', () => {
  test('is made once, and what a run does to it the next one does not see', async () => {
    let made = 0;
    const world: World = (services) => {
      made++;
      const p = cell(services, 5);
      services.state(COUNT).done = 1;
      services.emit({ kind: 'note', message: 'the world is there' });
      return (inside) => {
        inside.state(COUNT).done++;
        return calls('use', inside, [p]);
      };
    };
    const it = await machine();
    const runs = [1, 2, 3].map(() => {
      const { value, trace } = it.playIn(world);
      return `${show(value)} ${it.services.state(COUNT).done} ${trace.map(({ kind, seq }) => `${kind}${seq}`).join(' ')}`;
    });
    expect(made).toBe(1);
    expect(runs).toEqual(Array.from({ length: 3 }, () => '5 2 note0 call1 return2 return3'));
  });

  test('gives way to another and comes back as it was', async () => {
    const it = await machine();
    const worlds = [3, 4].map(
      (value): World =>
        (services) => {
          const p = cell(services, value);
          return (inside) => calls('use', inside, [p]);
        },
    );
    const values = [0, 1, 0, 0, 1].map((index) => {
      const world = worlds[index];
      return world === undefined ? '' : show(it.playIn(world).value);
    });
    expect(values).toEqual(['3', '4', '3', '3', '4']);
  });

  test('leaves nothing for a run that needs none', async () => {
    const it = await machine();
    it.playIn((services) => {
      const p = cell(services, 3);
      return (inside) => calls('use', inside, [p]);
    });
    const plain = it.play((services) => calls('use', services, [cell(services, 8)]));
    expect([show(plain.value), plain.trace.map(({ seq }) => seq)]).toEqual(['8', [0, 1, 2]]);
  });

  test('holds unknown values of which each run finds out for itself', async () => {
    const world: World = (services) => {
      const p = cell(services, 1);
      const x = services.unknown(services.program.type('long') ?? VOID_POINTER, 'x');
      return (inside) => calls('test', inside, [p, x]);
    };
    const it = await machine();
    const values = [[0], [1], [0]].map((decisions) => show(it.playIn(world, { decisions }).value));
    const asked = it.playIn(world).decisions.map(({ question }) => question);
    expect(asked).toHaveLength(1);
    expect(new Set(values).size).toBe(2);
    expect(values[0]).toBe(values[2]);
  });

  test('whose making asks is made by each run, with its answers', async () => {
    let made = 0;
    const world: World = (services) => {
      made++;
      const p = cell(services, services.choose('test', 'large?', ['no', 'yes'], null) === 0 ? 1 : 1000);
      return (inside) => calls('use', inside, [p]);
    };
    const it = await machine();
    const values = [[0], [1], [0]].map((decisions) => show(it.playIn(world, { decisions }).value));
    expect([made, values]).toEqual([3, ['1', '1000', '1']]);
  });

  test('that a subsystem cannot copy is made by each run', async () => {
    let made = 0;
    const world: World = (services) => {
      made++;
      services.state(SHARED).done++;
      return (inside) => calls('use', inside, [cell(inside, inside.state(SHARED).done)]);
    };
    const it = await machine();
    expect([show(it.playIn(world).value), show(it.playIn(world).value), made]).toEqual(['1', '1', 2]);
  });
});
