/**
 * Objects that functions step out of with `container_of`: made as the outermost struct that the functions name, so that what they free is
 * what was made. The struct around it that no function names is not there.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import { containerOf } from '../kernel/inferPointee.ts';
import { plainObject, structType } from '../kernel/worldObject.ts';
import type { MachineServices } from '../machine/model.ts';
import { embed } from './arguments.ts';

/** A GEM object of a driver lies in a TTM or shmem object, which lies in the driver's own: no deeper. */
const NESTED = 4;

/** Address of a `struct`, in the driver's own object or in the middle of a wide block of unknown content. */
export function embeddedIn(machine: MachineServices, struct: string, functions: readonly FunctionSymbol[]): number {
  let offset = 0;
  let outer: string | null = null;
  for (let depth = 0, inner = struct; depth < NESTED; depth++) {
    const around = containerOf(functions, inner);
    if (around === null || around.struct.size === 0) break;
    offset += around.offset;
    outer = `struct ${around.struct.tag}`;
    inner = outer;
  }
  return outer === null
    ? embed(machine, struct, structType(machine, struct)?.size ?? 0)
    : plainObject(machine, outer, outer, 'unknown') + offset;
}
