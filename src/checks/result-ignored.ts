/** The answer of a call that may refuse, thrown away: what follows goes on as if it had been granted. Read, not run. */
import { check } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { calleeName } from './irNames.ts';
import { callIn, type ReadFunction, readFunctions, told } from './readFunctions.ts';
import page from './result-ignored.md?raw';

/** Marked `__must_check`, or pointless without their answer (include/linux/dma-resv.h, dma-mapping.h, hmm.h, kref.h, mutex.h, drivers/vfio/vfio_main.c). */
const ASKED =
  /^(?:dma_resv_trylock|mutex_trylock|down_(?:read|write)_trylock|ww_mutex_trylock|mmap_(?:read|write)_trylock|dma_resv_lock_interruptible|mutex_lock_(?:interruptible|killable)|kref_get_unless_zero|refcount_inc_not_zero|try_module_get|mmget_not_zero|drm_dev_enter|vfio_device_try_get_registration|dma_resv_reserve_fences|dma_buf_pin|sg_alloc_table|dma_map_sgtable|dma_iova_(?:try_alloc|link|sync)|hmm_range_fault|migrate_vma_setup|iommu_map(?:_sg)?|pm_runtime_resume_and_get)$/;
/** What is stored is lost when these fail: their answer is the only one that knows. */
const STORES = /^xa_(?:store|insert|alloc)$/;

/** `dma_use_iova()` answers later what `dma_iova_try_alloc()` answered at once: the state remembers (kernel: include/linux/dma-mapping.h). */
function askedOfTheState({ nodes }: ReadFunction, name: string): boolean {
  return (
    name === 'dma_iova_try_alloc' &&
    nodes.some(({ calls }) => calls.some(({ callee }) => calleeName(callee) === 'dma_use_iova'))
  );
}

function inspect(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) =>
    read.nodes.flatMap(({ node }) => {
      const [value] = node.values;
      // A declaration uses it, and so does a condition; `(void)` says that it is meant.
      if (node.kind !== 'step' || node.declares !== null || value?.kind !== 'call') return [];
      const call = callIn(value);
      const name = call === null ? '' : calleeName(call.callee);
      if (ASKED.test(name) && !askedOfTheState(read, name))
        return [told(read, node.at, `the result of \`${name}()\` is thrown away: it may have been refused`, null)];
      // Storing NULL, or where a slot is reserved, cannot fail.
      const stored = call?.args[2];
      const fresh = stored !== undefined && stored.type.kind === 'pointer' && stored.kind !== 'constant';
      return STORES.test(name) && fresh
        ? [
            told(
              read,
              node.at,
              `the result of \`${name}()\` is thrown away: nothing may have been stored`,
              'the slot was not reserved before',
            ),
          ]
        : [];
    }),
  );
}

export default check(page, { inspect });
