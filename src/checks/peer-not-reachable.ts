/** A peer mapping between devices that cannot reach each other, or with the wrong kind of peer address. */
import { check, reportsOf } from './check.ts';
import page from './peer-not-reachable.md?raw';

export default check(page, reportsOf(['p2p-unreachable', 'p2p-bus-address', 'fabric-no-link']));
