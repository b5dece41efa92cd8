/**
 * Sequence numbers of fences that are read, not run: of two fences of one context the one with the higher number is the later one
 * (include/linux/dma-fence.h:dma_fence_is_later), so that fences which all get the same number are one fence to whoever merges them.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { bare, constantOf, rootOf, valueName } from './irNames.ts';
import { calledIn, type ReadFunction, readFunctions, told } from './readFunctions.ts';

const BEGINS = /^(?:__)?dma_fence_init(?:64)?$/;
const MAKES = /alloc|kmemdup/;

/** Fences that a function makes one after the other, of a context that stays, with a number that is written in the code. */
export function sameNumbers(document: DocumentView): DocumentReport[] {
  const all = readFunctions(document);
  // The number comes when the fence is sent (drivers/gpu/drm/virtio/virtgpu_fence.c).
  const later = all.some((read) => read.nodes.some(({ stores }) => stores.some(({ to }) => to.endsWith('.seqno'))));
  return later ? [] : all.flatMap(sameNumbersIn);
}

function sameNumbersIn(read: ReadFunction): DocumentReport[] {
  return callsOf(read, BEGINS).flatMap(({ call }): DocumentReport[] => {
    const [fence, , , context, number] = call.args;
    if (fence === undefined || context === undefined || number === undefined) return [];
    const constant = constantOf(bare(number));
    const [made, kept] = [rootOf(valueName(bare(fence)) ?? ''), valueName(bare(context))];
    // A context of the fence's own, or of this call, has no other fence.
    if (constant === null || made === '' || kept === null || !kept.includes('.') || rootOf(kept) === made) return [];
    if (!madeHere(read, made) || contextMadeHere(read)) return [];
    return [
      told(
        read,
        call.at,
        `every fence made here has number ${constant} in a context that stays: none is later than another`,
        'more than one fence of the context is made',
      ),
    ];
  });
}

function madeHere(read: ReadFunction, name: string): boolean {
  return read.nodes.some(({ stores }) => stores.some(({ to, value }) => to === name && MAKES.test(calledIn(value))));
}

function contextMadeHere(read: ReadFunction): boolean {
  return callsOf(read, /^dma_fence_context_alloc$/).length > 0;
}
