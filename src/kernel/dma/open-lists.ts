/**
 * Scatterlists that are mapped without being known: what was not looked at going in is not looked at coming out, but the direction it was mapped
 * in is the one it is taken down in. Responsible for those only; lists that are known stand in the ledger.
 */

import type { Site } from '../../machine/events.ts';
import type { ModelCall } from '../../machine/model.ts';
import { mapState } from '../modelling.ts';
import { complain } from './checks.ts';
import { directionName } from './constants.ts';
import { dmaRun } from './run-state.ts';
import type { DmaDevice } from './world.ts';

interface OpenList {
  readonly api: string;
  readonly direction: number;
  readonly at: Site | null;
}

/** By device, and by the table or the first entry. */
const openLists = mapState<string, OpenList>('dma.open-lists');

function key(on: DmaDevice, list: number): string {
  return `${on.name} ${list}`;
}

/** A list that is not known was mapped. */
export function openListMapped(call: ModelCall, on: DmaDevice, list: number, mapped: OpenList): void {
  call.machine.state(openLists).set(key(on, list), mapped);
}

/** A list is taken down; true: it is one that was mapped without being known. */
export function openListUnmapped(
  call: ModelCall,
  on: DmaDevice,
  list: number,
  { api, direction }: { readonly api: string; readonly direction: number },
): boolean {
  const lists = call.machine.state(openLists);
  const mapped = lists.get(key(on, list));
  if (mapped === undefined) return false;
  lists.delete(key(on, list));
  if (mapped.direction !== direction)
    complain(
      dmaRun(call.machine).world,
      'dma-unmap-direction',
      `\`${api}\` with ${directionName(direction)}, mapped with ${directionName(mapped.direction)}`,
      [[`\`${mapped.api}\` mapped it here`, mapped.at]],
      { api, device: on.name },
    );
  return true;
}
