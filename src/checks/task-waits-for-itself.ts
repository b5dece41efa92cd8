/** Tasks that wait for each other, work that waits for its own end, and locks held over a wait for their taker. */
import { check, reportsOf } from './check.ts';
import page from './task-waits-for-itself.md?raw';

export default check(page, reportsOf(['deadlock', 'wait-for-itself', 'irq-sync-in-handler']));
