/** Device memory with struct pages: registering ranges, the kinds of pages, taking pages into use. Its last put is in `pages.ts`. */
import type { IntType } from '../../c/types.ts';
import { isUnknown, type MachineServices, type ModelCall, type ModelResult, type Scalar } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import { might_sleep } from '../locking/context.ts';
import {
  action,
  argument,
  callByName,
  called,
  effects,
  errorPointer,
  mapState,
  model,
  numeric,
  PURE,
  type Routine,
  S32,
  settled,
  U8,
  U64,
} from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { allocate, allocationSucceeds } from './allocation.ts';
import { addDevres, removeDevres } from './devresState.ts';
import { GFP_KERNEL } from './gfp.ts';
import { PAGE_SIZE, type PageRange, pageTable } from './pageTable.ts';
import { report } from './rules.ts';

const PGMAP = 'struct dev_pagemap';
const BOOL: IntType = { ...U8, bool: true, rank: 0, name: 'bool' };
const MEMORY_DEVICE_PRIVATE = 1;
const MEMORY_DEVICE_COHERENT = 2;
const MEMORY_DEVICE_PCI_P2PDMA = 5;
const REGISTERS = effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', fails: 'ERR_PTR' });

function rangeOf(machine: MachineServices, page: Scalar): PageRange | null {
  const table = pageTable(machine);
  return table.rangeOfPage(table.address(page));
}

const openKinds = mapState<string, Scalar>('memory.open-page-kinds');

/** What an open page answers to a question about its kind; always the same. */
function openAnswer(machine: MachineServices, page: Scalar, question: string): Scalar {
  const answers = machine.state(openKinds);
  const id = `${pageTable(machine).address(page)} ${question}`;
  const answer = answers.get(id) ?? machine.unknown(BOOL, `${question}()`);
  answers.set(id, answer);
  return answer;
}

function kind(name: string, types: readonly number[]): DocumentedModel {
  return model(name, PURE, `include/linux/memremap.h:${name}`, (call) => {
    const range = rangeOf(call.machine, argument(call, 0));
    if (range === null) return openAnswer(call.machine, argument(call, 0), name.replace('folio_', 'page_'));
    if (range.pgmap === 0) return 0;
    const type = settled(call.machine, call.machine.readField(range.pgmap, PGMAP, 'type'));
    return types.length === 0 || (type !== null && types.includes(type)) ? 1 : 0;
  });
}

function pgmapOf(call: ModelCall): Scalar {
  const range = rangeOf(call.machine, argument(call, 0));
  if (range !== null) return range.pgmap;
  const at = call.machine.fieldAddress(argument(call, 0), 'struct page', 'pgmap');
  if (at === null) return 0;
  // Asked of device pages only, which have one (include/linux/memremap.h:page_pgmap).
  const pgmap = call.machine.read(at.address, at.type);
  if (isUnknown(pgmap)) call.machine.narrow(pgmap, PAGE_SIZE, Number.MAX_SAFE_INTEGER);
  return pgmap;
}

/** Registers the range of a pagemap; the result is an address or an error pointer (mm/memremap.c:memremap_pages). */
function register(call: ModelCall, pgmap: Scalar): ModelResult {
  const { machine } = call;
  const range = machine.fieldAddress(pgmap, PGMAP, 'range');
  const start = range === null ? null : settled(machine, machine.read(range.address, U64));
  const end = range === null ? null : settled(machine, machine.read(range.address + 8, U64));
  const type = settled(machine, machine.readField(pgmap, PGMAP, 'type'));
  const ops = settled(machine, machine.readField(pgmap, PGMAP, 'ops'));
  if (type === MEMORY_DEVICE_PRIVATE && ops === 0) return errorPointer(errno('EINVAL'));
  if (!allocationSucceeds(machine, called(call), GFP_KERNEL, true)) return errorPointer(errno('ENOMEM'));
  const address = settled(machine, pgmap) ?? machine.materialise(pgmap, machine.program.type(PGMAP) ?? U8) ?? 0;
  if (start !== null && end !== null && end > start) registerRange(machine, address, start, end - start + 1);
  return start ?? machine.unknown(U64, 'address of device memory');
}

/** Struct pages for a physical range of a device; also for scenarios that make their own pagemap. */
export function registerRange(machine: MachineServices, pgmap: number, start: number, size: number): PageRange {
  const table = pageTable(machine);
  const count = Math.ceil(size / PAGE_SIZE);
  const pages = machine.allocate(table.pageBytes * count, {
    label: 'struct pages of device memory',
    storage: 'world',
    tag: 'struct page',
    content: 'zero',
    at: machine.site(),
    type: table.pageType,
  });
  return table.add({ firstPfn: Math.floor(start / PAGE_SIZE), count, pages, pgmap });
}

/** `zone_device_folio_init`: one reference, locked, of this order. */
function* takeIntoUse(call: ModelCall): Routine {
  const { machine } = call;
  const table = pageTable(machine);
  const page = table.address(argument(call, 0));
  const order = call.args.length >= 3 ? (numeric(call, 2) ?? 0) : call.args.length === 2 ? (numeric(call, 1) ?? 0) : 0;
  const range = table.rangeOfPage(page);
  if (range === null) return undefined;
  const before = table.blockOf(page);
  if (before?.live === true)
    report(machine, 'page-refcount', `\`${called(call)}\` of a device page that is in use`, [
      { message: 'taken into use here', at: before.at },
    ]);
  table.blocks.set(page, {
    range,
    head: page,
    order: order > 18 ? 0 : order,
    compound: order > 0,
    live: true,
    memory: 0,
    numbered: true,
    open: false,
    at: machine.site(),
  });
  const count = machine.fieldAddress(page, 'struct page', '_refcount');
  if (count !== null) machine.write(count.address, S32, 1);
  if (range.pgmap !== 0) machine.writeField(page, 'struct page', 'pgmap', range.pgmap);
  yield* callByName(machine, 'folio_lock', [page], 'a device page is taken into use locked');
  return undefined;
}

