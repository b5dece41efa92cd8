/** Scatter-gather lists of which the document shows neither the maker nor the end. */
import { argument, mapState, model, numeric, PURE } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';

/** Steps over entries of one open list, by the address of the block it lies in. */
const steps = mapState<number, number>('containers.open-sg-steps');

/** Entries an open list shows in one run: more than any walk that is bounded by a count takes, few enough for a walk to the end. */
const SHOWN = 12;

export const scatterlistModels: readonly DocumentedModel[] = [
  model('__interlock_present', PURE, 'of the simulator: an open page is there', (call) => {
    const page = argument(call, 0);
    const type = call.machine.program.type('struct page');
    return type === null ? page : (call.machine.materialise(page, type) ?? page);
  }),
  model('__interlock_sg_ends', PURE, 'of the simulator: whether a list of unseen length ends here', (call) => {
    const { machine } = call;
    const block = machine.objectAt(argument(call, 0))?.address ?? numeric(call, 0) ?? 0;
    const counts = machine.state(steps);
    const taken = (counts.get(block) ?? 0) + 1;
    counts.set(block, taken >= SHOWN ? 0 : taken);
    return taken >= SHOWN ? 1 : 0;
  }),
];
