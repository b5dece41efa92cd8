/** Moving the pages of a process: what a migration collects, what becomes of its entries, and who is told before pages go. */
import type { MachineServices, ModelCall, ModelResult } from '../../machine/model.ts';
import { headOf, orderOf, splitFolio } from '../memory/pages.ts';
import { pageTable } from '../memory/pageTable.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { setFields } from '../worldObject.ts';
import {
  MAX_PAGES,
  PAGE_SHIFT,
  type ProcessPage,
  pfnPage,
  readEntry,
  spaces,
  whereMapped,
  writeEntry,
  writeUnknown,
} from './addressSpace.ts';
import { devicePfnModels } from './devicePfns.ts';
import { addressArgument, integerArgument, integerField, NO_EFFECTS } from './report.ts';

const MIGRATE_VALID = 1n;
const MIGRATE_MIGRATE = 2n;
const MIGRATE_WRITE = 8n;
const MIGRATE_COMPOUND = 16n;
const MIGRATE_SHIFT = 6n;
const SELECT_SYSTEM = 1n;
const SELECT_DEVICE = 2n | 4n;
const SELECT_COMPOUND = 8n;
const MMU_NOTIFY_CLEAR = 1;

/** Whether this call is refused: what the core's own callers do then is not a question about the document. */
function refused(call: ModelCall): ModelResult {
  const { machine } = call;
  const caller = machine.stack()[1];
  if (caller === undefined || machine.program.units[caller.span.unit]?.origin === 'bundled') return 0;
  return machine.choose('call-fails', '`migrate_vma_setup()`: does it fail?', ['no', 'yes'], caller);
}

function collect(call: ModelCall): ModelResult {
  const { machine } = call;
  const args = addressArgument(call, 0);
  const member = (name: string): bigint => integerField(machine, args, 'struct migrate_vma', name) ?? 0n;
  const vma = Number(member('vma'));
  const mm = Number(integerField(machine, vma, 'struct vm_area_struct', 'vm_mm') ?? 0n);
  const src = Number(member('src'));
  const start = member('start');
  const end = member('end');
  const flags = member('flags');
  const owner = Number(member('pgmap_owner'));
  const space = spaces(machine).pages.get(mm);
  if (space === undefined) {
    writeUnknown(machine, src, (end - start) >> PAGE_SHIFT, 'migrate_vma_setup() of an address space not described');
    return machine.unknown(call.signature.result, 'migrate_vma_setup(): pages that can move');
  }
  spaces(machine).moving.set(src, { mm, first: start >> PAGE_SHIFT });
  const stuck = machine.choose(
    'migrate-partial',
    'migrate_vma_setup(): which pages can move?',
    ['all', 'all but the first', 'none'],
    machine.callerSite(),
  );
  let moving = 0;
  for (let at = start; at < end && (at - start) >> PAGE_SHIFT < MAX_PAGES; ) {
    const index = (at - start) >> PAGE_SHIFT;
    const page = space.get(at >> PAGE_SHIFT);
    const wanted =
      page === undefined
        ? (flags & SELECT_SYSTEM) !== 0n
        : page.owner === null
          ? (flags & SELECT_SYSTEM) !== 0n
          : (flags & SELECT_DEVICE) !== 0n && page.owner === owner;
    const room = (end - at) >> PAGE_SHIFT;
    const whole =
      page !== undefined && page.order > 0 && (flags & SELECT_COMPOUND) !== 0n && room >= 1n << BigInt(page.order);
    // Who cannot take a large folio gets its pages (mm/migrate_device.c:migrate_vma_collect_pmd).
    if (page !== undefined && !whole) split(machine, space, at >> PAGE_SHIFT);
    const held = stuck === 2 || (stuck === 1 && index === 0n);
    if (wanted && !held) {
      const identity =
        page === undefined ? 0n : (page.pfn << MIGRATE_SHIFT) | MIGRATE_VALID | (page.writable ? MIGRATE_WRITE : 0n);
      writeEntry(machine, src, index, identity | MIGRATE_MIGRATE | (whole ? MIGRATE_COMPOUND : 0n));
      moving += whole ? 2 ** page.order : 1;
    } else writeEntry(machine, src, index, 0n);
    at += whole ? 4096n << BigInt(page.order) : 4096n;
  }
  return moving;
}

/** The folio that this page of the process is in becomes single pages. */
function split(machine: MachineServices, space: Map<bigint, ProcessPage>, index: bigint): void {
  const page = space.get(index);
  if (page === undefined || page.owner !== null) return;
  const struct = pfnPage(machine, page.pfn);
  if (orderOf(machine, struct) === 0) return;
  splitFolio(machine, struct);
  for (const [at, each] of space) if (each.order > 0 && each.pfn === page.pfn) space.set(at, { ...each, order: 0 });
}

/** Plain page frame numbers become entries that can move. */
function collectPfns(call: ModelCall): ModelResult {
  const { machine } = call;
  const array = addressArgument(call, 0);
  const count = integerArgument(call, 1);
  if (array === 0 || count === null) return undefined;
  for (let index = 0n; index < count && index < MAX_PAGES; index++) {
    const pfn = readEntry(machine, array, index);
    if (pfn === null) continue;
    const order = pfn === 0n ? 0 : orderOf(machine, pfnPage(machine, pfn));
    const whole = order > 0 && index + (1n << BigInt(order)) <= count;
    const flags = MIGRATE_VALID | MIGRATE_MIGRATE | (whole ? MIGRATE_COMPOUND : 0n);
    writeEntry(machine, array, index, pfn === 0n ? 0n : (pfn << MIGRATE_SHIFT) | flags);
    if (!whole) continue;
    // One entry stands for a large folio; those behind it are empty.
    const last = index + (1n << BigInt(order)) - 1n;
    while (index < last) writeEntry(machine, array, ++index, 0n);
  }
  return undefined;
}

