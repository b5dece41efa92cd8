/**
 * The life of one range of device pages as a mapping device sees it: mapped under the notifier lock, undone in a notifier or at teardown, freed
 * with nothing held. The calls are those of scenario.c, which follow the driver's table.
 */
import type { MachineServices, Scalar } from '../../machine/model.ts';
import { enterContext } from '../locking/scenarioContext.ts';
import { callByName, POINTER, type Routine, U32 } from '../modelling.ts';
import { plainObject, setFields } from '../worldObject.ts';
import { pagemapSteps } from './contexts.ts';
import type { WorldPage, WorldPagemap, WorldSvm } from './world.ts';

const MAPPING = 'struct interlock_mapping';

export interface RangeLife {
  readonly pagemap: WorldPagemap;
  readonly svm: WorldSvm;
  readonly pages: readonly WorldPage[];
  /** `struct device` that does the DMA. */
  readonly mapper: number;
  /** `enum dma_data_direction`; bidirectional when absent. */
  readonly direction?: number;
  /** Where the mapping ends: in an mmu notifier, or when the range is torn down. */
  readonly end: 'notifier' | 'teardown';
}

/** Maps, undoes and frees. The answer is what mapping returned. */
export function* rangeLife(machine: MachineServices, life: RangeLife): Routine<Scalar> {
  const mapping = makeMapping(machine, life);
  const locks = { driverLock: life.svm.driverLock, notifierLock: life.svm.notifierLock, mm: 0, resv: 0 };
  const around = (context: 'C1u' | 'C2') => enterContext(machine, pagemapSteps(machine, context, locks));
  const leave = yield* around('C1u');
  const result = yield* callByName(machine, 'interlock_pagemap_map', [mapping], 'the core gets pages');
  leave();
  // A failed mapping has undone itself: nobody invalidates or frees what never was.
  if (!machine.equals(result, 0, null)) return result;
  if (life.end === 'notifier') {
    const done = yield* around('C2');
    yield* callByName(machine, 'interlock_pagemap_unmap', [mapping, 1], 'the range is invalidated');
    done();
  }
  const last = yield* around('C1u');
  if (life.end === 'teardown')
    yield* callByName(machine, 'interlock_pagemap_unmap', [mapping, 0], 'the range is torn down');
  yield* callByName(machine, 'interlock_pagemap_fini', [mapping], 'the range is freed');
  last();
  return result;
}

function makeMapping(machine: MachineServices, life: RangeLife): number {
  const mapping = plainObject(machine, MAPPING, MAPPING, 'zero');
  const count = life.pages.length;
  const array = (bytes: number, label: string): number =>
    machine.allocate(count * bytes, { label, storage: 'world', content: 'zero', at: null });
  const pages = array(8, 'pages of the range');
  const orders = array(4, 'orders of the range');
  life.pages.forEach(({ page, order }, index) => {
    machine.write(pages + index * 8, POINTER, page);
    machine.write(orders + index * 4, U32, order);
  });
  const interval = machine.fieldAddress(life.svm.notifier, 'struct drm_gpusvm_notifier', 'notifier');
  setFields(machine, mapping, MAPPING, {
    dpagemap: life.pagemap.dpagemap,
    dev: life.mapper,
    notifier_lock: life.svm.notifierLock,
    notifier: interval?.address ?? 0,
    pages,
    orders,
    count,
    dir: life.direction ?? 0,
  });
  return mapping;
}
