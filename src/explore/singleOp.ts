/**
 * Ops on their own: each op of a table in each context in which the kernel calls it. Arguments come from roles and types; nothing of a life
 * before the call is assumed.
 */
import type { CType } from '../c/types.ts';
import type { ContextId, ParameterRole } from '../contracts/contract.ts';
import type { Op, OpsTable } from '../contracts/opsTables.ts';
import { notifying } from '../kernel/dmabuf/ledger.ts';
import {
  agreedBefore,
  attachedBefore,
  makeAttachment,
  makeDevice,
  makeDmaBuf,
  matchedTo,
  matchedToAddresses,
  type WorldBuffer,
} from '../kernel/dmabuf/world.ts';
import { heldLocks } from '../kernel/locking/context.ts';
import { callByName, U64 } from '../kernel/modelling.ts';
import { makeDevicePrivatePage, makePagemap, makeVma, mapsFile } from '../kernel/pagemap/world.ts';
import { plainObject, setFields } from '../kernel/worldObject.ts';
import { isUnknown, type MachineServices, type Scalar } from '../machine/model.ts';
import { argumentOf, embed, testedForNull } from './arguments.ts';
import { CallerWorld, within } from './contexts.ts';
import { asDocumented } from './documentedCalls.ts';
import { embeddedIn } from './embedded.ts';
import { takesAddresses } from './importerLife.ts';
import { forgetInitialData } from './initialisedElsewhere.ts';
import { reportMappingsLeft } from './mappingsLeft.ts';
import { CONTEXT_WORDS, callOp, inWorld, type OpResult, type Scenario, type ScenarioSteps } from './scenario.ts';
import { endOfOp } from './settle.ts';

export const DEFAULT_TOPOLOGY = 'two-gpus-p2p-cpu';

/** Where the process has an area when an op is given one. */
const AREA = { start: 0x7f0000000000, end: 0x7f0000200000 };

/** Ops of importers that the core calls for each attachment of a buffer that moves. */
const TOLD_OF_MOVES: ReadonlySet<string> = new Set(['move_notify', 'invalidate_mappings']);

/** References on a fence that outlast a function of which only a part is shown. */
const REFERENCES_UNSEEN = 8;

/** One scenario per op and context that `wanted` accepts. */
export function singleOpScenarios(
  table: OpsTable,
  wanted: (op: Op, context: ContextId) => boolean,
  topology: string = DEFAULT_TOPOLOGY,
): Scenario[] {
  return table.ops.flatMap((op) =>
    op.contract.contexts
      .filter((context) => wanted(op, context))
      .map((context) => ({
        name: `op.${op.member}.${context}`,
        title: `${op.member} alone: ${CONTEXT_WORDS[context]}`,
        table: table.symbol.name,
        ops: [op],
        functions: [op.function],
        topology,
        ...inWorld((machine) => alone(machine, op, context)),
      })),
  );
}

/** One call of an op in a context, and what it left behind, on arguments that are made at once. */
export function alone(machine: MachineServices, op: Op, context: ContextId): () => ScenarioSteps<void> {
  forgetInitialData(machine, op.function);
  const caller = new CallerWorld(machine);
  const subjects = new Subjects(machine, op.table, caller);
  const args = op.function.type.parameters.map(
    (type, i) =>
      subjects.argument(op.contract.roles[i] ?? 'by-type', context) ??
      subjects.ofProcess(type) ??
      noArgument(machine, op, i) ??
      subjects.embedded(op, type) ??
      argumentOf(machine, type, op.function.type.parameterNames[i] ?? `${i + 1}`),
  );
  args.forEach((arg, i) => {
    const type = op.function.type.parameters[i];
    if (type !== undefined && op.contract.caller === undefined) saysItsOps(machine, op.table, type, arg);
  });
  const notice = op.table.struct === 'dma_buf_attach_ops' && TOLD_OF_MOVES.has(op.member) ? subjects.buffer.dmabuf : 0;
  return () => called(machine, op, context, { caller, args, notice });
}

/** What a call starts from. */
interface Start {
  readonly caller: CallerWorld;
  readonly args: readonly Scalar[];
  /** The buffer whose importers are being told; 0: none. */
  readonly notice: number;
}

function* called(
  machine: MachineServices,
  op: Op,
  context: ContextId,
  { caller, args, notice }: Start,
): ScenarioSteps<void> {
  yield* within(machine, context, caller, function* () {
    const call = (): ScenarioSteps<OpResult> => callOp(machine, op, context, args);
    const open = op.contract.caller !== undefined || op.contract.required === 'unknown';
    if (notice !== 0) notifying(machine, notice, true);
    const result = yield* open ? asDocumented(machine, op.function, args, context, call) : call();
    if (notice !== 0) notifying(machine, notice, false);
    // The last reference of a file goes on the way back to user space (fs/file_table.c:fput).
    if (context === 'process' && heldLocks(machine).length === 0)
      yield* callByName(machine, 'flush_delayed_fput', [], 'the task goes back to user space');
    endOfOp(machine, [...args, result.value]);
    if (op.contract.caller === 'unseen') reportMappingsLeft(machine, result.value);
  });
}

