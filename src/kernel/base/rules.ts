/** The closed set of rules that the base models report. */
import type { Related } from '../../machine/events.ts';
import type { MachineServices } from '../../machine/model.ts';
import { report as emit } from '../modelling.ts';
import type { Rule } from '../subsystem.ts';

const RULES = {
  'warn-on': 'A `WARN_ON` or `WARN` of the executed code fires.',
  'refcount-increment-on-zero': 'A reference is taken on an object whose count is already zero.',
  'refcount-overflow': 'A reference count overflows and saturates.',
  'refcount-underflow': 'A reference is dropped that was never taken.',
  'refcount-leak': 'A count reaches zero by a plain decrement, so nobody frees the object.',
} as const satisfies Record<string, string>;

export type BaseRule = keyof typeof RULES;

export const rules: readonly Rule[] = Object.entries(RULES).map(([rule, summary]) => ({ rule, summary }));

export function report(
  machine: MachineServices,
  rule: BaseRule,
  message: string,
  related: readonly Related[] = [],
  data: Readonly<Record<string, string | number | boolean>> = {},
): void {
  emit(machine, rule, message, related, data);
}
