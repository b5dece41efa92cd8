/**
 * The table of what the bundled units declare. The build puts it in the place of this file's text; where nothing was built, as in tests,
 * there is none, and the units are read for it.
 */
import type { KnownItems } from '../c/knownItems.ts';

export const BUNDLED_ITEMS: KnownItems | undefined = undefined;
