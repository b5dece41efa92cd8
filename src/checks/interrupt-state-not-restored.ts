/** Interrupts, preemption or a reader section that is left more often than entered, or kept. */
import { check, reportsOf } from './check.ts';
import page from './interrupt-state-not-restored.md?raw';
import { toldAtReturn } from './leavingPlace.ts';
import { undoBeforeReturn } from './repair.ts';

export default check(page, { ...toldAtReturn(reportsOf(['irq-state-imbalance'])), repair: undoBeforeReturn });
