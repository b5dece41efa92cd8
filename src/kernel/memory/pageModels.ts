/** The C names of page and folio functions. What they do is in `pages.ts`. */
import { type MachineServices, type ModelCall, OBJECT_BASE, type Scalar } from '../../machine/model.ts';
import { might_sleep } from '../locking/context.ts';
import { pagefault_disable, pagefault_enable, preempt_disable, preempt_enable } from '../locking/sections.ts';
import {
  action,
  argument,
  called,
  effects,
  model,
  numeric,
  PURE,
  type Routine,
  settled,
  U8,
  U64,
} from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { folioOrder } from './openFolios.ts';
import {
  allocatePages,
  checkPageAlive,
  freePages,
  getPage,
  headOf,
  memoryOfPage,
  pageCount,
  pageLocked,
  pageOfMemory,
  putPage,
  tryGetPage,
} from './pages.ts';
import { PAGE_SIZE, pageTable } from './pageTable.ts';
import { report } from './rules.ts';

const ALLOCATES = effects({ sleeps: 'gfp', allocates: 'argument', fails: 'NULL' });
const PUT = effects({ sleeps: 'last-reference', locks: 'last put of a device page calls its driver' });
const SLEEPS = effects({ sleeps: 'yes' });

function pages(name: string, gfp: number, order: number | null, compound: boolean): DocumentedModel {
  return model(name, ALLOCATES, `mm/page_alloc.c:${name}`, (call) =>
    allocatePages(call.machine, {
      what: called(call),
      gfp: argument(call, gfp),
      order: order === null ? 0 : numeric(call, order),
      compound,
    }),
  );
}

/** Pages handed out by the address of their memory. */
function memory(name: string, order: (call: ModelCall) => number | null, gfp: number, zero: boolean): DocumentedModel {
  return model(name, { ...ALLOCATES, fails: '0' }, `mm/page_alloc.c:${name}`, (call) => {
    const flags = numeric(call, gfp);
    const head = allocatePages(call.machine, {
      what: called(call),
      gfp: flags === null ? argument(call, gfp) : zero ? flags | 0x100 : flags,
      order: order(call),
      compound: false,
    });
    return head === 0 ? 0 : memoryOfPage(call.machine, head, called(call));
  });
}

function freeMemory(call: ModelCall, order: number | null): void {
  const { machine } = call;
  const address = numeric(call, 0);
  if (address === 0) return;
  const object = machine.objectAt(argument(call, 0));
  if (object !== null && object.tag !== 'page memory' && object.storage === 'heap') {
    report(machine, 'mismatched-free', `\`${called(call)}\` of memory that is not from the page allocator`, [
      { message: 'allocated here', at: object.allocatedAt },
    ]);
    return;
  }
  freePages(machine, pageOfMemory(machine, argument(call, 0)), order, called(call));
}

function orderForBytes(bytes: number | null): number | null {
  return bytes === null ? null : Math.max(0, Math.ceil(Math.log2(Math.max(1, bytes) / PAGE_SIZE)));
}

/** The page that a call looks into. */
function alive(call: ModelCall): Scalar {
  const page = argument(call, 0);
  checkPageAlive(call.machine, page, called(call));
  return page;
}

function copyPage(machine: MachineServices, to: Scalar, from: Scalar): void {
  machine.copy(to, from, PAGE_SIZE);
}

const both = (names: readonly string[], make: (name: string) => DocumentedModel): DocumentedModel[] => names.map(make);

