/**
 * What a function of which no caller is known leaves mapped when it returns. It may map for its caller: then the address stands somewhere.
 * Which of what is left is a mistake its other runs show (`analysis/exits.ts`).
 */
import { checkPartlySynced, findMappingLeaks } from '../kernel/dma/leaks.ts';
import { heldLocks } from '../kernel/locking/context.ts';
import { isUnknown, type MachineServices, type Scalar } from '../machine/model.ts';
import { isErrorPointer } from './scenario.ts';

const RULES = { mapping: 'dma-mapping-leak', iova: 'iova-leak', fabric: 'fabric-leak' } as const;
/** Coherent buffers are memory, and told as such. */
const MEMORY = /alloc_(?:coherent|noncoherent|attrs|pages|noncontiguous)$/;

/** Reports each mapping, IOVA and fabric range that is there after the function returned `result`. */
export function reportMappingsLeft(machine: MachineServices, result: Scalar): void {
  if (!isUnknown(result) && !isErrorPointer(result) && Number(result) >= 0) checkPartlySynced(machine);
  for (const leak of findMappingLeaks(machine)) {
    if (MEMORY.test(leak.api)) continue;
    const returned = !isUnknown(result) && Number(result) === leak.address;
    machine.emit({
      kind: 'report',
      rule: RULES[leak.kind],
      message: `what \`${leak.api}\` made for ${leak.device} is still there when the function has returned`,
      related: [{ message: `\`${leak.api}\` was called here`, at: leak.at }],
      held: heldLocks(machine),
      data: { device: leak.device, kept: returned || machine.standsSomewhere(leak.address) },
    });
  }
}