/** An object that names its ops (`fence->ops`, `obj->funcs`) names the table through which it came here, unless it names one already. */
function saysItsOps(machine: MachineServices, table: OpsTable, type: CType, arg: Scalar): void {
  const address = machine.addressOf(table.symbol.name);
  if (address === null || typeof arg !== 'number' || arg === 0) return;
  if (type.kind !== 'pointer' || type.to.kind !== 'struct' || type.to.union) return;
  for (const { name, type: of } of type.to.members) {
    if (name === null || of.kind !== 'pointer' || of.to.kind !== 'struct' || of.to.tag !== table.struct) continue;
    if (isUnknown(machine.readField(arg, type.to, name))) machine.writeField(arg, type.to, name, address);
  }
}

/** What is assumed of an argument that the function tests for NULL. */
export function nullArgument(name: string): string {
  return `\`${name}\` may be NULL, as the function’s own test of it says`;
}

/** NULL, where a function that nobody visible calls asks for it and the run answers so; null: not asked. */
function noArgument(machine: MachineServices, op: Op, index: number): number | null {
  if (op.contract.caller !== 'unseen' || !testedForNull(op.function).has(index)) return null;
  const name = op.function.type.parameterNames[index] ?? `${index + 1}`;
  if (machine.choose('branch', `\`${name}\` is NULL`, ['false', 'true'], null) === 0) return null;
  machine.emit({ kind: 'assumption', about: name, message: nullArgument(name) });
  return 0;
}

/** Arguments whose meaning ties them to one another and to the calling context: one buffer, its attachment, its reservation. */
class Subjects {
  private bufferObject: WorldBuffer | null = null;
  private impliedObject: number | null = null;
  private attachmentObject: number | null = null;
  private areaObject: number | null = null;

  constructor(
    private readonly machine: MachineServices,
    private readonly table: OpsTable,
    private readonly caller: CallerWorld,
  ) {}

  private get tableAddress(): number {
    return this.machine.addressOf(this.table.symbol.name) ?? this.impliedTable();
  }

  /** The table of ops that are shown without one. */
  private impliedTable(): number {
    if (!this.table.symbol.isExtern || !this.table.struct.startsWith('dma_buf_')) return 0;
    if (this.impliedObject !== null) return this.impliedObject;
    const struct = `struct ${this.table.struct}`;
    this.impliedObject = plainObject(this.machine, struct, this.table.symbol.name, 'zero');
    for (const { member, function: target } of this.table.ops)
      setFields(this.machine, this.impliedObject, struct, { [member]: this.machine.addressOf(target.name) ?? 0 });
    return this.impliedObject;
  }

  get buffer(): WorldBuffer {
    if (this.bufferObject === null) {
      this.bufferObject = makeDmaBuf(this.machine, {
        ops: this.table.struct === 'dma_buf_ops' ? this.tableAddress : 0,
      });
      this.caller.useReservation(this.bufferObject.resv);
    }
    return this.bufferObject;
  }

  get attachment(): number {
    if (this.attachmentObject === null) {
      this.attachmentObject = makeAttachment(this.machine, this.buffer, makeDevice(this.machine), {
        importerOps: this.table.struct === 'dma_buf_attach_ops' ? this.tableAddress : 0,
      });
      if (this.table.struct === 'dma_buf_interconnect_ops') agreedBefore(this.machine, this.attachmentObject);
      if (this.table.struct === 'dma_buf_attach_ops' && takesAddresses(this.machine))
        matchedToAddresses(this.machine, this.attachmentObject, makeDevice(this.machine));
      if (this.table.struct === 'dma_buf_mapping_type')
        matchedTo(this.machine, this.attachmentObject, this.tableAddress, makeDevice(this.machine));
      if (this.table.struct === 'dma_buf_ops')
        attachedBefore(
          this.machine,
          this.buffer,
          this.attachmentObject,
          this.table.ops.map((op) => op.function),
        );
    }
    return this.attachmentObject;
  }

  /** What a registered function steps out of with `container_of` lies in the struct it says; null when the argument's type says enough. */
  embedded(op: Op, type: CType): number | null {
    if (op.contract.caller === undefined || type.kind !== 'pointer' || type.to.kind !== 'struct') return null;
    return embeddedIn(this.machine, `struct ${type.to.tag}`, [op.function]);
  }

  /** An object of a driver that holds a reservation: the caller's. */
  private reserved(struct: string, member: string): number {
    const object = embeddedIn(
      this.machine,
      struct,
      this.table.ops.map((op) => op.function),
    );
    setFields(this.machine, object, struct, { [member]: this.caller.resv });
    return object;
  }

