/**
 * What is undone although it was never done: the way of a pin, or a kernel mapping, that failed leads straight to the call that takes it back;
 * and a descriptor that could not be had, whose buffer nobody drops then. Read, not run: also of functions of which only a part is shown.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, outcomeOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, rootOf, valueName, within } from './irNames.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';
import { undoOf } from './undoPairs.ts';

/** Do all or nothing, and count what they did (drivers/dma-buf/dma-buf.c, drivers/gpu/drm/drm_gem.c). */
const COUNTED =
  /^(?:dma_buf_(?:pin|vmap|vmap_unlocked)|drm_gem_(?:pin|pin_locked|vmap|vmap_unlocked|vmap_locked|shmem_pin|shmem_pin_locked)|ttm_bo_vmap|(?:amdgpu|radeon|qxl|nouveau|xe|msm_gem|i915_gem_object)_(?:bo_)?pin(?:_external)?|clk_(?:enable|prepare|prepare_enable)|regulator_enable)$/;
/** Steps from the failed call to what takes it back. */
const STEPS = 12;

/** Undone on the way of a failure to do it. */
export function undoneWithoutDoing(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) =>
    callsOf(read, COUNTED).flatMap(({ at, call, name }) => {
      const undoes = undoOf(name);
      const object = argument(call, 0);
      const [failed] = outcomeOf(read, at, call).failed;
      if (undoes === null || object === null || failed === undefined) return [];
      const undo = straight(read, failed)
        .flatMap(({ calls }) => calls)
        .find((each) => undoes(calleeName(each.callee)) && argument(each, 0) === object);
      // Done before as well: then this is how that is taken back.
      const others = callsOf(read, COUNTED).filter((each) => each.call !== call && argument(each.call, 0) === object);
      if (undo === undefined || others.length > 0) return [];
      return [
        told(
          read,
          undo.at,
          `\`${calleeName(undo.callee)}()\` takes back what \`${name}()\` did not do: it failed`,
          'nothing was done before that this takes back',
          [{ message: 'failed here', at: call.at }],
        ),
      ];
    }),
  );
}

/** The nodes from here on for as long as nothing is asked. */
export function straight(read: ReadFunction, from: number): readonly ReadNode[] {
  const way: ReadNode[] = [];
  for (let here = read.nodes[from]; here !== undefined && way.length < STEPS; ) {
    way.push(here);
    const [next]: readonly number[] = here.node.next;
    if (here.node.kind === 'hole' || here.node.next.length !== 1 || next === undefined) break;
    here = read.nodes[next];
  }
  return way;
}

/** Only look at, or tell of, what they are given. */
const LOOKS = /^(?:IS_ERR\w*|PTR_ERR\w*|WARN\w*|dev_\w+|pr_\w+|drm_(?:dbg|err|warn|info)\w*|trace_\w+)$/;

/**
 * `dma_buf_fd()` takes the reference over when it succeeds, so it was the function's: where it fails nobody drops it. Of functions of which
 * only a part is shown; whole ones are run.
 */
export function descriptorFailed(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => {
    if (!read.ir.partial) return [];
    return callsOf(read, /^dma_buf_fd$/).flatMap(({ at, call }) => {
      const buffer = argument(call, 0);
      const variable = read.ir.locals.find((each) => `${each.name}#${each.id}` === buffer);
      const { failed } = outcomeOf(read, at, call);
      if (buffer === null || variable === undefined || variable.isParameter || variable.cleanup !== null) return [];
      const mentions = (one: CallExpr): boolean =>
        !LOOKS.test(calleeName(one.callee)) &&
        one.args.some((arg) => within(arg).some((part) => rootOf(valueName(part) ?? '') === buffer));
      const keeps = (node: ReadNode): boolean =>
        node.calls.some(mentions) ||
        node.stores.some(({ to, value }) => to === buffer || rootOf(valueName(bare(value)) ?? '') === buffer);
      const { order } = waysOf(read.graph).from(failed, (node) => {
        const here = read.nodes[node.id];
        return node.kind === 'hole' || here === undefined || keeps(here);
      });
      const exit = order.flatMap((id) => read.nodes[id] ?? []).find(({ node }) => node.kind === 'return');
      // Somebody else has it already: then it is theirs.
      const stored = read.nodes.some(({ stores }) =>
        stores.some(({ to, value }) => rootOf(to) !== to && valueName(bare(value)) === buffer),
      );
      if (exit === undefined || stored || keeps(exit)) return [];
      return [
        told(
          read,
          exit.node.at,
          'the buffer is not dropped where `dma_buf_fd()` failed',
          'the reference is that of the function: success would have taken it over',
          [{ message: 'failed here', at: call.at }],
        ),
      ];
    });
  });
}
