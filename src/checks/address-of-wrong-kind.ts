/** An address of one kind (RAM, BAR, device-local, bus, IOVA) used where another is needed. */

import page from './address-of-wrong-kind.md?raw';
import { devicesAddressForProcessor } from './addressKinds.ts';
import { addressesOfTwoKinds } from './addressUses.ts';
import { barsAsMemory } from './barAttributes.ts';
import { check, reportsOf } from './check.ts';
import { devicePagesMapped } from './devicePages.ts';
import { entriesTakenForOthers } from './entriesOfWalk.ts';
import { physicalForDma } from './mappingReads.ts';

export default check(page, {
  ...reportsOf(['address-kind', 'dma-mmio-attr', 'not-device-page', 'page-not-mapped-here']),
  inspect: (document) => [
    ...physicalForDma(document),
    ...addressesOfTwoKinds(document),
    ...devicesAddressForProcessor(document),
    ...barsAsMemory(document),
    ...devicePagesMapped(document),
    ...entriesTakenForOthers(document),
  ],
});
