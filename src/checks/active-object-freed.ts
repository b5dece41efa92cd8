/** Memory with queued work or a running timer in it that is freed, and queues and caches that go while in use. */

import page from './active-object-freed.md?raw';
import { check, reportsOf } from './check.ts';
import { workNotSetUp } from './membersNotSetUp.ts';
import { workLeftQueued } from './workLeftQueued.ts';

export default check(page, {
  ...reportsOf(['active-object-freed', 'work-not-initialised', 'workqueue-destroyed-busy', 'cache-destroyed-busy']),
  inspect: (document) => [...workNotSetUp(document), ...workLeftQueued(document)],
});
