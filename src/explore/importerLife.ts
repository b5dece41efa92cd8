/**
 * The life of an import, for an importer's table: a buffer of the bundled exporter is attached, mapped and used, the exporter moves it twice,
 * and the importer's own op answers each time. Who maps stands in for the importer's other functions; its object knows attachment and
 * table as after an import. What an exporter promises is dmaBufLife.ts.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { StructType } from '../c/types.ts';
import { walkFunctions } from '../c/walk.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { dmaBufSteps } from '../kernel/dmabuf/contexts.ts';
import { liveMappings } from '../kernel/dmabuf/ledger.ts';
import { exporterOps } from '../kernel/dmabuf/openFiles.ts';
import {
  importedThrough,
  makeDevice,
  makeDmaBuf,
  makeImporterPrivate,
  type WorldBuffer,
} from '../kernel/dmabuf/world.ts';
import { enterContext } from '../kernel/locking/scenarioContext.ts';
import { callByName } from '../kernel/modelling.ts';
import { plainObject, setFields } from '../kernel/worldObject.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import { DMA_BUF_TOPOLOGY } from './dmaBufLife.ts';
import { inWorld, isErrorPointer, type Scenario, type ScenarioSteps } from './scenario.ts';
import { endOfOp } from './settle.ts';

const MATCH = 'struct dma_buf_mapping_match';
const TOLD = ['move_notify', 'invalidate_mappings'] as const;

/** Scenarios for an importer's table; none when nobody tells it anything. */
export function importerScenarios(table: OpsTable, topology: string = DMA_BUF_TOPOLOGY): Scenario[] {
  const told = TOLD.some((member) => table.ops.some((op) => op.member === member));
  if (table.struct !== 'dma_buf_attach_ops' || !told || table.symbol.isExtern) return [];
  return [
    {
      name: 'import-life.moves',
      title: 'a buffer is imported, mapped, and moved by its exporter twice',
      table: table.symbol.name,
      ops: table.ops,
      functions: table.ops.map((op) => op.function),
      topology,
      maxDeviations: 1,
      ...inWorld((machine) => {
        const it = importOf(machine, table);
        return () => moves(machine, table, it);
      }),
    },
  ];
}

/** An import before anything is mapped. */
export interface WorldImport {
  readonly buffer: WorldBuffer;
  readonly priv: number;
  readonly attachment: Scalar;
}

/** What an import starts from. */
interface Unattached {
  readonly buffer: WorldBuffer;
  readonly priv: number;
  readonly device: number;
  readonly importerOps: number;
}

function importOf(machine: MachineServices, table: OpsTable): Unattached {
  const importerOps = machine.addressOf(table.symbol.name) ?? 0;
  const buffer = makeDmaBuf(machine, { ops: exporterOps(machine), fences: 'none' });
  const priv = makeImporterPrivate(machine, importerOps, buffer);
  return { buffer, priv, device: makeDevice(machine).dev, importerOps };
}

/** Attaches the document's importer to a buffer of the bundled exporter; null when that failed. */
export function* attachImporter(
  machine: MachineServices,
  table: OpsTable,
  start: Unattached = importOf(machine, table),
): ScenarioSteps<WorldImport | null> {
  const { buffer, priv, device, importerOps } = start;
  const attachment = yield* mappingOf(machine).attach(machine, { buffer, priv, device, importerOps });
  const known = machine.concrete(attachment);
  if (known === null || known === 0 || isErrorPointer(known)) return null;
  importedThrough(machine, priv, Number(known));
  return { buffer, priv, attachment };
}

/** How an importer attaches and maps. */
interface Mapping {
  readonly attach: (machine: MachineServices, start: Unattached) => ScenarioSteps<Scalar>;
  readonly map: string;
  readonly unmap: string;
  /** Arguments of `map`; `unmap` has one more. */
  readonly arguments: number;
  /** The struct of a mapping. */
  readonly tag: string;
}

const SCATTERED: Mapping = {
  *attach(machine, { buffer, priv, device, importerOps }) {
    const args = [buffer.dmabuf, device, importerOps, priv];
    return yield* callByName(machine, 'dma_buf_dynamic_attach', args, 'the importer attaches');
  },
  map: 'dma_buf_map_attachment',
  unmap: 'dma_buf_unmap_attachment',
  arguments: 2,
  tag: 'sg_table',
};

/** Physical addresses, as the proposal of mapping types has them. */
const ADDRESSES: Mapping = {
  *attach(machine, { buffer, priv, importerOps }) {
    const match = plainObject(machine, MATCH, 'what the importer takes', 'zero');
    setFields(machine, match, MATCH, { type: machine.addressOf('dma_buf_mapping_pal_type') ?? 0 });
    const args = [buffer.dmabuf, match, 1, importerOps, priv];
    return yield* callByName(machine, 'dma_buf_mapping_attach', args, 'the importer attaches');
  },
  map: 'dma_buf_pal_map_phys',
  unmap: 'dma_buf_pal_unmap_phys',
  arguments: 1,
  tag: 'dma_buf_phys_list',
};

