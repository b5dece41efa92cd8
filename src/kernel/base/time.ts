/** The simulated clock: it moves when somebody asks for it, sleeps or waits, and never by itself. */
import type { MachineServices, StateKey } from '../../machine/model.ts';
import { callerSite } from '../callerSite.ts';
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

/** A minute: longer than any time-out that code waits for in a loop of its own. */
const LONG = 60_000_000_000;

const reads: StateKey<{ count: number }> = { name: 'base.clock-reads', create: () => ({ count: 0 }) };

/** `jiffies`: code that looks at it again asks how long something took, and it may have taken long. */
function jiffies(machine: MachineServices): number {
  const state = machine.state(reads);
  const at = callerSite(machine);
  if (state.count++ > 0 && machine.choose('wait', '`jiffies`: a minute has passed', ['no', 'yes'], at) === 1)
    advance(machine, LONG);
  return FIRST_JIFFY + Math.floor(now(machine) / NANOSECONDS_PER_JIFFY);
}

export const timeModels: readonly DocumentedModel[] = [
  model('__jiffies_now', PURE, 'kernel/time/jiffies.c:jiffies', ({ machine }) => jiffies(machine)),
  model('ktime_get', PURE, 'kernel/time/timekeeping.c:ktime_get', (call) => advance(call.machine, 1000)),
];
