/** Makes the table of what the bundled units declare, for the bundler, which runs this file. */
import { itemTable } from '../c/itemTable.ts';
import type { KnownItems } from '../c/knownItems.ts';
import { bundledUnits } from '../kernel/registry.ts';

/** The table of this source's bundled units. */
export function bundledItems(): KnownItems {
  return itemTable(bundledUnits().map((unit, id) => ({ ...unit, id })));
}
