/**
 * Copy ops that put the fence of their own copy and wait for nothing: the core unmaps the pages, and hands them to others, as soon as the op has
 * returned (drm_pagemap.c:drm_pagemap_migrate_to_devmem, drm_pagemap_evict_to_ram). Read, not run.
 */
import type { Span } from '../c/source.ts';
import type { CType } from '../c/types.ts';
import { bare, calleeName, valueName } from './irNames.ts';
import { calledIn, type ReadFunction } from './readFunctions.ts';

/** Does nothing with a fence but count it, or say something of it. */
const KEEPS = /^(?:dma_fence_(?:put|get|get_rcu)|_*(?:IS_ERR|PTR_ERR|ERR_CAST)\w*|WARN\w*|\w*print\w*|trace_\w+)$/;
const PUTS = /^dma_fence_put$/;

/** Where the fence of a copy is put, if all that becomes of it is that; null: it is waited for, handed on, or there is none. */
export function fencePutUnwaited(reads: readonly ReadFunction[]): Span | null {
  if (reads.some((read) => read.ir.partial || waits(read))) return null;
  for (const read of reads) {
    const put = putIn(read);
    if (put !== null) return put;
  }
  return null;
}

/** Waits for something other than the fence it was handed, which goes before the copy. */
function waits({ ir, nodes }: ReadFunction): boolean {
  const handed = new Set(ir.parameters.filter(({ type }) => isFence(type)).map(({ name, id }) => `${name}#${id}`));
  return nodes.some(({ calls }) =>
    calls.some(
      ({ callee, args }) =>
        /wait|sync|flush|idle|drain|finish|complete/.test(calleeName(callee)) &&
        !args.some((arg) => handed.has(valueName(bare(arg)) ?? '')),
    ),
  );
}

function putIn({ ir, nodes }: ReadFunction): Span | null {
  const fences = new Set(
    ir.locals.filter(({ isParameter, type }) => !isParameter && isFence(type)).map(({ name, id }) => `${name}#${id}`),
  );
  let made = false;
  let put: Span | null = null;
  for (const { node, calls, stores } of nodes) {
    for (const { to, value } of stores) {
      if (fences.has(to)) made ||= isMade(calledIn(value));
      else if (fences.has(valueName(bare(value)) ?? '')) return null;
    }
    for (const { callee, args, at } of calls) {
      if (!args.some((arg) => fences.has((valueName(bare(arg)) ?? '').replace(/^&/, '')))) continue;
      if (!KEEPS.test(calleeName(callee))) return null;
      // One round of a loop may put the last one's; the last put lets go of all there is.
      if (PUTS.test(calleeName(callee)) && (put === null || put.start < at.start)) put = at;
    }
    if (node.kind === 'return' && node.values.some((value) => fences.has(valueName(bare(value)) ?? ''))) return null;
  }
  return made ? put : null;
}

/** A call that is not known to count or test a fence gives the copy's. */
function isMade(name: string): boolean {
  return name !== '' && !KEEPS.test(name);
}

function isFence(type: CType): boolean {
  return type.kind === 'pointer' && type.to.kind === 'struct' && type.to.tag === 'dma_fence';
}
