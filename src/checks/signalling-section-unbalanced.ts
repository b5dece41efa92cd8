/** A fence signalling section that is ended twice, or never. */
import { check, reportsOf } from './check.ts';
import page from './signalling-section-unbalanced.md?raw';

export default check(page, reportsOf(['fence-signalling-imbalance']));
