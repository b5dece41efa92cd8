/** An address of one kind (RAM, BAR, device-local, bus, IOVA) used where another is needed. */

import { addressesOfTwoKinds } from './addressUses.ts';
import page from './address-of-wrong-kind.md?raw';
import { check, reportsOf } from './check.ts';

export default check(page, {
  ...reportsOf(['address-kind', 'dma-mmio-attr', 'not-device-page', 'page-not-mapped-here']),
  inspect: addressesOfTwoKinds,
});
