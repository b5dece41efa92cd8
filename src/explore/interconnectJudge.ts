/**
 * What two sides of an interconnect agreed on, and what the exporter then handed over, held against the hardware of the run: an agreement
 * names a type, and ranges of a virtual function lie in its own BARs and cover the buffer.
 */

import { exporterDevice } from '../kernel/dmabuf/devices.ts';
import { report } from '../kernel/dmabuf/ledger.ts';
import type { WorldBuffer } from '../kernel/dmabuf/world.ts';
import { callByName } from '../kernel/modelling.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import type { ScenarioSteps } from './scenario.ts';

const ATTACHMENT = 'struct dma_buf_attachment';
const RANGES = 'struct dma_buf_ranges';
const RANGE = 'struct range';
/** Ranges that are looked at one by one. */
const MAX_RANGES = 64;

/** The number in a member; null when the document's struct has no such member, or nobody decided it. */
function numberIn(machine: MachineServices, object: Scalar, struct: string, member: string): bigint | null {
  if (machine.fieldAddress(object, struct, member) === null) return null;
  const value = machine.concrete(machine.readField(object, struct, member));
  return value === null ? null : BigInt(value);
}

/**
 * Whether since `from` it was guessed what a comparison of open data comes to: what code that nobody shows filled in (the type of an
 * exporter's interconnect, how many ranges it has) is no mistake of the code that reads it.
 */
function guessed(machine: MachineServices, from: number, about: RegExp): boolean {
  return machine.trace
    .slice(Math.max(from, 0))
    .some((event) => event.kind === 'decision' && about.test(event.question));
}

/** After the exporter's attach: an interconnect may be mapped only when one was agreed on. */
export function judgeAgreement(machine: MachineServices, attachment: Scalar): void {
  const allowed = numberIn(machine, attachment, ATTACHMENT, 'allow_ic');
  const type = numberIn(machine, attachment, ATTACHMENT, 'interconnect.type');
  if (allowed === null || allowed === 0n || type !== 0n || guessed(machine, 0, /\btype\b/)) return;
  report(machine, 'dma-buf-interconnect-agreed', 'an interconnect may be mapped, and none was agreed on');
}

/** After the exporter's `map_interconnect`: what it handed over, where the agreed type says how to read it. */
export function* judgeRanges(
  machine: MachineServices,
  buffer: WorldBuffer,
  attachment: Scalar,
  ranges: Scalar,
): ScenarioSteps<void> {
  const type = numberIn(machine, attachment, ATTACHMENT, 'interconnect.type');
  const iov = machine.program.constant('DMA_BUF_INTERCONNECT_IOV');
  const count = numberIn(machine, ranges, RANGES, 'nranges');
  const array = machine.fieldAddress(ranges, RANGES, 'ranges');
  if (type === null || iov === null || type !== BigInt(iov) || count === null || array === null) return;
  const wrong = (message: string): void => report(machine, 'dma-buf-interconnect-ranges', message);
  const entered = machine.trace.findLastIndex((event) => event.kind === 'op-enter' && event.op === 'map_interconnect');
  if (count === 0n) {
    if (!guessed(machine, entered, /[<>=]|\b(?:nr|num|n)_|count/))
      wrong('`map_interconnect` succeeds and hands over no range');
    return;
  }
  let total = 0n;
  for (let index = 0; index < count && index < MAX_RANGES; index++) {
    const entry = yield* callByName(machine, 'xa_load', [array.address, index], 'the importer reads the ranges');
    const known = machine.concrete(entry);
    if (known === null) return;
    if (known === 0) {
      wrong(`\`map_interconnect\` says ${count} ranges, and range ${index} is not there`);
      return;
    }
    const start = numberIn(machine, known, RANGE, 'start');
    const end = numberIn(machine, known, RANGE, 'end');
    if (start === null || end === null) return;
    const place = within(machine, start, end);
    if (place !== null) {
      wrong(`range ${index} of \`map_interconnect\` ${place}`);
      return;
    }
    total += end - start + 1n;
  }
  const size = numberIn(machine, buffer.dmabuf, 'struct dma_buf', 'size');
  if (count <= MAX_RANGES && size !== null && size !== total)
    wrong(`the ranges of \`map_interconnect\` cover ${total} bytes of a buffer of ${size}`);
}

/** What is wrong with a range of the exporting device's memory; null when it lies in one of its BARs. */
function within(machine: MachineServices, start: bigint, end: bigint): string | null {
  if (end < start) return 'ends before it starts';
  const device = exporterDevice(machine)?.device ?? null;
  if (device === null || device.bars.length === 0) return null;
  const bar = device.bars.find((each) => start >= BigInt(each.start) && start < BigInt(each.start + each.size));
  if (bar === undefined) return `begins outside of every BAR of ${device.name}`;
  return end >= BigInt(bar.start + bar.size) ? `goes beyond the BAR of ${device.name} that it begins in` : null;
}
