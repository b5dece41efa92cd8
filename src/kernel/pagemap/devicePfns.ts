/**
 * The page numbers that a driver fills in for its device memory, where they rest on a place that nobody shows (`bo->first + i`): they are of
 * the pagemap's own range and of pages that nobody uses, as those of a real allocation are. What a driver computes wrongly stays wrong.
 */
import { isUnknown, type ModelCall } from '../../machine/model.ts';
import { PAGE_SIZE, type PageRange, pageTable } from '../memory/pageTable.ts';
import { inner, U64 } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { addressArgument, integerArgument, NO_EFFECTS } from './report.ts';

/** Where allocations may lie in a range, in pages, and how many of these places are tried. */
const PLACES = { apart: 256, tried: 16 } as const;

/** `__devmem_pfns(pagemap, pfns, npages)` */
function pagesMeant(call: ModelCall): undefined {
  const { machine } = call;
  const pagemap = addressArgument(call, 0);
  const array = addressArgument(call, 1);
  const count = Number(integerArgument(call, 2) ?? 0n);
  const range = pageTable(machine).ranges.find(({ pgmap }) => pgmap === pagemap);
  if (range === undefined || array === 0) return undefined;
  for (let i = 0; i < count; i++) {
    const value = machine.read(array + 8 * i, U64);
    if (!isUnknown(value)) continue;
    const from = placesFor(range).flatMap((page) => [
      range.firstPfn + page,
      page,
      page * PAGE_SIZE,
      (range.firstPfn + page) * PAGE_SIZE,
    ]);
    const pfn = machine.settle(value, from, (number) => isFree(call, range, number, i, count));
    if (pfn !== null) machine.write(array + 8 * i, U64, pfn);
  }
  return undefined;
}

function placesFor({ count }: PageRange): readonly number[] {
  return Array.from({ length: PLACES.tried }, (_, k) => (k + 1) * PLACES.apart).filter((page) => page < count);
}

/** Whether a page can be the `index`-th of an allocation of `count` pages. */
function isFree(call: ModelCall, range: PageRange, pfn: number, index: number, count: number): boolean {
  const table = pageTable(call.machine);
  const first = pfn - range.firstPfn - index;
  if (!Number.isInteger(first) || first < 0 || first + count > range.count) return false;
  for (let i = index; i < count; i++)
    if (table.blockOf(range.pages + (first + i) * table.pageBytes)?.live === true) return false;
  return true;
}

export const devicePfnModels: readonly DocumentedModel[] = inner([
  {
    name: '__devmem_pfns',
    effects: NO_EFFECTS,
    source: 'of the simulator: which free pages of device memory a driver means',
    run: pagesMeant,
  },
]);
