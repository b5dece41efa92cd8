/**
 * What is mapped, pinned and begun through each attachment, as the bundled core reports it. The kernel keeps no such books; they exist so
 * that a wrong undo is seen at the undo. Responsible for the books and their rules; what a returned table contains is `tableContent.ts`.
 */
import type { Related, Site } from '../../machine/events.ts';
import type { MachineServices, StateKey } from '../../machine/model.ts';
import { heldLocks } from '../locking/context.ts';
import type { DmaBufRule } from './rules.ts';

interface Mapping {
  readonly mapping: number;
  readonly direction: number | null;
  readonly site: Site | null;
}

interface Attachment {
  readonly attachedAt: Site | null;
  readonly mappings: Mapping[];
  readonly pins: (Site | null)[];
  /** Where the last pin was taken back. */
  unpinnedAt: Site | null;
}

interface Books {
  readonly attachments: Map<number, Attachment>;
  /** Where each finished mapping of an attachment was undone. */
  readonly undone: Map<string, Site | null>;
  /** Buffers whose importers are being notified now, by task. */
  readonly notifying: { readonly buffer: number; readonly task: number; readonly site: Site | null }[];
  readonly cpuAccess: Map<number, (Site | null)[]>;
}

const key: StateKey<Books> = {
  name: 'dmabuf.ledger',
  create: () => ({ attachments: new Map(), undone: new Map(), notifying: [], cpuAccess: new Map() }),
};

const DIRECTIONS = ['DMA_BIDIRECTIONAL', 'DMA_TO_DEVICE', 'DMA_FROM_DEVICE', 'DMA_NONE'];

/** `DMA_TO_DEVICE` for 1; a number outside the enum as it is. */
export function directionName(direction: number | null): string {
  return direction === null ? 'a direction nobody decided' : (DIRECTIONS[direction] ?? String(direction));
}

/** The one way to this subsystem's reports. */
export function report(
  machine: MachineServices,
  rule: DmaBufRule,
  message: string,
  related: readonly Related[] = [],
  data: Readonly<Record<string, string | number | boolean>> = {},
): void {
  machine.emit({ kind: 'report', rule, message, related, held: heldLocks(machine), data });
}

/** Mappings that are live, for scenarios and end-of-run checks. */
export function liveMappings(
  machine: MachineServices,
): readonly { readonly attachment: number; readonly mapping: number; readonly site: Site | null }[] {
  const live: { attachment: number; mapping: number; site: Site | null }[] = [];
  for (const [attachment, books] of machine.state(key).attachments)
    for (const { mapping, site } of books.mappings) live.push({ attachment, mapping, site });
  return live;
}

/** Whether this mapping was made and not yet undone. */
export function isLiveMapping(machine: MachineServices, mapping: number): boolean {
  return liveMappings(machine).some((each) => each.mapping === mapping);
}

/** The books of an attachment; one that was made out of sight is opened on first use. */
function of(machine: MachineServices, attachment: number): Attachment {
  const { attachments } = machine.state(key);
  let books = attachments.get(attachment);
  if (books === undefined) {
    books = { attachedAt: null, mappings: [], pins: [], unpinnedAt: null };
    attachments.set(attachment, books);
  }
  return books;
}

function ofDocument(machine: MachineServices, site: Site | null): boolean {
  return site !== null && machine.program.units[site.span.unit]?.origin !== 'bundled';
}

export function attached(machine: MachineServices, attachment: number): void {
  const site = machine.callerSite();
  // What the world attached comes with private data whose flags tell of pins and mappings that nobody shows.
  const attachedAt = ofDocument(machine, site) ? site : null;
  machine.state(key).attachments.set(attachment, { attachedAt, mappings: [], pins: [], unpinnedAt: null });
}

export function detaching(machine: MachineServices, attachment: number): void {
  const books = of(machine, attachment);
  for (const { site } of books.mappings)
    report(machine, 'dma-buf-detach-mapped', 'detached while a mapping made through the attachment is live', [
      { message: 'mapped here', at: site },
    ]);
  pinsLeft(machine, attachment);
}

/**
 * The end of an attachment whose mappings are looked after elsewhere: they are lost where the last pointer to them is. A pin that the core here
 * took for a mapping is given back by its own unmap: where the document has another, of whatever release, it owes none.
 */
export function pinsLeft(machine: MachineServices, attachment: number): void {
  for (const site of of(machine, attachment).pins.filter((each) => ofDocument(machine, each)))
    report(machine, 'dma-buf-pin-left', 'detached with a pin still in place', [{ message: 'pinned here', at: site }]);
  machine.state(key).attachments.delete(attachment);
}

/** `DMA_NONE`: a mapping that has no direction. */
const NO_DIRECTION = 3;

/** An attachment that lines which are not shown looked up: inside a notification it is the one that this is about. */
function isOpen(machine: MachineServices, attachment: number): boolean {
  return machine.objectAt(attachment)?.label.startsWith('*') === true;
}

