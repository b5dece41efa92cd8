/** The closed set of rules that this subsystem reports, with one line on what each means. Checks map them to codes. */
import type { Rule } from '../subsystem.ts';

const RULES = {
  'driver-assertion': 'An assertion of the driver (`xe_assert` and its family) does not hold.',
  'bo-unpin-unbalanced': 'A buffer object is unpinned more often than it was pinned.',
  'bo-addr-page-size': '`xe_bo_addr` is asked for more than the one page it can answer for.',
  'bo-addr-offset': '`xe_bo_addr` is asked for an offset beyond the object.',
  'not-device-page': 'The address of device memory is asked of a page that is not device memory.',
} as const satisfies Record<string, string>;

export const rules: readonly Rule[] = Object.entries(RULES).map(([rule, summary]) => ({ rule, summary }));

/** True for a name of the table: bundled C names its rules as strings. */
export function isDriverRule(name: string): name is keyof typeof RULES {
  return Object.hasOwn(RULES, name);
}
