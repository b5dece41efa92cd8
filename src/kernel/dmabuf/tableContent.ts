/**
 * What an exporter handed out, looked at before the importer does: is it a pointer at all, and do the DMA segments cover the buffer in
 * whole pages. Only decided numbers are judged: an unknown address or length is nobody's mistake.
 */
import type { StructType } from '../../c/types.ts';
import { walkFunctions } from '../../c/walk.ts';
import type { MachineServices, Scalar } from '../../machine/model.ts';
import { isUnknown, OBJECT_BASE } from '../../machine/model.ts';
import { isGivenLength } from '../dma/values.ts';
import { pageTable } from '../memory/pageTable.ts';
import { report } from './ledger.ts';
import { functionsOf } from './world.ts';

const PAGE_SIZE = 4096;
const BUFFER = 'struct dma_buf';
/** More segments than this are not looked at one by one. */
const MAX_SEGMENTS = 4096;

/** ERR_PTR encodes -1..-4095. */
function isErrorPointer(value: number | bigint): boolean {
  return BigInt(value) >= 2n ** 64n - 4095n;
}

/** The pointer that `map_dma_buf` returned; the buffer's size is that of the attachment's buffer. */
export function checkTable(machine: MachineServices, attachment: number, table: number | bigint): void {
  if (table === 0) {
    report(machine, 'dma-buf-map-null', '`map_dma_buf` returned NULL; the core turns it into `-ENOMEM`');
    return;
  }
  if (isErrorPointer(table)) return;
  if (typeof table === 'bigint' || table < OBJECT_BASE || machine.objectAt(table) === null) {
    report(machine, 'dma-buf-map-bad-pointer', `\`map_dma_buf\` returned ${table}, neither a table nor an error`);
    return;
  }
  checkSegments(machine, attachment, table);
}

function checkSegments(machine: MachineServices, attachment: number, table: number): void {
  const entry = machine.program.type('struct scatterlist');
  const first = machine.readField(table, 'struct sg_table', 'sgl');
  const count = machine.concrete(machine.readField(table, 'struct sg_table', 'nents'));
  if (entry?.kind !== 'struct' || isUnknown(first) || count === null || typeof first !== 'number') return;
  if (first === 0 || count === 0) {
    report(machine, 'dma-buf-map-empty', 'the table that `map_dma_buf` returned has no DMA segments');
    return;
  }
  if (count > MAX_SEGMENTS) return;
  let total = 0;
  for (let index = 0; index < count; index++) {
    const at = first + index * entry.size;
    const address = machine.concrete(machine.readField(at, entry, 'dma_address'));
    const length = machine.concrete(machine.readField(at, entry, 'dma_length'));
    // The pages behind it are open too: whoever mapped them could not know more.
    const behind = machine.concrete(machine.readField(at, entry, 'length'));
    if (length === null || behind === null) return;
    // What its allocator kept there may be copied; the buffer's own list is handed out as it was made, or mapped.
    if (address === null && (length > 0 || machine.objectAt(at)?.storage !== 'world')) return;
    if (address === null || length === 0) {
      // Made of pages, or of nothing, that this run knows nothing about: whoever mapped it could not fill it in.
      if (behind === 0) return;
      if (openPage(machine, at, entry)) {
        // Where its pages are is open, not how many there are.
        total += Number(behind);
        continue;
      }
      report(machine, 'dma-buf-map-empty', `segment ${index} of the table that \`map_dma_buf\` returned is empty`);
      return;
    }
    // A length that the code leaves open was given a value when it was mapped: exporters allocate whole pages.
    const odd = Number(length) % PAGE_SIZE !== 0 && !isGivenLength(machine, Number(length));
    if (Number(BigInt(address) % BigInt(PAGE_SIZE)) !== 0 || odd)
      report(machine, 'dma-buf-map-unaligned', `segment ${index} of the mapping is not made of whole pages`, [], {
        address: `0x${address.toString(16)}`,
        length: Number(length),
      });
    total += Number(length);
  }
  checkSize(machine, attachment, total);
}

/**
 * Whether this run compared numbers that the document leaves open: how many pages the exporter has is then our guess, and the size of the
 * buffer is another. What an importer takes is no number.
 */
function guessedNumbers(machine: MachineServices): boolean {
  return machine.trace.some(
    (event) => event.kind === 'decision' && event.options.includes('true') && !/\bpeer2peer\b/.test(event.question),
  );
}

/** Members by which exporters know how large a buffer is. */
const SIZES = /size|len|bytes|pages|nents|count|^n$|^nr|^num/i;

/**
 * Whether the exporter has a size to keep to: one that the document exported the buffer with, or one that its ops read. All buffers of one
 * that reads none may be of the size it maps.
 */
function sizeIsAsked(machine: MachineServices, buffer: Scalar): boolean {
  const known = typeof buffer === 'number' ? machine.objectAt(buffer) : null;
  if (known?.label !== BUFFER) return true;
  const ops = machine.concrete(machine.readField(buffer, BUFFER, 'ops'));
  let asked = false;
  walkFunctions(
    functionsOf(machine, Number(ops ?? 0), 'struct dma_buf_ops'),
    3,
    (expression) => {
      asked ||=
        expression.kind === 'load' &&
        expression.place.kind === 'member' &&
        expression.type.kind === 'int' &&
        SIZES.test(expression.place.member.name ?? '') &&
        !(
          expression.place.base.type.kind === 'struct' &&
          /^(?:sg_table|scatterlist)$/.test(expression.place.base.type.tag)
        );
      return asked;
    },
    ({ at }) => at !== null && machine.program.units[at.unit]?.origin !== 'bundled',
  );
  return asked;
}

function checkSize(machine: MachineServices, attachment: number, total: number): void {
  const buffer = machine.readField(attachment, 'struct dma_buf_attachment', 'dmabuf');
  if (isUnknown(buffer)) return;
  const size = machine.concrete(machine.readField(buffer, 'struct dma_buf', 'size'));
  if (size === null || Number(size) === total) return;
  // A buffer size that is not a page multiple is mapped in whole pages.
  if (Math.ceil(Number(size) / PAGE_SIZE) * PAGE_SIZE === total) return;
  // A length that the code leaves open was given a value when it was mapped.
  if (isGivenLength(machine, total)) return;
  if (guessedNumbers(machine) || !sizeIsAsked(machine, buffer)) return;
  report(machine, 'dma-buf-map-size', `the mapping covers ${total} bytes of a buffer of ${size}`, [], {
    mapped: total,
    size: Number(size),
  });
}

/** True when the segment's page is one that the document leaves open. */
function openPage(machine: MachineServices, segment: number, entry: StructType): boolean {
  const link = machine.concrete(machine.readField(segment, entry, 'page_link'));
  if (link === null) return true;
  // The two lowest bits are marks.
  const page = Number(BigInt(link) & ~3n);
  return page !== 0 && pageTable(machine).rangeOfPage(page) === null;
}
