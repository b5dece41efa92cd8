/** The closed set of rules that the synchronisation models report. */
import type { Related } from '../../machine/events.ts';
import type { MachineServices } from '../../machine/model.ts';
import { report as emit } from '../modelling.ts';
import type { Rule } from '../subsystem.ts';

const RULES = {
  'fence-released-unsignalled': 'The last reference of a fence is dropped while somebody waits for it.',
  'resv-fence-container': 'A fence array or chain is added to a reservation object as one fence.',
  'resv-slot-missing': 'A fence is added to a reservation object without a reserved slot.',
  'work-not-initialised': 'A work item, timer or tasklet is started that was never initialised.',
  'workqueue-destroyed-busy': 'A workqueue is used after it was destroyed.',
  'flush-from-reclaim': 'A reclaim path waits for work on a queue without WQ_MEM_RECLAIM.',
  'wait-for-itself': 'A work item or a thread waits for its own end.',
  'irq-sync-in-handler': 'Something is waited for in interrupt context that may run below it.',
} as const satisfies Record<string, string>;

export type SyncRule = keyof typeof RULES;

export const rules: readonly Rule[] = Object.entries(RULES).map(([rule, summary]) => ({ rule, summary }));

/** A rule by name, for reports that bundled C makes; null when there is no such rule. */
export function ruleNamed(name: string): SyncRule | null {
  return name in RULES ? (name as SyncRule) : null;
}

export function report(
  machine: MachineServices,
  rule: SyncRule,
  message: string,
  related: readonly Related[] = [],
  data: Readonly<Record<string, string | number | boolean>> = {},
): void {
  emit(machine, rule, message, related, data);
}
