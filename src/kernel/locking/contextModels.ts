/** The C functions about the calling context: preemption, interrupts, sleeping, reclaim scopes, fence signalling sections. */
import { isUnknown, type MachineServices } from '../../machine/model.ts';
import type { DocumentedModel, Effects } from '../subsystem.ts';
import {
  atomicReason,
  current_gfp_context,
  fs_reclaim_acquire,
  fs_reclaim_release,
  lock_map_is_held,
  memalloc_nofs_restore,
  memalloc_nofs_save,
  memalloc_noio_restore,
  memalloc_noio_save,
  memalloc_noreclaim_restore,
  memalloc_noreclaim_save,
  memalloc_pin_restore,
  memalloc_pin_save,
  memallocFlagsRestore,
  memallocSave,
  might_alloc,
  might_fault,
  might_sleep,
} from './context.ts';
import { beginSignalling, dma_fence_might_wait, endSignalling } from './fenceSignalling.ts';
import { called, effects, model, numberArgument } from './modelSupport.ts';
import * as sections from './sections.ts';
import { reportOuterIrqs } from './spin.ts';
import { locking } from './state.ts';
import { DMA_FENCE_MAP } from './teach.ts';

const NONE = effects('no', 'none');
const ATOMIC = effects('no', 'begins or ends an atomic section');
const MAY_SLEEP = effects('yes', 'not in atomic context');

/** A function without arguments or result. */
function action(
  name: string,
  source: string,
  effect: Effects,
  run: (machine: MachineServices) => void,
): DocumentedModel {
  return model(name, source, effect, ({ machine }) => {
    run(machine);
    return undefined;
  });
}

/** A question about the context. */
function question(name: string, source: string, ask: (machine: MachineServices) => boolean): DocumentedModel {
  return model(name, source, NONE, ({ machine }) => (ask(machine) ? 1 : 0));
}

const PREEMPT = 'include/linux/preempt.h';
const IRQ = 'include/linux/irqflags.h';

function depth(machine: MachineServices, kind: 'hardirq' | 'softirq' | 'bh' | 'nmi'): number {
  return locking(machine).context().depth(kind);
}

const sectionModels: readonly DocumentedModel[] = [
  action('preempt_disable', PREEMPT, ATOMIC, (machine) => sections.preempt_disable(machine)),
  action('preempt_enable', PREEMPT, ATOMIC, (machine) => sections.preempt_enable(machine)),
  action('local_irq_disable', IRQ, ATOMIC, (machine) => sections.local_irq_disable(machine)),
  action('local_irq_enable', IRQ, ATOMIC, (machine) => {
    reportOuterIrqs(machine, null, 'local_irq_enable');
    sections.local_irq_enable(machine);
  }),
  model('_local_irq_save', IRQ, ATOMIC, ({ machine }) => sections.local_irq_save(machine)),
  model('local_irq_restore', IRQ, ATOMIC, (call) => {
    sections.local_irq_restore(call.machine, numberArgument(call, 0));
    return undefined;
  }),
  action('local_bh_disable', 'kernel/softirq.c', ATOMIC, (machine) => sections.local_bh_disable(machine)),
  action('local_bh_enable', 'kernel/softirq.c', ATOMIC, (machine) => sections.local_bh_enable(machine)),
  ...(['irq_enter', 'lockdep_hardirq_enter'] as const).map((name) =>
    action(name, 'kernel/softirq.c:irq_enter', ATOMIC, (machine) => sections.enter_hardirq(machine, false)),
  ),
  ...(['irq_exit', 'lockdep_hardirq_exit'] as const).map((name) =>
    action(name, 'kernel/softirq.c:irq_exit', ATOMIC, sections.exit_hardirq),
  ),
  action('lockdep_softirq_enter', IRQ, ATOMIC, sections.enter_softirq),
  action('lockdep_softirq_exit', IRQ, ATOMIC, sections.exit_softirq),
  action('nmi_enter', 'include/linux/hardirq.h:nmi_enter', ATOMIC, sections.enter_nmi),
  action('nmi_exit', 'include/linux/hardirq.h:nmi_exit', ATOMIC, sections.exit_nmi),
  action('non_block_start', 'include/linux/kernel.h', ATOMIC, sections.non_block_start),
  action('non_block_end', 'include/linux/kernel.h', ATOMIC, sections.non_block_end),
  action('pagefault_disable', 'include/linux/uaccess.h', NONE, sections.pagefault_disable),
  action('pagefault_enable', 'include/linux/uaccess.h', NONE, sections.pagefault_enable),
];

