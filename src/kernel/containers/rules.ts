/** The closed set of rules that the container models report. */
import type { Related } from '../../machine/events.ts';
import type { MachineServices } from '../../machine/model.ts';
import { report as emit } from '../modelling.ts';
import type { Rule } from '../subsystem.ts';

const RULES = {
  'list-corruption': 'A list entry is added twice, deleted twice, or its neighbours do not point back to it.',
  'list-entry-freed': 'An entry was freed while it was on a list that is still there.',
  'list-walk-freed': 'A walk goes on from an entry that was freed.',
  'xarray-invalid-entry': 'A pointer with low bits set is stored in an xarray, which takes it for one of its own.',
  'xarray-index-missing': 'An id is released that was not allocated.',
} as const satisfies Record<string, string>;

export type ContainerRule = keyof typeof RULES;

export const rules: readonly Rule[] = Object.entries(RULES).map(([rule, summary]) => ({ rule, summary }));

export function report(
  machine: MachineServices,
  rule: ContainerRule,
  message: string,
  related: readonly Related[] = [],
  data: Readonly<Record<string, string | number | boolean>> = {},
): void {
  emit(machine, rule, message, related, data);
}
