/**
 * Who is to be shown as the doer: most kernel functions run as bundled C, and a reader wants the line of the code that called into it.
 * Responsible for finding that frame only.
 */
import type { Site } from '../machine/events.ts';
import type { MachineServices } from '../machine/model.ts';

/** The innermost frame that is not bundled text; the innermost of all when everything is bundled (a scenario called the kernel itself). */
export function callerSite(machine: MachineServices): Site | null {
  const stack = machine.stack();
  for (const frame of stack) if (machine.program.units[frame.span.unit]?.origin !== 'bundled') return frame;
  return stack[0] ?? null;
}
