/** The simulated clock: it moves when somebody asks for it, sleeps or waits, and never by itself. */
import type { MachineServices, StateKey } from '../../machine/model.ts';
import { model, PURE } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';

export const NANOSECONDS_PER_JIFFY = 4_000_000;
/** Jiffies start shortly before they wrap 32 bits, as on a real machine. */
const FIRST_JIFFY = 4_294_892_296;

const key: StateKey<{ nanoseconds: number }> = {
  name: 'base.clock',
  create: () => ({ nanoseconds: 1_000_000_000 }),
  fork: (sealed) => ({ ...sealed }),
};

export function now(machine: MachineServices): number {
  return machine.state(key).nanoseconds;
}

export function advance(machine: MachineServices, nanoseconds: number): number {
  const state = machine.state(key);
  state.nanoseconds = Math.min(state.nanoseconds + nanoseconds, 2 ** 52);
  return state.nanoseconds;
}

export const timeModels: readonly DocumentedModel[] = [
  model(
    '__jiffies_now',
    PURE,
    'kernel/time/jiffies.c:jiffies',
    (call) => FIRST_JIFFY + Math.floor(now(call.machine) / NANOSECONDS_PER_JIFFY),
  ),
  model('ktime_get', PURE, 'kernel/time/timekeeping.c:ktime_get', (call) => advance(call.machine, 1000)),
];
