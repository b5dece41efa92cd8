/**
 * Functions that are handed to the kernel one by one, and the context in which it then calls them: by the member they are stored in, and by
 * the call they are an argument of. Data; who stores what in a document is `registeredFunctions.ts`.
 */
import type { OpContract } from './contract.ts';
import { openContracts } from './openContracts.ts';

/** Members of structs that hold one callback. */
export const callbackMembers: readonly OpContract[] = [
  ...openContracts('work_struct', [['func', 'process', 'kernel/workqueue.c:process_one_work']]),
  ...openContracts('timer_list', [['function', 'softirq', 'kernel/time/timer.c:call_timer_fn']]),
  ...openContracts('hrtimer', [['function', 'hardirq', 'kernel/time/hrtimer.c:__run_hrtimer']]),
  ...openContracts('tasklet_struct', [['func callback', 'softirq', 'kernel/softirq.c:tasklet_action_common']]),
  ...openContracts('irq_work', [['func', 'hardirq', 'kernel/irq_work.c:irq_work_single']]),
  ...openContracts('wait_queue_entry', [['func', 'atomic', 'kernel/sched/wait.c:__wake_up_common']]),
  ...openContracts('dma_fence_cb', [
    ['func', 'fence-callback', 'drivers/dma-buf/dma-fence.c:dma_fence_signal_timestamp_locked', ['fence']],
  ]),
];

/** Calls that register a function: name, index of the function among the arguments, and its context. */
export interface RegisteringCall {
  readonly call: string;
  readonly argument: number;
  readonly contract: OpContract;
}

function registering(
  call: string,
  argument: number,
  [member, context, source]: readonly [string, OpContract['contexts'][number], string],
  roles: OpContract['roles'] = [],
): RegisteringCall[] {
  const names = call.split(' ');
  // Whoever reads of it wrote the macro, not what the bundled one leads to.
  const written = (name: string): string =>
    names.find((each) => `__${each}` === name) ?? (name.startsWith('__') ? names[1] : undefined) ?? name;
  return names.flatMap((name) =>
    openContracts(written(name), [[member, context, source, roles]]).map((contract) => ({
      call: name,
      argument,
      contract,
    })),
  );
}

const HANDLER = ['handler', 'hardirq', 'kernel/irq/handle.c:__handle_irq_event_percpu'] as const;
const THREAD = ['thread_fn', 'process', 'kernel/irq/manage.c:irq_thread'] as const;
const ACTION = ['action', 'process', 'drivers/base/devres.c:release_nodes'] as const;

export const registeringCalls: readonly RegisteringCall[] = [
  ...registering('__init_work INIT_WORK INIT_DELAYED_WORK', 1, ['func', 'process', 'kernel/workqueue.c']),
  ...registering('kthread_init_work kthread_init_delayed_work', 1, ['func', 'process', 'kernel/kthread.c']),
  ...registering('__timer_init timer_setup timer_setup_on_stack', 1, [
    'function',
    'softirq',
    'kernel/time/timer.c:call_timer_fn',
  ]),
  ...registering('hrtimer_setup hrtimer_setup_on_stack', 1, [
    'function',
    'hardirq',
    'kernel/time/hrtimer.c:__run_hrtimer',
  ]),
  ...registering('tasklet_setup tasklet_init', 1, ['callback', 'softirq', 'kernel/softirq.c:tasklet_action_common']),
  ...registering('init_irq_work', 1, ['func', 'hardirq', 'kernel/irq_work.c:irq_work_single']),
  ...registering('request_irq request_threaded_irq request_any_context_irq', 1, HANDLER),
  ...registering('devm_request_irq devm_request_threaded_irq pci_request_irq', 2, HANDLER),
  ...registering('request_threaded_irq', 2, THREAD),
  ...registering('devm_request_threaded_irq pci_request_irq', 3, THREAD),
  ...registering('call_rcu call_rcu_hurry', 1, ['callback', 'softirq', 'kernel/rcu/tree.c:rcu_do_batch']),
  ...registering('call_srcu', 2, ['callback', 'process', 'kernel/rcu/srcutree.c:srcu_invoke_callbacks']),
  ...registering(
    'dma_fence_add_callback',
    2,
    ['callback', 'fence-callback', 'drivers/dma-buf/dma-fence.c:dma_fence_signal_timestamp_locked'],
    ['fence'],
  ),
  ...registering('init_waitqueue_func_entry', 1, ['func', 'atomic', 'kernel/sched/wait.c:__wake_up_common']),
  ...registering('__kthread_create kthread_run kthread_create kthread_create_on_node kthread_create_on_cpu', 0, [
    'thread function',
    'process',
    'kernel/kthread.c:kthread',
  ]),
  ...registering('kref_put', 1, ['release', 'process', 'include/linux/kref.h:kref_put']),
  ...registering('__devm_add_action __devm_add_action_or_reset devm_add_action devm_add_action_or_reset', 1, ACTION),
  ...registering('__drmm_add_action __drmm_add_action_or_reset drmm_add_action drmm_add_action_or_reset', 1, ACTION),
  ...registering('smp_call_function smp_call_function_single on_each_cpu', 0, [
    'function',
    'hardirq',
    'kernel/smp.c:__flush_smp_call_function_queue',
  ]),
  ...registering('smp_call_function_single', 1, ['function', 'hardirq', 'kernel/smp.c']),
];