const questionModels: readonly DocumentedModel[] = [
  question('preempt_count', PREEMPT, sections.preempt_count_set),
  question(
    'preemptible',
    PREEMPT,
    (machine) => !sections.preempt_count_set(machine) && !sections.irqs_disabled(machine),
  ),
  question('irqs_disabled', IRQ, sections.irqs_disabled),
  question('in_atomic', PREEMPT, sections.preempt_count_set),
  question('in_interrupt', PREEMPT, sections.in_interrupt),
  question('in_hardirq', PREEMPT, (machine) => depth(machine, 'hardirq') + depth(machine, 'nmi') > 0),
  question('in_nmi', PREEMPT, (machine) => depth(machine, 'nmi') > 0),
  question('in_serving_softirq', PREEMPT, (machine) => depth(machine, 'softirq') > 0),
  question('in_softirq', PREEMPT, (machine) => depth(machine, 'softirq') + depth(machine, 'bh') > 0),
  question(
    'in_task',
    PREEMPT,
    (machine) => depth(machine, 'hardirq') + depth(machine, 'nmi') + depth(machine, 'softirq') === 0,
  ),
  question(
    'pagefault_disabled',
    'include/linux/uaccess.h',
    (machine) => locking(machine).context().pagefaultDisabled > 0,
  ),
];

const sleepModels: readonly DocumentedModel[] = [
  model('__might_sleep', 'kernel/sched/core.c:__might_sleep', MAY_SLEEP, (call) => {
    might_sleep(call.machine, called(call));
    return undefined;
  }),
  model('cond_resched', 'kernel/sched/core.c', MAY_SLEEP, (call) => {
    might_sleep(call.machine, called(call));
    return 0;
  }),
  model('might_fault', 'mm/memory.c:__might_fault', effects('yes', 'may take mmap_lock for read'), (call) => {
    might_fault(call.machine, called(call));
    return undefined;
  }),
  action('cant_sleep', 'kernel/sched/core.c:__cant_sleep', NONE, (machine) => {
    if (atomicReason(machine) === null)
      locking(machine).report('lock-assertion', '`cant_sleep` in a context that may sleep', [], { what: 'cant_sleep' });
  }),
];

function save(name: string, run: (machine: MachineServices) => number): DocumentedModel {
  return model(name, 'include/linux/sched/mm.h', NONE, ({ machine }) => run(machine));
}

function restore(name: string, run: (machine: MachineServices, old: number) => void): DocumentedModel {
  return model(name, 'include/linux/sched/mm.h', NONE, (call) => {
    run(call.machine, numberArgument(call, 0));
    return undefined;
  });
}

const reclaimModels: readonly DocumentedModel[] = [
  model('memalloc_flags_save', 'include/linux/sched/mm.h', NONE, (call) =>
    memallocSave(call.machine, numberArgument(call, 0), called(call)),
  ),
  model('memalloc_flags_restore', 'include/linux/sched/mm.h', NONE, (call) => {
    memallocFlagsRestore(call.machine, numberArgument(call, 0), called(call));
    return undefined;
  }),
  save('memalloc_nofs_save', memalloc_nofs_save),
  save('memalloc_noio_save', memalloc_noio_save),
  save('memalloc_noreclaim_save', memalloc_noreclaim_save),
  save('memalloc_pin_save', memalloc_pin_save),
  restore('memalloc_nofs_restore', memalloc_nofs_restore),
  restore('memalloc_noio_restore', memalloc_noio_restore),
  restore('memalloc_noreclaim_restore', memalloc_noreclaim_restore),
  restore('memalloc_pin_restore', memalloc_pin_restore),
  model('current_gfp_context', 'include/linux/sched/mm.h', NONE, (call) =>
    current_gfp_context(call.machine, numberArgument(call, 0)),
  ),
  model('fs_reclaim_acquire', 'mm/page_alloc.c', effects('no', 'enters reclaim by the gfp argument'), (call) => {
    fs_reclaim_acquire(call.machine, numberArgument(call, 0));
    return undefined;
  }),
  model('fs_reclaim_release', 'mm/page_alloc.c', effects('no', 'leaves reclaim by the gfp argument'), (call) => {
    fs_reclaim_release(call.machine, numberArgument(call, 0));
    return undefined;
  }),
  model('might_alloc', 'include/linux/sched/mm.h', effects('gfp', 'passes through reclaim'), (call) => {
    might_alloc(call.machine, numberArgument(call, 0), called(call));
    return undefined;
  }),
];

const fenceModels: readonly DocumentedModel[] = [
  model(
    'dma_fence_begin_signalling',
    'drivers/dma-buf/dma-fence.c',
    effects('no', 'enters the signalling map'),
    (call) => (beginSignalling(call.machine) ? 1 : 0),
  ),
  model(
    'dma_fence_end_signalling',
    'drivers/dma-buf/dma-fence.c',
    effects('no', 'leaves the signalling map'),
    (call) => {
      // What a caller that is not shown began is its own to end here.
      if (!isUnknown(call.args[0] ?? 0) || lock_map_is_held(call.machine, DMA_FENCE_MAP))
        endSignalling(call.machine, numberArgument(call, 0) !== 0);
      return undefined;
    },
  ),
  model(
    '__dma_fence_might_wait',
    'drivers/dma-buf/dma-fence.c',
    effects('no', 'passes through the signalling map'),
    (call) => {
      dma_fence_might_wait(call.machine, called(call));
      return undefined;
    },
  ),
];

export const contextModels: readonly DocumentedModel[] = [
  ...sectionModels,
  ...questionModels,
  ...sleepModels,
  ...reclaimModels,
  ...fenceModels,
];
