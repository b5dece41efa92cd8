/** The library's models work on the machine itself, not only on what kernel models may do: this gives them its core. */
import type { Core } from '../core.ts';
import type { MachineServices } from '../model.ts';
import { Services } from '../services.ts';

export function coreOf(machine: MachineServices): Core {
  if (machine instanceof Services) return machine.core;
  throw new TypeError('the C library needs the machine of this folder');
}