function mappingOf(machine: MachineServices): Mapping {
  return takesAddresses(machine) ? ADDRESSES : SCATTERED;
}

/** An importer's own functions say how it maps. */
export function takesAddresses({ program }: MachineServices): boolean {
  let addresses = taking.get(program);
  if (addresses === undefined) {
    addresses = takes(program);
    taking.set(program, addresses);
  }
  return addresses;
}

/** Worlds are made again and again of one program. */
const taking = new WeakMap<Program, boolean>();

function takes(program: Program): boolean {
  let addresses = false;
  walkFunctions(ownOf(program), 0, (expression) => {
    addresses ||=
      expression.kind === 'call' &&
      expression.callee.kind === 'direct' &&
      (expression.callee.symbol.name === ADDRESSES.map || expression.callee.symbol.name === ADDRESSES.unmap);
    return addresses;
  });
  return addresses;
}

function ownOf({ functions, units }: Program): readonly FunctionSymbol[] {
  return functions.filter(({ at }) => at !== null && units[at.unit]?.origin === 'document');
}

/** With the buffer's reservation held. */
export function* underReservation<T>(
  machine: MachineServices,
  buffer: WorldBuffer,
  body: () => ScenarioSteps<T>,
): ScenarioSteps<T> {
  const leave = yield* enterContext(machine, dmaBufSteps(machine, 'locked', { resv: buffer.resv }));
  const result = yield* body();
  leave();
  return result;
}

/** The exporter announces that its storage moves. */
export function* moved(machine: MachineServices, buffer: WorldBuffer): ScenarioSteps<void> {
  yield* underReservation(machine, buffer, function* () {
    yield* callByName(machine, 'dma_buf_move_notify', [buffer.dmabuf], 'the exporter moves the buffer');
  });
}

function* moves(machine: MachineServices, table: OpsTable, start: Unattached): ScenarioSteps<void> {
  const it = yield* attachImporter(machine, table, start);
  if (it === null) return;
  const { buffer, priv, attachment } = it;
  const by = mappingOf(machine);
  const sgt = yield* underReservation(machine, buffer, function* () {
    const made = yield* callByName(machine, by.map, [attachment, 0].slice(0, by.arguments), 'the importer maps');
    const known = machine.concrete(made);
    if (known === null || known === 0 || isErrorPointer(known)) return null;
    keepMapping(machine, priv, { tag: by.tag, at: Number(known) }, storedMembers(machine, table));
    return made;
  });
  if (sgt !== null) {
    for (let turn = 0; turn < 2; turn++) {
      yield* moved(machine, buffer);
      endOfOp(machine, [priv, attachment, sgt]);
    }
    if (liveMappings(machine).some((each) => each.attachment === attachment && each.mapping === sgt))
      yield* underReservation(machine, buffer, function* () {
        const args = [attachment, sgt, 0].slice(0, by.arguments + 1);
        yield* callByName(machine, by.unmap, args, 'the importer unmaps');
      });
  }
  yield* callByName(machine, 'dma_buf_detach', [buffer.dmabuf, attachment], 'the importer detaches');
}

/**
 * Members that the document's own functions store something into, by struct; null: the import itself is not shown, and its members may be
 * filled in by whatever it is.
 */
function storedMembers({ program }: MachineServices, table: OpsTable): ReadonlySet<string> | null {
  const stored = new Set<string>();
  let imports = false;
  walkFunctions(ownOf(program), 0, (expression) => {
    if (expression.kind === 'address' && expression.place.kind === 'global')
      imports ||= expression.place.symbol === table.symbol;
    if (expression.kind === 'assign' && expression.place.kind === 'member' && expression.value.kind !== 'constant') {
      const { base, member } = expression.place;
      if (base.type.kind === 'struct') stored.add(`${base.type.tag}.${member.name}`);
    }
    return false;
  });
  return imports ? stored : null;
}

/** The importer's object keeps its mapping, wherever its struct has a place for one that its code uses. */
function keepMapping(
  machine: MachineServices,
  priv: number,
  mapping: { readonly tag: string; readonly at: number },
  stored: ReadonlySet<string> | null,
): void {
  const around = machine.objectAt(priv);
  if (around?.type?.kind !== 'struct') return;
  const visit = (address: number, type: StructType): void => {
    for (const member of type.members) {
      const { type: own } = member;
      if (own.kind === 'struct' && !own.union) visit(address + member.offset, own);
      if (
        own.kind === 'pointer' &&
        own.to.kind === 'struct' &&
        own.to.tag === mapping.tag &&
        (stored?.has(`${type.tag}.${member.name}`) ?? true)
      )
        machine.write(address + member.offset, own, mapping.at);
    }
  };
  visit(around.address, around.type);
}
