/** Lock maps of the kernel that code may name: the same classes as those that are taught at boot. */
import type { MachineServices } from '../../machine/model.ts';
import type { LockIdentity } from './objects.ts';
import { DMA_FENCE_MAP, FS_RECLAIM, MMU_NOTIFIER_MAP } from './teach.ts';

/** By the name of the variable in the kernel (mm/mmu_notifier.c, mm/page_alloc.c, drivers/dma-buf/dma-fence.c). */
const MAPS: ReadonlyMap<string, string> = new Map([
  ['__mmu_notifier_invalidate_range_start_map', MMU_NOTIFIER_MAP],
  ['__fs_reclaim_map', FS_RECLAIM],
  ['dma_fence_lockdep_map', DMA_FENCE_MAP],
]);

/** What the map at an address stands for; null: it is none of these. */
export function knownMap(machine: MachineServices, address: number): LockIdentity | null {
  const object = machine.objectAt(address);
  if (object === null || object.storage !== 'global' || object.address !== address) return null;
  for (const [variable, map] of MAPS) if (machine.addressOf(variable) === address) return { key: map, name: map };
  return null;
}
