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

/** A minute: longer than any time-out that code waits for in a loop of its own. */
const LONG = 60_000_000_000;

const reads: StateKey<{ count: number }> = { name: 'base.clock-reads', create: () => ({ count: 0 }) };

/** Code that looks at the clock again asks how long something took, and it may have taken long. */
function lookedAt(machine: MachineServices): number {
  const at = machine.site();
  // The bundled core notes when things happened, and waits for nothing by the clock.
  if (at === null || machine.program.units[at.span.unit]?.origin === 'bundled') return advance(machine, 1000);
  const state = machine.state(reads);
  const long = state.count++ > 0 && machine.choose('branch', 'a minute has passed', ['no', 'yes'], at) === 1;
  return advance(machine, long ? LONG : 1000);
}

function jiffies(machine: MachineServices): number {
  return FIRST_JIFFY + Math.floor(lookedAt(machine) / NANOSECONDS_PER_JIFFY);
}

export const timeModels: readonly DocumentedModel[] = [
  model('__jiffies_now', PURE, 'kernel/time/jiffies.c:jiffies', ({ machine }) => jiffies(machine)),
  model('ktime_get', PURE, 'kernel/time/timekeeping.c:ktime_get', ({ machine }) => lookedAt(machine)),
];