/** `request_free_mem_region`: a resource with a range that nothing else has. */
function freeRegion(call: ModelCall, sizeIndex: number, device: Scalar | null): ModelResult {
  const { machine } = call;
  const size = numeric(call, sizeIndex) ?? 2 ** 30;
  const type = machine.program.type('struct resource');
  const resource = allocate(machine, {
    what: called(call),
    size: type !== null && type.kind === 'struct' ? type.size : 64,
    gfp: GFP_KERNEL,
    tag: 'internal',
    zero: true,
    label: 'struct resource of device memory',
  });
  if (resource === 0) return errorPointer(errno('ENOMEM'));
  const start = pageTable(machine).takeDeviceRange(size);
  machine.writeField(resource, 'struct resource', 'start', start);
  machine.writeField(resource, 'struct resource', 'end', start + size - 1);
  if (device !== null) addDevres(machine, device, { kind: 'region', address: resource, start, at: machine.site() });
  return resource;
}

export const zoneDeviceModels: readonly DocumentedModel[] = [
  ...['is_zone_device_page', 'folio_is_zone_device'].map((name) => kind(name, [])),
  ...['is_device_private_page', 'folio_is_device_private'].map((name) => kind(name, [MEMORY_DEVICE_PRIVATE])),
  ...['is_device_coherent_page', 'folio_is_device_coherent'].map((name) => kind(name, [MEMORY_DEVICE_COHERENT])),
  kind('folio_is_pci_p2pdma', [MEMORY_DEVICE_PCI_P2PDMA]),
  ...['page_pgmap', 'folio_pgmap'].map((name) => model(name, PURE, `include/linux/memremap.h:${name}`, pgmapOf)),
  ...['page_zone_device_data', 'folio_zone_device_data'].map((name) =>
    model(name, PURE, `include/linux/memremap.h:${name}`, (call) =>
      call.machine.readField(argument(call, 0), 'struct page', 'zone_device_data'),
    ),
  ),
  action('folio_set_zone_device_data', PURE, 'include/linux/memremap.h:folio_set_zone_device_data', (call) =>
    call.machine.writeField(argument(call, 0), 'struct page', 'zone_device_data', argument(call, 1)),
  ),
  ...['zone_device_page_init', 'zone_device_folio_init'].map((name) =>
    model(name, effects({ locks: 'the page comes back locked' }), `mm/memremap.c:${name}`, takeIntoUse),
  ),
  model('memremap_pages', REGISTERS, 'mm/memremap.c:memremap_pages', (call) => register(call, argument(call, 0))),
  model('devm_memremap_pages', REGISTERS, 'mm/memremap.c:devm_memremap_pages', (call) => {
    const result = register(call, argument(call, 1));
    if (typeof result === 'number')
      addDevres(call.machine, argument(call, 0), {
        kind: 'pagemap',
        address: settled(call.machine, argument(call, 1)) ?? 0,
        start: 0,
        at: call.machine.site(),
      });
    return result;
  }),
  action('memunmap_pages', effects({ sleeps: 'yes' }), 'mm/memremap.c:memunmap_pages', (call) => {
    might_sleep(call.machine, called(call));
    pageTable(call.machine).remove(numeric(call, 0) ?? -1);
  }),
  model('devm_memunmap_pages', effects({ sleeps: 'yes' }), 'mm/memremap.c:devm_memunmap_pages', (call) => {
    might_sleep(call.machine, called(call));
    const pgmap = numeric(call, 1) ?? -1;
    removeDevres(
      call.machine,
      argument(call, 0),
      (resource) => resource.kind === 'pagemap' && resource.address === pgmap,
    );
    pageTable(call.machine).remove(pgmap);
  }),
  model('devm_request_free_mem_region', REGISTERS, 'kernel/resource.c:devm_request_free_mem_region', (call) =>
    freeRegion(call, 2, argument(call, 0)),
  ),
  model('request_free_mem_region', REGISTERS, 'kernel/resource.c:request_free_mem_region', (call) =>
    freeRegion(call, 1, null),
  ),
  model('devm_release_mem_region', PURE, 'include/linux/ioport.h', (call) => {
    const start = numeric(call, 1);
    const found = removeDevres(
      call.machine,
      argument(call, 0),
      (resource) => resource.kind === 'region' && (start === null || resource.start === start),
    );
    if (found !== null && found.address !== 0) call.machine.free(found.address, call.machine.site());
    else if (start !== null)
      report(call.machine, 'devres-not-found', `\`${called(call)}\` of a region that the device does not own`);
  }),
  action('release_mem_region', PURE, 'kernel/resource.c:__release_region', () => undefined),
  model('get_dev_pagemap', effects({ fails: 'NULL' }), 'mm/memremap.c:get_dev_pagemap', (call) => {
    const pfn = numeric(call, 0);
    const range = pageTable(call.machine).ranges.find(
      (each) => pfn !== null && each.pgmap !== 0 && pfn >= each.firstPfn && pfn < each.firstPfn + each.count,
    );
    return range?.pgmap ?? 0;
  }),
  model('put_dev_pagemap', PURE, 'include/linux/memremap.h:put_dev_pagemap', () => undefined),
];
