/** Access to user memory where a page fault cannot be handled. */
import { check, reportsOf } from './check.ts';
import page from './user-memory-in-wrong-context.md?raw';

export default check(page, reportsOf(['user-access-in-atomic', 'user-access-deadlock']));
