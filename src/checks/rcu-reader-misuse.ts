/** RCU-protected data that is read outside a reader section. */
import { check, reportsOf } from './check.ts';
import page from './rcu-reader-misuse.md?raw';

export default check(page, reportsOf(['suspicious-rcu']));
