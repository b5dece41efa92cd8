/** Interrupts, preemption or a reader section that is left more often than entered, or kept. */
import { check, reportsOf } from './check.ts';
import page from './interrupt-state-not-restored.md?raw';
import { undoBeforeReturn } from './repair.ts';

export default check(page, { ...reportsOf(['irq-state-imbalance']), repair: undoBeforeReturn });
