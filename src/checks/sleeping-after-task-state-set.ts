/** A call that may sleep between setting the task state and `schedule()`. */
import { check, reportsOf } from './check.ts';
import page from './sleeping-after-task-state-set.md?raw';

export default check(page, reportsOf(['blocking-when-not-running']));
