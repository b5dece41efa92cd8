/** A wait for a fence inside a fence signalling section. */
import { check, reportsOf } from './check.ts';
import page from './fence-wait-while-signalling.md?raw';

export default check(page, reportsOf(['fence-wait-in-signalling']));