export const pageModels: readonly DocumentedModel[] = [
  pages('alloc_pages', 0, 1, false),
  pages('alloc_pages_node', 1, 2, false),
  pages('alloc_page_vma', 0, null, false),
  pages('folio_alloc', 0, 1, true),
  pages('__folio_alloc_node', 0, 1, true),
  pages('vma_alloc_folio', 0, 1, true),
  model('alloc_pages_bulk', { ...ALLOCATES, fails: 'fewer pages' }, 'mm/page_alloc.c:alloc_pages_bulk', (call) => {
    const count = numeric(call, 1) ?? 0;
    const array = numeric(call, 2) ?? 0;
    for (let i = 0; i < count; i++) {
      if (settled(call.machine, call.machine.read(array + 8 * i, U64)) !== 0) continue;
      const page = allocatePages(call.machine, {
        what: called(call),
        gfp: argument(call, 0),
        order: 0,
        compound: false,
      });
      if (page === 0) return i;
      call.machine.write(array + 8 * i, U64, page);
    }
    return count;
  }),
  memory('__get_free_pages', (call) => numeric(call, 1), 0, false),
  memory('get_zeroed_page', () => 0, 0, true),
  memory('alloc_pages_exact', (call) => orderForBytes(numeric(call, 0)), 1, false),
  action('__free_pages', PURE, 'mm/page_alloc.c:__free_pages', (call) =>
    freePages(call.machine, argument(call, 0), numeric(call, 1), called(call)),
  ),
  action('free_pages', PURE, 'mm/page_alloc.c:free_pages', (call) => freeMemory(call, numeric(call, 1))),
  action('free_pages_exact', PURE, 'mm/page_alloc.c:free_pages_exact', (call) => freeMemory(call, null)),
  model('split_page', PURE, 'mm/page_alloc.c:split_page', () => undefined),

  model('page_to_pfn', PURE, 'include/asm-generic/memory_model.h', (call) =>
    pageTable(call.machine).pfn(argument(call, 0)),
  ),
  model('pfn_to_page', PURE, 'include/asm-generic/memory_model.h', (call) =>
    pageTable(call.machine).page(argument(call, 0)),
  ),
  model('pfn_valid', PURE, 'include/linux/mmzone.h:pfn_valid', (call) => {
    const pfn = numeric(call, 0);
    if (pfn === null) return call.machine.unknown({ ...U8, bool: true, rank: 0, name: 'bool' }, 'pfn_valid()');
    return pageTable(call.machine).ranges.some((range) => pfn >= range.firstPfn && pfn < range.firstPfn + range.count)
      ? 1
      : 0;
  }),
  model('page_is_ram', PURE, 'kernel/resource.c:page_is_ram', (call) => {
    const pfn = numeric(call, 0);
    const range = pageTable(call.machine).ranges.find(
      (each) => pfn !== null && pfn >= each.firstPfn && pfn < each.firstPfn + each.count,
    );
    return range !== undefined && range.pgmap === 0 ? 1 : 0;
  }),
  model('page_address', effects({ fails: 'NULL without kernel mapping' }), 'mm/highmem.c:page_address', (call) =>
    memoryOfPage(call.machine, argument(call, 0), called(call)),
  ),
  model('virt_to_page', PURE, 'arch/x86/include/asm/page.h', (call) => pageOfMemory(call.machine, argument(call, 0))),
  model('virt_to_phys', PURE, 'arch/x86/include/asm/io.h', (call) => {
    const { machine } = call;
    const pfn = settled(machine, pageTable(machine).pfn(pageOfMemory(machine, argument(call, 0))));
    if (pfn === null) return machine.unknown(U64, 'physical address');
    return pfn * PAGE_SIZE + ((numeric(call, 0) ?? 0) % PAGE_SIZE);
  }),
  model('phys_to_virt', PURE, 'arch/x86/include/asm/io.h', (call) => {
    const { machine } = call;
    const physical = numeric(call, 0);
    if (physical === null) {
      const open = machine.unknown(U64, 'address of physical memory');
      machine.narrow(open, OBJECT_BASE, Number.MAX_SAFE_INTEGER);
      return open;
    }
    const page = pageTable(machine).page(Math.floor(physical / PAGE_SIZE));
    return memoryOfPage(machine, page, called(call)) + (physical % PAGE_SIZE);
  }),
  ...both(['page_folio', 'compound_head'], (name) =>
    model(name, PURE, `include/linux/page-flags.h:${name}`, (call) => headOf(call.machine, alive(call))),
  ),
  ...both(['folio_order', 'compound_order'], (name) =>
    model(name, PURE, `include/linux/mm.h:${name}`, (call) => folioOrder(call, alive(call))),
  ),
  ...both(['page_ref_count', 'page_count'], (name) =>
    model(name, PURE, `include/linux/page_ref.h:${name}`, (call) => pageCount(call.machine, alive(call))),
  ),

  ...both(['get_page', 'folio_get'], (name) =>
    action(name, PURE, `include/linux/mm.h:${name}`, (call) =>
      getPage(call.machine, argument(call, 0), 1, called(call)),
    ),
  ),
  action('folio_ref_add', PURE, 'include/linux/page_ref.h:folio_ref_add', (call) =>
    getPage(call.machine, argument(call, 0), numeric(call, 1) ?? 1, called(call)),
  ),
  ...both(['try_get_page', 'get_page_unless_zero', 'folio_try_get'], (name) =>
    model(name, effects({ fails: 'false' }), `include/linux/page_ref.h:${name}`, (call) =>
      tryGetPage(call.machine, argument(call, 0)) ? 1 : 0,
    ),
  ),
  ...both(['put_page', 'folio_put'], (name) =>
    model(name, PUT, `include/linux/mm.h:${name}`, function* (call): Routine {
      yield* putPage(call.machine, argument(call, 0), 1, called(call));
      return undefined;
    }),
  ),
  model('folio_put_refs', PUT, 'include/linux/mm.h:folio_put_refs', function* (call): Routine {
    yield* putPage(call.machine, argument(call, 0), numeric(call, 1) ?? 1, called(call));
    return undefined;
  }),
  model('release_pages', PUT, 'mm/swap.c:release_pages', function* (call): Routine {
    const count = numeric(call, 1) ?? 0;
    const array = numeric(call, 0) ?? 0;
    for (let i = 0; i < count; i++)
      yield* putPage(call.machine, call.machine.read(array + 8 * i, U64), 1, called(call));
    return undefined;
  }),

  model('folio_wait_locked', SLEEPS, 'include/linux/pagemap.h:folio_wait_locked', function* (call): Routine {
    might_sleep(call.machine, called(call));
    if (pageLocked(call.machine, argument(call, 0)))
      yield { kind: 'block', ready: () => !pageLocked(call.machine, argument(call, 0)), on: 'page lock' };
    return undefined;
  }),
  model('folio_test_locked', PURE, 'include/linux/page-flags.h', (call) =>
    pageLocked(call.machine, argument(call, 0)) ? 1 : 0,
  ),

  ...both(['set_page_dirty', 'folio_mark_dirty', 'folio_mark_accessed', 'mark_page_accessed'], (name) =>
    model(name, PURE, `mm/page-writeback.c:${name}`, () => undefined),
  ),
  model('set_page_dirty_lock', SLEEPS, 'mm/page-writeback.c:set_page_dirty_lock', (call) => {
    might_sleep(call.machine, called(call));
    return 1;
  }),
  model('kmap', SLEEPS, 'include/linux/highmem.h:kmap', (call) => {
    might_sleep(call.machine, called(call));
    return memoryOfPage(call.machine, argument(call, 0), called(call));
  }),
  model('kmap_local_page', PURE, 'include/linux/highmem.h:kmap_local_page', (call) =>
    memoryOfPage(call.machine, argument(call, 0), called(call)),
  ),
  // Unlike the local form it is an atomic section.
  model('kmap_atomic', PURE, 'include/linux/highmem.h:kmap_atomic', (call) => {
    preempt_disable(call.machine, 'kmap_atomic()');
    pagefault_disable(call.machine);
    return memoryOfPage(call.machine, argument(call, 0), called(call));
  }),
  model(
    'kmap_local_folio',
    PURE,
    'include/linux/highmem.h',
    (call) => memoryOfPage(call.machine, argument(call, 0), called(call)) + (numeric(call, 1) ?? 0),
  ),
  ...both(['kunmap', 'kunmap_local'], (name) => model(name, PURE, `include/linux/highmem.h:${name}`, () => undefined)),
  model('kunmap_atomic', PURE, 'include/linux/highmem.h:kunmap_atomic', (call) => {
    pagefault_enable(call.machine);
    preempt_enable(call.machine, 'kmap_atomic()', 'kunmap_atomic()');
  }),
  action('clear_page', PURE, 'arch/x86/include/asm/page_64.h', (call) =>
    call.machine.fill(argument(call, 0), 0, PAGE_SIZE),
  ),
  action('copy_page', PURE, 'arch/x86/include/asm/page_64.h', (call) =>
    copyPage(call.machine, argument(call, 0), argument(call, 1)),
  ),
  action('clear_highpage', PURE, 'include/linux/highmem.h', (call) =>
    call.machine.fill(memoryOfPage(call.machine, argument(call, 0), called(call)), 0, PAGE_SIZE),
  ),
  action('copy_highpage', PURE, 'include/linux/highmem.h', (call) =>
    copyPage(
      call.machine,
      memoryOfPage(call.machine, argument(call, 0), called(call)),
      memoryOfPage(call.machine, argument(call, 1), called(call)),
    ),
  ),
  action('memcpy_to_page', PURE, 'include/linux/highmem.h', (call) =>
    call.machine.copy(
      memoryOfPage(call.machine, argument(call, 0), called(call)) + (numeric(call, 1) ?? 0),
      argument(call, 2),
      numeric(call, 3) ?? 0,
    ),
  ),
  action('memcpy_from_page', PURE, 'include/linux/highmem.h', (call) =>
    call.machine.copy(
      argument(call, 0),
      memoryOfPage(call.machine, argument(call, 1), called(call)) + (numeric(call, 2) ?? 0),
      numeric(call, 3) ?? 0,
    ),
  ),
];