/** Before an exporter is asked to map. */
export function mapping(machine: MachineServices, attachment: number, direction: number | null): void {
  const live = of(machine, attachment).mappings.find((each) => each.direction !== null && each.direction !== 0);
  if (live !== undefined && direction !== null && direction !== NO_DIRECTION && live.direction !== direction)
    report(
      machine,
      'dma-buf-cached-direction',
      `mapped with \`${directionName(direction)}\` while a mapping with \`${directionName(live.direction)}\` is live`,
      [{ message: 'mapped here', at: live.site }],
      { address: attachment },
    );
  const buffer = machine.readField(attachment, 'struct dma_buf_attachment', 'dmabuf');
  const active = machine
    .state(key)
    .notifying.find(
      (each) => each.task === machine.currentTask && (each.buffer === buffer || isOpen(machine, attachment)),
    );
  if (active !== undefined)
    report(machine, 'dma-buf-map-in-notify', 'mapped again from inside the notification that the storage moves', [
      { message: 'importers are notified here', at: active.site },
    ]);
}

export function mapped(machine: MachineServices, attachment: number, made: number, direction: number | null): void {
  const books = of(machine, attachment);
  const twin = books.mappings.find((each) => each.mapping === made);
  if (twin !== undefined)
    report(machine, 'dma-buf-same-mapping-twice', 'the exporter returned a mapping that is already live', [
      { message: 'first returned here', at: twin.site },
    ]);
  books.mappings.push({ mapping: made, direction, site: machine.callerSite() });
  machine.state(key).undone.delete(`${attachment}/${made}`);
}

export function unmapping(machine: MachineServices, attachment: number, what: number, direction: number | null): void {
  const books = of(machine, attachment);
  const index = books.mappings.findIndex((each) => each.mapping === what);
  const found = books.mappings[index];
  const place = `${attachment}/${what}`;
  if (found === undefined) {
    const { undone } = machine.state(key);
    const before = undone.get(place);
    // Nothing was ever mapped in sight through this attachment: it was made before the scenario began.
    if (before === undefined && books.attachedAt === null) return;
    const related = before === undefined ? [] : [{ message: 'unmapped here before', at: before }];
    report(
      machine,
      'dma-buf-unmap-unknown',
      before === undefined ? 'unmapped what is not mapped through this attachment' : 'unmapped a second time',
      related,
    );
    return;
  }
  if (direction !== null && found.direction !== null && direction !== found.direction)
    report(
      machine,
      'dma-buf-unmap-direction',
      `unmapped with \`${directionName(direction)}\`, mapped with \`${directionName(found.direction)}\``,
      [{ message: 'mapped here', at: found.site }],
      { mapped: directionName(found.direction), unmapped: directionName(direction) },
    );
  books.mappings.splice(index, 1);
  machine.state(key).undone.set(place, machine.callerSite());
}

export function pinned(machine: MachineServices, attachment: number): void {
  of(machine, attachment).pins.push(machine.callerSite());
}

export function unpinning(machine: MachineServices, attachment: number): void {
  const books = of(machine, attachment);
  // A pin from before the attachment came in sight may be taken back, but not after those that were seen.
  const { attachedAt, unpinnedAt } = books;
  if (books.pins.length === 0 && (attachedAt !== null || unpinnedAt !== null))
    report(
      machine,
      'dma-buf-unpin-unbalanced',
      'unpinned more often than pinned',
      unpinnedAt === null
        ? [{ message: 'attached here', at: attachedAt }]
        : [{ message: 'unpinned here before', at: unpinnedAt }],
      { address: attachment },
    );
  else if (books.pins.length > 0) books.unpinnedAt = machine.callerSite();
  books.pins.pop();
}

export function notifying(machine: MachineServices, buffer: number, begin: boolean): void {
  const { notifying: active } = machine.state(key);
  if (begin) {
    active.push({ buffer, task: machine.currentTask, site: machine.callerSite() });
    return;
  }
  const index = active.findLastIndex((each) => each.buffer === buffer && each.task === machine.currentTask);
  if (index >= 0) active.splice(index, 1);
}

export function cpuAccess(machine: MachineServices, buffer: number, begin: boolean): void {
  const { cpuAccess: open } = machine.state(key);
  const sites = open.get(buffer) ?? [];
  open.set(buffer, sites);
  if (begin) sites.push(machine.callerSite());
  else if (sites.length === 0)
    report(machine, 'dma-buf-cpu-access-unbalanced', '`dma_buf_end_cpu_access` without a begin');
  else sites.pop();
}

export function releasing(machine: MachineServices, buffer: number): void {
  const { attachments, cpuAccess: open } = machine.state(key);
  for (const site of open.get(buffer) ?? [])
    report(machine, 'dma-buf-cpu-access-left', 'released while CPU access is still begun', [
      { message: 'begun here', at: site },
    ]);
  open.delete(buffer);
  for (const [attachment, books] of attachments) {
    if (machine.readField(attachment, 'struct dma_buf_attachment', 'dmabuf') !== buffer) continue;
    report(machine, 'dma-buf-release-mapped', 'released while a device is still attached', [
      { message: 'attached here', at: books.attachedAt },
    ]);
  }
}
