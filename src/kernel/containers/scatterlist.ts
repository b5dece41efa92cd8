/** Scatter-gather lists of which the document shows neither the maker nor the end. */

import type { MachineServices } from '../../machine/model.ts';
import { OPEN_SIZE } from '../memory/allocation.ts';
import { argument, inner, mapState, model, numeric, PURE } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';

/** Steps over entries of one open list, by the address of the block it lies in. */
const steps = mapState<number, number>('containers.open-sg-steps');

/** Entries an open list shows in one run: more than any walk that is bounded by a count takes, few enough for a walk to the end. */
const SHOWN = 12;

function sizeOfEntry(machine: MachineServices): number {
  const type = machine.program.type('struct scatterlist');
  return type?.kind === 'struct' && type.size > 0 ? type.size : 32;
}

export const scatterlistModels: readonly DocumentedModel[] = inner([
  model('__interlock_present', PURE, 'of the simulator: an open page is there', (call) => {
    const page = argument(call, 0);
    const type = call.machine.program.type('struct page');
    return type === null ? page : (call.machine.materialise(page, type) ?? page);
  }),
  model('__interlock_sg_ends', PURE, 'of the simulator: whether a list of unseen length ends here', (call) => {
    const { machine } = call;
    const list = machine.objectAt(argument(call, 0));
    const at = numeric(call, 0);
    // Of memory that was asked for in a size that is known, the last entry is the last that there is room for.
    const entry = sizeOfEntry(machine);
    if (list !== null && at !== null && list.storage === 'heap' && list.size !== OPEN_SIZE && list.size % entry === 0)
      return at + entry >= list.address + list.size ? 1 : 0;
    const block = list?.address ?? at ?? 0;
    const counts = machine.state(steps);
    const taken = (counts.get(block) ?? 0) + 1;
    counts.set(block, taken >= SHOWN ? 0 : taken);
    return taken >= SHOWN ? 1 : 0;
  }),
]);
