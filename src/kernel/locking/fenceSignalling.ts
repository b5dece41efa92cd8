/** Fence signalling sections and waiting for fences, as lock maps (drivers/dma-buf/dma-fence.c). Fences themselves are elsewhere. */
import { lock_map_acquire, lock_map_is_held, lock_map_release } from './context.ts';
import { preempt_count_set } from './sections.ts';
import { here, type LockingHost, locking } from './state.ts';
import { DMA_FENCE_MAP } from './teach.ts';

/** `dma_fence_begin_signalling()`: true when there is nothing to undo (already inside, or atomic). */
export function beginSignalling(host: LockingHost): boolean {
  if (lock_map_is_held(host, DMA_FENCE_MAP)) return true;
  if (preempt_count_set(host)) return true;
  lock_map_acquire(host, DMA_FENCE_MAP, 'shared', true);
  return false;
}

/** `dma_fence_end_signalling(cookie)` */
export function endSignalling(host: LockingHost, cookie: boolean): void {
  if (cookie) return;
  if (!lock_map_is_held(host, DMA_FENCE_MAP)) {
    locking(host).report('fence-signalling-imbalance', '`dma_fence_end_signalling` outside a signalling section', [], {
      what: 'dma_fence_end_signalling',
    });
    return;
  }
  lock_map_release(host, DMA_FENCE_MAP);
}

/**
 * `__dma_fence_might_wait()`: waiting for any fence orders what is held before everything that signalling sections take. Waiting inside a
 * signalling section is reported on its own: the kernel steps out of the section for the moment of the wait and so cannot see it.
 */
export function dma_fence_might_wait(host: LockingHost, what: string): void {
  const state = locking(host);
  const section = state.held().find((held) => held.address === 0 && held.class === DMA_FENCE_MAP);
  if (section !== undefined) {
    state.report(
      'fence-wait-in-signalling',
      `\`${what}\` waits for a fence inside a fence signalling section`,
      [{ message: 'signalling section begins here', at: section.at }],
      { what },
    );
    lock_map_release(host, DMA_FENCE_MAP);
  }
  state.cause = null;
  lock_map_acquire(host, DMA_FENCE_MAP);
  lock_map_release(host, DMA_FENCE_MAP);
  if (section !== undefined)
    state.lockdep.acquire(
      state.task(),
      state.pseudoInstance(DMA_FENCE_MAP),
      state.lockdep.classOf({ key: DMA_FENCE_MAP, name: DMA_FENCE_MAP }),
      1,
      true,
      true,
      0,
      section.at ?? here(host),
    );
}
