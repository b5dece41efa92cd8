/** An address handed to a device that does not lead it to the memory it was made for. */
import { check, reportsOf } from './check.ts';
import page from './device-reaches-nothing.md?raw';

export default check(
  page,
  reportsOf(['device-fault', 'device-wrong-memory', 'device-stale-tlb', 'device-unsynced-data']),
);
