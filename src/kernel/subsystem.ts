/**
 * What a subsystem of the simulated kernel consists of. The registry (`kernel/registry.ts`) collects them; a test holds every model to
 * having a prototype that parses and a scope text.
 */
import type { Model } from '../machine/model.ts';

/** Effects of a kernel function on its context, as facts/dmabuf-lockdep.md section 6 tables them. */
export interface Effects {
  /** `yes`, `no`, `gfp`: when the gfp argument allows direct reclaim; `last-reference`: when a put drops the last one. */
  readonly sleeps: 'yes' | 'no' | 'gfp' | 'last-reference';
  /** `GFP_KERNEL`, `argument`, `none`. */
  readonly allocates: string;
  /** Locks taken, needed or forbidden, in words: `takes resv`, `needs resv held`, `resv must not be held`. */
  readonly locks: string;
  /** How it fails: `NULL`, `ERR_PTR`, `-errno`, `DMA_MAPPING_ERROR`, `false`, `never`. */
  readonly fails: string;
}

/** A modelled function with what a reader wants to know about the model. */
export interface DocumentedModel extends Model {
  /** Without a model: the bundled C body is the function (`static inline` in the declarations). */
  readonly effects: Effects;
  /** Kernel source of the behaviour: `mm/slub.c:kmalloc`, or the thread it comes from. */
  readonly source: string;
}

/** A rule that models report (`report` events carry its name). */
export interface Rule {
  readonly rule: string;
  readonly summary: string;
}

export interface Subsystem {
  readonly name: string;
  /** What it models, what it leaves out, and for each gap whether it hides findings or invents them. */
  readonly scope: string;
  /** C declarations (types, prototypes, macros, small inline bodies), by bundled path: `include/linux/mutex.h`. */
  readonly declarations: readonly { readonly path: string; readonly text: string; readonly sketch?: true }[];
  readonly models: readonly DocumentedModel[];
  readonly rules: readonly Rule[];
}