  private fence(): number {
    const struct = 'struct dma_fence';
    const fence = embeddedIn(
      this.machine,
      struct,
      this.table.ops.map((op) => op.function),
    );
    // Whoever calls has a reference, and so have the lines that nobody sees of the function.
    const partial = this.table.ops.some((op) => op.function.body()?.partial === true);
    setFields(this.machine, fence, struct, {
      lock: this.caller.fenceLock,
      ...(partial ? { 'refcount.refcount.refs.counter': REFERENCES_UNSEEN } : {}),
      ...(this.table.struct === 'dma_fence_ops' ? { ops: this.tableAddress } : {}),
    });
    return fence;
  }

  /** What belongs to the process whose locks the caller holds: its SVM, an area, a fault in it; null for any other type. */
  ofProcess(type: CType): number | null {
    if (type.kind !== 'pointer' || type.to.kind !== 'struct') return null;
    const { tag } = type.to;
    // The process whose mmap_lock the migration holds (drm_pagemap.c:drm_pagemap_populate_mm).
    if (this.table.struct === 'drm_pagemap_ops' && tag === 'mm_struct') return this.caller.mm;
    if (this.table.struct === 'drm_gpusvm_ops') {
      if (tag === 'drm_gpusvm') return this.caller.svm.gpusvm;
      if (tag === 'drm_gpusvm_notifier') return this.caller.svm.notifier;
    }
    if (tag !== 'vm_fault' && tag !== 'vm_area_struct') return null;
    if (this.areaObject === null) {
      const shared = this.sharedArea();
      this.areaObject = makeVma(this.machine, this.caller.mm, AREA.start, AREA.end, shared);
      // Mapped for the process alone, a file's area is a file's all the same.
      if (!this.isOfPages()) mapsFile(this.machine, this.areaObject);
      // Which part of a file is mapped, the process says.
      const vm_pgoff = shared ? this.machine.unknown(U64, 'vm_pgoff of the area') : 0;
      setFields(this.machine, this.areaObject, 'struct vm_area_struct', { vm_pgoff });
      // Whose area it is, and of which file, is the driver's.
      for (const member of ['vm_private_data', 'vm_file'])
        setFields(this.machine, this.areaObject, 'struct vm_area_struct', {
          [member]: embed(this.machine, `${member} of the area`),
        });
    }
    if (tag === 'vm_area_struct') return this.areaObject;
    const fault = plainObject(this.machine, 'struct vm_fault', 'struct vm_fault', 'unknown');
    setFields(this.machine, fault, 'struct vm_fault', { vma: this.areaObject, address: AREA.start });
    if (this.table.struct === 'dev_pagemap_ops')
      setFields(this.machine, fault, 'struct vm_fault', { page: this.devicePage() });
    return fault;
  }

  /** Files of devices are mapped shared, if not always; the memory that moves to a device is the process's own. */
  private sharedArea(): boolean {
    if (this.isOfPages()) return false;
    return this.machine.choose('process', 'the process maps the file for itself alone', ['no', 'yes'], null) === 0;
  }

  /** The table is called for memory that migrates, which is anonymous. */
  private isOfPages(): boolean {
    return this.table.struct === 'dev_pagemap_ops' || this.table.struct === 'drm_pagemap_ops';
  }

  /** A page of the device memory that this table belongs to; what the driver put behind it is the driver's. */
  private devicePage(): number {
    const pagemap = makePagemap(this.machine, { ops: 0, device: makeDevice(this.machine) });
    setFields(this.machine, pagemap.pagemap, 'struct dev_pagemap', { ops: this.tableAddress });
    return makeDevicePrivatePage(this.machine, pagemap, 0, embed(this.machine, 'data behind the page')).page;
  }

  /** The argument for a role; null when the role says nothing beyond the type. */
  argument(role: ParameterRole, context: ContextId): Scalar | null {
    switch (role) {
      case 'dma-buf':
        return this.buffer.dmabuf;
      case 'attachment':
        return this.attachment;
      case 'direction':
        return 0;
      case 'atomic-flag':
        return context === 'C7' || context === 'C7a' ? 1 : 0;
      case 'length':
        return 4096;
      case 'order':
      case 'offset':
        return 0;
      case 'gem-object':
        return this.reserved('struct drm_gem_object', 'resv');
      case 'ttm-object':
        return this.reserved('struct ttm_buffer_object', 'base.resv');
      case 'fence':
        return this.fence();
      case 'pagemap':
      case 'mapper-device':
      case 'page':
      case 'cookie':
      case 'address':
      case 'sg-table':
      case 'ranges':
      case 'by-type':
        return null;
      default: {
        const never: never = role;
        return never;
      }
    }
  }
}
