/** A lock that an interrupt can take while the code it interrupted holds it. */
import { check, reportsOf } from './check.ts';
import page from './lock-unsafe-against-interrupts.md?raw';

export default check(page, reportsOf(['inconsistent-lock-state', 'irq-inversion', 'irq-lock-order']));
