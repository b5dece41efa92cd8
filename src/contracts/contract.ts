/**
 * What an op promises and may assume: the vocabulary of contracts. The bundled ones stand beside this file, one file per ops table; what a
 * patch itself documents (kernel-doc) is read by `kernelDoc.ts` and wins over them.
 */
import type { TextRange } from '../patch/problem.ts';

/** Calling contexts of the pagemap callers (drm_gpusvm_get_pages, the notifier, migration, ...) and of the dma-buf core. */
export type ContextId =
  /** drm_gpusvm_get_pages, mapping loop: driver SVM lock, notifier_lock held for read. */
  | 'C1'
  /** drm_gpusvm_get_pages with the notifier lock dropped: driver SVM lock only. */
  | 'C1u'
  /** drm_gpusvm_notifier_invalidate: mmu notifier map, notifier_lock held for write. */
  | 'C2'
  /** drm_pagemap_migrate_to_devmem: mmap_lock held for read, driver locks, reservation of the new buffer. */
  | 'C3'
  /** As C3 with the buffer pinned instead of its reservation held. */
  | "C3'"
  /** CPU fault: mmap_lock held for read, folios locked. */
  | 'C4'
  /** Eviction by TTM: reservation of the buffer held. */
  | 'C5'
  /** Teardown of a range: driver SVM lock, notifier_lock held for read. */
  | 'C6'
  /** Last reference put inside reclaim. */
  | 'C7'
  /** Last reference put in an interrupt: atomic. */
  | 'C7a'
  /** An MMU notifier invalidation; which locks the driver takes for it is its own business. */
  | 'notifier'
  /** dma-buf core with `dmabuf->resv` held. */
  | 'resv'
  /** dma-buf core without it. */
  | 'no-resv'
  /** Caller holds mmap_lock for write (mmap). */
  | 'mmap'
  /** A shrinker's scan: inside reclaim, may not block on what allocators hold. */
  | 'shrinker'
  /** Plain process context, nothing held. */
  | 'process'
  /** Spinlock held, interrupts off. */
  | 'atomic'
  /** An interrupt handler, or a timer that expires in one. */
  | 'hardirq'
  /** A timer, a tasklet or an RCU callback. */
  | 'softirq'
  /** A callback of a fence: the fence's lock held, interrupts off, and a signalling section. */
  | 'fence-callback'
  /** On the way to the signal of a fence: nothing in it may wait for reclaim. */
  | 'signalling';

/** What is passed for a parameter, by role; scenarios build the argument from it. */
export type ParameterRole =
  | 'pagemap'
  | 'mapper-device'
  | 'page'
  | 'order'
  | 'length'
  | 'offset'
  | 'direction'
  | 'cookie'
  | 'address'
  | 'atomic-flag'
  | 'dma-buf'
  | 'attachment'
  | 'sg-table'
  | 'ranges'
  /** `struct drm_gem_object` or `struct ttm_buffer_object` whose reservation is the caller's. */
  | 'gem-object'
  | 'ttm-object'
  /** `struct dma_fence` whose lock is the caller's. */
  | 'fence'
  | 'by-type';

/** How the result says success and failure. */
export type ResultConvention =
  /** 0 or a negative error code. */
  | 'errno'
  /** A pointer or ERR_PTR, never NULL. */
  | 'err-ptr'
  /** A pointer, NULL ("not needed") or ERR_PTR ("needed but failed"): device_iova_alloc. */
  | 'cookie'
  /** A pointer or NULL. */
  | 'null'
  /** An address struct with DMA_MAPPING_ERROR inside. */
  | 'dma-address'
  | 'bool'
  | 'void'
  | 'unknown';

export type ReclaimRule = 'safe' | 'unsafe' | 'unspecified';

export interface OpContract {
  /** Tag of the ops struct without `struct`. */
  readonly table: string;
  readonly member: string;
  /** Contexts in which the kernel calls it, the most telling first. */
  readonly contexts: readonly ContextId[];
  readonly roles: readonly ParameterRole[];
  readonly result: ResultConvention;
  readonly reclaim: ReclaimRule;
  /** False: the caller is atomic, the op must not sleep. */
  readonly maySleep: boolean;
  readonly required: 'yes' | 'no' | string;
  /**
   * What is known of the call beyond its context. `open`: the context is known, the state of the objects handed in is not. `unseen`: nobody
   * visible calls the function. Absent: scenarios make the objects as the kernel does.
   */
  readonly caller?: 'open' | 'unseen';
  /** A context that the documentation demands and no annotation of the kernel teaches: what is found in it is suspected only. */
  readonly assumed?: { readonly context: ContextId; readonly why: string };
  /** Where this is known from: kernel source file:function, or a thread. */
  readonly source: string;
  /** Text of the contract as the patch under review documents it, when it does. */
  readonly documented: DocumentedContract | null;
}

/** What a kernel-doc comment says about one op or function. */
export interface DocumentedContract {
  /** The `Context:` section as written, on one line. */
  readonly contextText: string | null;
  readonly returnText: string | null;
  readonly context: ContextStatement;
  /** Parameters described, in order. */
  readonly parameters: readonly string[];
  /** `(optional, required if @x returns a valid cookie)` after the name, without the parentheses. */
  readonly requirement: string | null;
  readonly range: TextRange;
}

/** A `Context:` section in terms that can be executed. Absent facts are null, never guessed. */
export interface ContextStatement {
  readonly where: 'any' | 'process' | 'softirq' | 'hardirq' | 'atomic' | null;
  readonly sleeps: 'yes' | 'no' | 'gfp' | null;
  readonly reclaim: ReclaimRule;
  readonly takes: readonly string[];
  readonly expects: readonly string[];
  readonly releases: readonly string[];
}
