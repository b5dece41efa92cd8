/**
 * What the caller of an op has to see to: locks it holds, references it has, steps it took before. For an op whose callers nobody described
 * these are not known, so a run in plain process context says nothing about them; what the op does within itself is judged all the same.
 */
import type { OpContract } from '../contracts/contract.ts';
import type { Event } from '../machine/events.ts';

/** Rules of the simulated kernel that compare with what was done before the op was called. */
const CALLERS: ReadonlySet<string> = new Set([
  'lock-assertion',
  'mmap-lock-missing',
  'migrate-arguments',
  'bad-unlock-balance',
  'mutex-misuse',
  'suspicious-rcu',
  'warn-on',
  'driver-assertion',
  'refcount-increment-on-zero',
  'refcount-underflow',
  'refcount-leak',
  'page-refcount',
  'mm-refcount',
  'file-reference',
  'list-corruption',
  'xarray-index-missing',
  'dma-unmap-invalid',
  'dma-unmap-unknown',
  'dma-sync-unknown',
  'dma-buf-pin-static',
  'dma-buf-unpin-unbalanced',
  'dma-buf-unmap-unknown',
  'dma-buf-unmap-direction',
  'dma-buf-cached-direction',
  'dma-buf-detach-mapped',
  'dma-buf-vunmap',
  'dma-buf-cpu-access-unbalanced',
  'bo-unpin-unbalanced',
  'work-not-initialised',
  'lock-not-initialised',
  'mmu-interval-set-seq-unlocked',
  'mmu-interval-retry-unlocked',
  'allocation-too-large',
]);

/** Whether the event says only that a caller, of whom nothing is known, did not do its part. */
export function callersDuty(contract: OpContract, event: Event | undefined): boolean {
  if (contract.required !== 'unknown' || contract.documented !== null) return false;
  if (event?.kind === 'fault') return event.fault === 'bug';
  return event?.kind === 'report' && CALLERS.has(event.rule);
}
