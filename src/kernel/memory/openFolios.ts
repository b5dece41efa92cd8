/**
 * How large a folio is that the document leaves open: one page, unless the scenario hands over folios of both sizes; then each run says it of
 * each folio once. Folios that somebody allocated in view are pages.ts.
 */
import type { MachineServices, ModelCall, Scalar } from '../../machine/model.ts';
import { mapState, setState } from '../modelling.ts';
import { orderOf } from './pages.ts';
import { pageTable } from './pageTable.ts';

const offered = setState<string>('memory.open-folios');
const orders = mapState<number, number>('memory.open-orders');
/** Two pages: as many as the scenario's counts stand for. */
const LARGE = 1;

/** From now on a folio that nobody shows may be a large one. */
export function offerLargeFolios(machine: MachineServices): void {
  machine.state(offered).add('large');
}

/** Order of the folio that a page belongs to. */
export function folioOrder(call: ModelCall, page: Scalar): number {
  const { machine } = call;
  const table = pageTable(machine);
  const address = table.address(page);
  if (!machine.state(offered).has('large') || table.blockOf(address) !== null) return orderOf(machine, page);
  const known = machine.state(orders).get(address);
  if (known !== undefined) return known;
  const at = machine.callerSite() ?? call.at;
  const order = machine.choose('branch', 'the folio is a large one', ['no', 'yes'], at) === 1 ? LARGE : 0;
  machine.state(orders).set(address, order);
  return order;
}
