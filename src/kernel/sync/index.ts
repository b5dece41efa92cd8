/** The synchronisation subsystem: fences, reservation objects, work, timers, completions, wait queues, threads. */
import type { Subsystem } from '../subsystem.ts';
import completion from './completion.h?raw';
import fence from './dma-fence.h?raw';
import fenceContainers from './dma-fence-containers.h?raw';
import fenceStub from './dma-fence-stub.h?raw';
import fenceUnwrap from './dma-fence-unwrap.h?raw';
import resv from './dma-resv.h?raw';
import resvIter from './dma-resv-iter.h?raw';
import { fenceModels } from './fences.ts';
import interrupt from './interrupt.h?raw';
import { interruptModels } from './interrupts.ts';
import kthread from './kthread.h?raw';
import { kthreadModels } from './kthreads.ts';
import { kthreadWorkerModels } from './kthreadWorkers.ts';
import { rules } from './rules.ts';
import sched from './sched.h?raw';
import schedWait from './sched-wait.h?raw';
import syncFile from './sync_file.h?raw';
import timer from './timer.h?raw';
import { timerModels } from './timers.ts';
import wait from './wait.h?raw';
import { waitModels } from './waits.ts';
import sharedQueues from './workqueue.c?raw';
import workqueue from './workqueue.h?raw';
import { workqueueModels } from './workqueue.ts';

export const sync: Subsystem = {
  name: 'sync',
  scope: `Fences, fence arrays, chains and reservation objects run as C: ops and callbacks are called as the kernel calls them, under the
fence's lock with interrupts off. Work items, timers, tasklets, irq work and threads run as tasks of their own in their
interrupt context; flushing and cancelling order them for the validator and really wait.
A wait that nothing in the run ends is ended by the outside (hardware signals the fence in an interrupt; a completion or wait queue is
woken, said as an assumption on which all later findings of the run rest): hides waits that never end, but for those on a completion that
nobody else can know of and those for what only the run itself can do (flush, stop, join), which are told as deadlocks. Timeouts and signals are decisions, time itself is not simulated: a timer runs
whenever its task is picked (hides and invents nothing that depends on order only). A fence or reservation object whose content the document
leaves open keeps its reference and answers "signalled" questions by decision, once signalled for good. The lock-less walk over fences
restarts only when the list really changed. Left out: deadlines and priorities, sync_file ioctls (neither hides nor invents).`,
  declarations: [
    { path: 'include/linux/sched.h', text: sched },
    { path: 'include/linux/timer.h', text: timer },
    { path: 'include/linux/interrupt.h', text: interrupt },
    { path: 'include/linux/workqueue.h', text: workqueue },
    { path: 'kernel/workqueue.c', text: sharedQueues },
    { path: 'include/linux/wait.h', text: wait },
    { path: 'include/linux/completion.h', text: completion },
    { path: 'include/linux/delay.h', text: schedWait },
    { path: 'include/linux/kthread.h', text: kthread },
    { path: 'include/linux/dma-fence.h', text: fence },
    { path: 'include/linux/dma-fence-stub.h', text: fenceStub },
    { path: 'include/linux/dma-fence-array.h', text: fenceContainers },
    { path: 'include/linux/dma-fence-unwrap.h', text: fenceUnwrap },
    { path: 'include/linux/dma-resv.h', text: resv },
    { path: 'include/linux/dma-resv-iter.h', text: resvIter },
    { path: 'include/linux/sync_file.h', text: syncFile },
  ],
  models: [
    ...fenceModels,
    ...workqueueModels,
    ...timerModels,
    ...interruptModels,
    ...waitModels,
    ...kthreadModels,
    ...kthreadWorkerModels,
  ],
  rules,
};
