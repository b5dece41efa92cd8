/**
 * Descriptors that come from user space: behind one lies a buffer of an exporter that nobody shows, another kind of file, or nothing. The
 * process keeps its own reference; what the code takes beyond it must be given back. Descriptors the code installs are files.ts.
 */
import { isUnknown, type MachineServices, type ModelCall, type StateKey } from '../../machine/model.ts';
import { countOutside } from '../memory/outsideReferences.ts';
import { mapState, POINTER } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { plainObject, setFields, structType } from '../worldObject.ts';
import { fileBehind, heldByProcess } from './files.ts';
import { isLiveMapping } from './ledger.ts';
import { describePages } from './privateData.ts';
import { makeDmaBuf } from './world.ts';

const FILE = 'struct file';
const OPS = 'struct dma_buf_ops';

/** Files by the unknown that stands for the descriptor. */
const key = mapState<number, number>('dmabuf.open-files');

function lookup(call: ModelCall): number {
  const { machine } = call;
  const fd = call.args[0] ?? 0;
  const known = machine.concrete(fd);
  if (known !== null || !isUnknown(fd)) return known === null ? 0 : fileBehind(machine, Number(known));
  const open = machine.state(key);
  const before = open.get(fd.id);
  if (before !== undefined) return before;
  const file = openFile(
    machine,
    machine.choose('descriptor', `the look-up of \`${fd.source}\` fails`, KINDS, machine.callerSite()),
  );
  open.set(fd.id, file);
  return file;
}

const TABLE = 'table of the exporter';
const KINDS = ['succeeds', 'nothing is open', 'another file is open'];

function openFile(machine: MachineServices, kind: number): number {
  if (kind === 1) return 0;
  const { file, dmabuf } = makeDmaBuf(machine, { ops: exporterOps(machine), released: true, fences: 'none' });
  const count = machine.fieldAddress(file, FILE, 'f_count');
  const long = machine.program.type('long');
  if (count === null || long === null) return file;
  machine.write(count.address, long, 1);
  machine.writeField(file, FILE, 'f_inode', machine.unknown(POINTER, 'inode of the file'));
  heldByProcess(machine, file, machine.callerSite());
  if (kind === 2) machine.writeField(file, FILE, 'f_op', machine.unknown(POINTER, 'operations of another file'));
  countOutside(machine, {
    address: kind === 2 ? file : dmabuf,
    references: () => {
      const now = machine.concrete(machine.read(count.address, long));
      return now === null ? null : Number(now);
    },
    what: kind === 2 ? 'the file of a descriptor' : 'the buffer of a descriptor',
    at: machine.callerSite(),
  });
  return file;
}

/** Members that the exporter of a document's own core has for itself (witness.c). */
const WITNESSED = [
  'attach',
  'detach',
  'pin',
  'unpin',
  'map_dma_buf',
  'unmap_dma_buf',
  'begin_cpu_access',
  'end_cpu_access',
  'mmap',
];

/** The table of the exporter that looks at what a document's own core owes it. */
export function witnessOps(machine: MachineServices): number {
  const ops = exporterOps(machine);
  for (const member of WITNESSED) {
    const name = `interlock_witness_${member.replace('_dma_buf', '')}`;
    setFields(machine, ops, OPS, { [member]: machine.addressOf(name) ?? 0 });
  }
  return ops;
}

const made: StateKey<{ table: number }> = {
  name: 'dmabuf.exporter-ops',
  create: () => ({ table: 0 }),
  fork: (sealed) => ({ ...sealed }),
};

/** The table of the bundled exporter (exporter.c), with the members that this generation of the core has. */
export function exporterOps(machine: MachineServices): number {
  const known = machine.state(made);
  if (known.table !== 0) return known.table;
  const ops = plainObject(machine, OPS, 'dma_buf_ops of an exporter', 'zero');
  const members: Readonly<Record<string, string>> = {
    pin: 'pin',
    unpin: 'unpin',
    map_dma_buf: 'map',
    unmap_dma_buf: 'unmap',
    release: 'release',
    begin_cpu_access: 'begin_cpu_access',
    end_cpu_access: 'end_cpu_access',
    mmap: 'mmap',
    vmap: 'vmap',
    vunmap: 'vunmap',
  };
  for (const [member, name] of Object.entries(members))
    setFields(machine, ops, OPS, { [member]: machine.addressOf(`interlock_exporter_${name}`) ?? 0 });
  known.table = ops;
  return ops;
}

function table(call: ModelCall): number {
  const { machine } = call;
  if (machine.choose('driver', '`map_dma_buf` of the exporter fails', ['no', 'yes'], machine.callerSite()) === 1)
    return 0;
  const type = structType(machine, 'struct sg_table');
  if (type === null) return 0;
  // Importers that cannot scatter refuse several segments: what they do behind that test is seen with one only.
  const whole = machine.choose('driver', 'the exporter maps one segment', ['no', 'yes'], machine.callerSite()) === 1;
  // The importer's to give back, hence on the heap; whose memory it is, only the exporter knows.
  const table = machine.allocate(type.size, {
    label: TABLE,
    storage: 'heap',
    tag: 'internal',
    type,
    content: 'zero',
    at: machine.callerSite(),
  });
  describePages(machine, table, bytes(call), true, whole ? 1 : undefined);
  countOutside(machine, {
    address: table,
    references: () => (isLiveMapping(machine, table) ? 2 : 1),
    what: 'the mapping of an attachment',
    at: machine.callerSite(),
  });
  return table;
}

/** Gives a table back; one that came from elsewhere stays. */
function tableFree(call: ModelCall): undefined {
  const { machine } = call;
  const given = call.args[0] ?? 0;
  const known = machine.objectAt(given);
  if (known?.label === TABLE) machine.free(known.address, machine.callerSite());
  return undefined;
}

function memory(call: ModelCall): number {
  return call.machine.allocate(bytes(call), {
    label: 'memory of the exporter',
    storage: 'world',
    content: 'unknown',
    at: null,
  });
}

function bytes(call: ModelCall): number {
  return Number(call.machine.concrete(call.args[0] ?? 0) ?? 4096);
}

export const openFileModels: readonly DocumentedModel[] = [
  {
    name: '__fd_lookup',
    run: lookup,
    effects: { sleeps: 'no', allocates: 'none', locks: 'none', fails: 'NULL' },
    source: 'fs/file.c:fget',
  },
  {
    name: '__exporter_table',
    run: table,
    effects: { sleeps: 'yes', allocates: 'GFP_KERNEL', locks: 'none', fails: 'NULL' },
    source: 'include/linux/dma-buf.h',
  },
  {
    name: '__exporter_table_free',
    run: tableFree,
    effects: { sleeps: 'yes', allocates: 'none', locks: 'none', fails: 'never' },
    source: 'include/linux/dma-buf.h',
  },
  {
    name: '__exporter_ops',
    run: ({ machine }) => exporterOps(machine),
    effects: { sleeps: 'no', allocates: 'none', locks: 'none', fails: 'never' },
    source: 'include/linux/dma-buf.h',
  },
  {
    name: '__exporter_memory',
    run: memory,
    effects: { sleeps: 'yes', allocates: 'GFP_KERNEL', locks: 'none', fails: 'never' },
    source: 'include/linux/dma-buf.h',
  },
];
