/** Taking mappings of a file's pages away from whoever maps them (mm/memory.c). The mappings themselves are not followed. */
import { lockAcquire, lockRelease, might_sleep } from '../locking/context.ts';
import { WAIT_SLEEP } from '../locking/lockdep/types.ts';
import { memberIdentity } from '../locking/naming.ts';
import { locking } from '../locking/state.ts';
import { called, effects, model } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';

/**
 * Takes `i_mmap_rwsem` for read. That lock lies below reclaim: not to be called with anything held that the reclaim path takes.
 */
export const reverseMapModels: readonly DocumentedModel[] = (
  ['unmap_mapping_range', 'unmap_mapping_pages'] as const
).map((name) =>
  model(
    name,
    effects({ sleeps: 'yes', locks: 'takes i_mmap_rwsem, which lies below reclaim' }),
    `mm/memory.c:${name}`,
    (call) => {
      const { machine } = call;
      const slept = might_sleep(machine, called(call));
      const { key, name: className } = memberIdentity('address_space.i_mmap_rwsem');
      const address = locking(machine).pseudoInstance(className);
      lockAcquire(machine, { address, className, key, read: 1, inner: WAIT_SLEEP, slept });
      lockRelease(machine, address);
      return undefined;
    },
  ),
);