/** Order of the folio that begins with this frame; 0 for any other page of it. */
function headOrder(machine: MachineServices, pfn: bigint): number {
  const page = pfnPage(machine, pfn);
  return headOf(machine, page) === page ? orderOf(machine, page) : 0;
}

/** The page tables get the new page where the old one was. */
function replacePage(
  machine: MachineServices,
  at: { mm: number; index: bigint } | null,
  from: bigint,
  to: bigint,
): void {
  const { pages } = spaces(machine);
  const fresh = (old: ProcessPage | undefined): ProcessPage => ({
    pfn: to >> MIGRATE_SHIFT,
    order: headOrder(machine, to >> MIGRATE_SHIFT),
    writable: old?.writable ?? true,
    owner: ownerOf(machine, to >> MIGRATE_SHIFT),
  });
  const space = at === null ? undefined : pages.get(at.mm);
  if (at !== null) {
    space?.set(at.index, fresh(space.get(at.index)));
    return;
  }
  for (const each of pages.values())
    for (const [index, page] of each) if (page.pfn === from >> MIGRATE_SHIFT) each.set(index, fresh(page));
}

/** `owner` of the pagemap that a frame belongs to; null for RAM. */
function ownerOf(machine: MachineServices, pfn: bigint): number | null {
  const pgmap = pageTable(machine).ranges.find(
    (range) => range.pgmap !== 0 && pfn >= range.firstPfn && pfn < range.firstPfn + range.count,
  )?.pgmap;
  return pgmap === undefined ? null : Number(integerField(machine, pgmap, 'struct dev_pagemap', 'owner') ?? 0n);
}

/** Pages without a destination stay; the first of the rest may turn out to be in use. */
function commit(call: ModelCall): ModelResult {
  const { machine } = call;
  const src = addressArgument(call, 0);
  const dst = addressArgument(call, 1);
  const count = integerArgument(call, 2);
  if (src === 0 || dst === 0 || count === null) return undefined;
  const evicted = integerArgument(call, 3) === 0n;
  const stays =
    evicted && spaces(machine).held
      ? 1
      : machine.choose(
          'migrate-race',
          `${call.name}: did the first page stay behind?`,
          ['no', 'yes'],
          machine.callerSite(),
        );
  const from = evicted ? null : (spaces(machine).moving.get(src) ?? null);
  let seen = false;
  for (let index = 0n; index < count && index < MAX_PAGES; index++) {
    const entry = readEntry(machine, src, index);
    if (entry === null || (entry & MIGRATE_MIGRATE) === 0n) continue;
    const target = readEntry(machine, dst, index);
    if (target === null) continue;
    if (target === 0n || (stays === 1 && !seen)) writeEntry(machine, src, index, entry & ~MIGRATE_MIGRATE);
    else {
      const folio = pfnPage(machine, entry >> MIGRATE_SHIFT);
      const pages = (entry & target & MIGRATE_COMPOUND) === 0n ? 1n : 1n << BigInt(orderOf(machine, folio));
      for (let i = 0n; i < pages; i++)
        replacePage(
          machine,
          from && { mm: from.mm, index: from.first + index + i },
          entry + (i << MIGRATE_SHIFT),
          target + (i << MIGRATE_SHIFT),
        );
    }
    if (target !== 0n) seen = true;
  }
  return undefined;
}

/** Who has frames mapped that are about to go, and where. */
function mapped(call: ModelCall): ModelResult {
  const { machine } = call;
  const array = addressArgument(call, 0);
  const count = integerArgument(call, 1);
  const frames = new Set<bigint>();
  for (let index = 0n; array !== 0 && count !== null && index < count && index < MAX_PAGES; index++) {
    const pfn = readEntry(machine, array, index);
    if (pfn !== null && pfn !== 0n) frames.add(pfn);
  }
  const found = whereMapped(machine, frames);
  if (found === null) return 0;
  const { mm, start, end } = found;
  setFields(machine, addressArgument(call, 2), 'struct mmu_notifier_range', {
    mm,
    start: Number(start),
    end: Number(end),
    event: MMU_NOTIFY_CLEAR,
  });
  return 1;
}

export const migrationModels: readonly DocumentedModel[] = [
  ...devicePfnModels,
  { name: '__migrate_mapped', run: mapped, effects: NO_EFFECTS, source: 'mm/rmap.c:try_to_migrate_one' },
  {
    name: '__migrate_refused',
    run: refused,
    effects: NO_EFFECTS,
    source: 'mm/migrate_device.c:migrate_vma_setup',
  },
  {
    name: '__migrate_collect',
    run: collect,
    effects: NO_EFFECTS,
    source: 'mm/migrate_device.c:migrate_vma_collect',
  },
  {
    name: '__migrate_collect_pfns',
    run: collectPfns,
    effects: NO_EFFECTS,
    source: 'mm/migrate_device.c:migrate_device_pfns',
  },
  { name: '__migrate_commit', run: commit, effects: NO_EFFECTS, source: 'mm/migrate_device.c:__migrate_device_pages' },
];
