/**
 * A reference that is taken where nobody can give it back: as the argument of a call that does not keep it, or by a call that counts also when
 * it fails. Read, not run.
 */

import { check } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { reach } from './flowGraph.ts';
import { leftWithEntry } from './heldByWalk.ts';
import { bare, calleeName, constantOf, valueName } from './irNames.ts';
import { calledIn, type ReadFunction, readFunctions, told } from './readFunctions.ts';
import page from './reference-given-to-nobody.md?raw';
import { lostReferences } from './referenceLife.ts';
import { takenOutAndForgotten } from './takenOut.ts';

/** Give out a reference of the caller's (drivers/dma-buf/dma-fence.c, drivers/iommu/iommu.c, drivers/pci/search.c). */
const GIVES =
  /^(?:dma_fence_get_stub|iommu_group_get|pci_get_device|pci_get_domain_bus_and_slot|dma_buf_get|sync_file_get_fence|drm_gem_object_lookup)$/;
/** Only look at what they are given, or take a reference of their own (drivers/dma-buf/dma-fence-unwrap.c, drivers/iommu/iommu.c). */
const LOOKS =
  /^(?:__)?(?:dma_fence_unwrap_merge|dma_fence_unwrap_merge_n|iommu_(?:attach|detach)_group|iommu_group_id|iommu_get_domain_for_dev|drm_syncobj_replace_fence|dma_resv_add_fence|dma_resv_replace_fences|dma_fence_wait|dma_fence_wait_timeout|dma_fence_is_signaled|dma_buf_attach|dma_buf_dynamic_attach|pci_read_config_\w+|drm_syncobj_add_point)$/;

function nested(read: ReadFunction): DocumentReport[] {
  return read.nodes.flatMap(({ calls, all }) => {
    const inner = (name: string): boolean => GIVES.test(name);
    const found = calls.flatMap((call) =>
      LOOKS.test(calleeName(call.callee))
        ? call.args.flatMap((arg) => {
            const name = calledIn(arg);
            return inner(name)
              ? [
                  told(
                    read,
                    arg.at,
                    `the reference of \`${name}()\` is kept nowhere: \`${calleeName(call.callee)}()\` does not drop it`,
                    null,
                  ),
                ]
              : [];
          })
        : [],
    );
    // `dma_fence_unwrap_merge(...)` is a macro: it puts the fences into an array of its own.
    const looks = calls.some((call) => LOOKS.test(calleeName(call.callee)));
    const gathered = (looks ? all : []).flatMap((expr) =>
      expr.kind === 'address' && expr.place.kind === 'literal' && expr.place.init.kind === 'aggregate'
        ? expr.place.init.stores.flatMap(({ value }) =>
            inner(calledIn(value))
              ? [told(read, value.at, `the reference of \`${calledIn(value)}()\` is kept nowhere`, null)]
              : [],
          )
        : [],
    );
    return found.length > 0 ? found : gathered;
  });
}

/** `pm_runtime_get_sync()` counts whatever it answers (include/linux/pm_runtime.h). */
function counted(read: ReadFunction): DocumentReport[] {
  return read.nodes.flatMap(({ node, stores }) =>
    stores.flatMap(({ to, value }): DocumentReport[] => {
      if (calledIn(value) !== 'pm_runtime_get_sync') return [];
      const branch = read.nodes[node.next[0] ?? -1];
      const condition =
        branch?.node.kind === 'branch' && branch.node.values[0] !== undefined ? bare(branch.node.values[0]) : null;
      const [failed] = branch?.node.next ?? [];
      if (condition === null || branch === undefined || failed === undefined) return [];
      const tests =
        (condition.kind === 'compare' &&
          condition.op === '<' &&
          valueName(bare(condition.left)) === to &&
          constantOf(condition.right) === 0) ||
        valueName(condition) === to;
      if (!tests) return [];
      const side = [...reach(read.graph, [failed], ({ kind }) => kind === 'hole')].flatMap(
        (id) => read.nodes[id] ?? [],
      );
      const puts = side.some(
        ({ node: each, calls }) =>
          each.kind === 'hole' ||
          calls.some((call) =>
            /pm_runtime_put|^put_|_put(?:_|$)|cleanup|suspend|disable/.test(calleeName(call.callee)),
          ),
      );
      const exit = side.find(({ node: each }) => each.kind === 'return');
      if (puts || exit === undefined || side.length > 12) return [];
      return [
        told(read, exit.node.at, '`pm_runtime_get_sync()` counts also when it fails: the count stays', null, [
          { message: 'counted here', at: value.at },
        ]),
      ];
    }),
  );
}

function inspect(document: DocumentView): DocumentReport[] {
  return [
    ...readFunctions(document).flatMap((read) => [...nested(read), ...counted(read)]),
    ...lostReferences(document),
    ...takenOutAndForgotten(document),
    ...leftWithEntry(document),
  ];
}

export default check(page, { inspect });
