/**
 * The data per processor that an SRCU domain and a per-CPU semaphore allocate when they are initialised, and that is lost when nobody cleans
 * them up. Knows nothing of their locking.
 */
import type { ModelCall } from '../../machine/model.ts';
import { allocate } from '../memory/allocation.ts';
import { GFP_KERNEL } from '../memory/gfp.ts';

interface Part {
  readonly struct: string;
  readonly member: string;
}

export const SRCU_PART: Part = { struct: 'struct srcu_struct', member: 'sda' };
export const RWSEM_PART: Part = { struct: 'struct percpu_rw_semaphore', member: 'read_count' };

/** False: there is no memory. */
export function allocatePart(call: ModelCall, address: number, part: Part, what: string): boolean {
  const { machine } = call;
  const made = allocate(machine, {
    what: `${what}()`,
    size: 64,
    gfp: GFP_KERNEL,
    tag: 'slab',
    zero: true,
    label: `per-CPU data of ${what}()`,
  });
  machine.writeField(address, part.struct, part.member, made);
  return made !== 0;
}

/** What was initialised out of sight keeps what it has; NULL is nothing to free. */
export function freePart(call: ModelCall, address: number, part: Part): void {
  const { machine } = call;
  const made = machine.concrete(machine.readField(address, part.struct, part.member));
  if (made === null || Number(made) === 0) return;
  machine.free(Number(made), machine.site());
  machine.writeField(address, part.struct, part.member, 0);
}
