/**
 * Descriptors that come from user space: behind one lies a buffer of an exporter that nobody shows, another kind of file, or nothing. The
 * process keeps its own reference; what the code takes beyond it must be given back. Descriptors the code installs are files.ts.
 */
import { isUnknown, type MachineServices, type ModelCall, type StateKey } from '../../machine/model.ts';
import { callerSite } from '../callerSite.ts';
import { countOutside } from '../memory/outsideReferences.ts';
import { POINTER } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { plainObject, setFields } from '../worldObject.ts';
import { fileBehind, heldByProcess } from './files.ts';
import { describePages } from './privateData.ts';
import { makeDmaBuf } from './world.ts';

const FILE = 'struct file';
const OPS = 'struct dma_buf_ops';

/** Files by the unknown that stands for the descriptor. */
const key: StateKey<Map<number, number>> = { name: 'dmabuf.open-files', create: () => new Map() };

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
    machine.choose('descriptor', `the look-up of \`${fd.source}\` fails`, KINDS, callerSite(machine)),
  );
  open.set(fd.id, file);
  return file;
}

const KINDS = ['succeeds', 'nothing is open', 'another file is open'];

function openFile(machine: MachineServices, kind: number): number {
  if (kind === 1) return 0;
  const { file, dmabuf } = makeDmaBuf(machine, { ops: exporterOps(machine), released: true, fences: 'none' });
  const count = machine.fieldAddress(file, FILE, 'f_count');
  const long = machine.program.type('long');
  if (count === null || long === null) return file;
  machine.write(count.address, long, 1);
  heldByProcess(machine, file, callerSite(machine));
  if (kind === 2) machine.writeField(file, FILE, 'f_op', machine.unknown(POINTER, 'operations of another file'));
  countOutside(machine, {
    address: kind === 2 ? file : dmabuf,
    references: () => {
      const now = machine.concrete(machine.read(count.address, long));
      return now === null ? null : Number(now);
    },
    what: kind === 2 ? 'the file of a descriptor' : 'the buffer of a descriptor',
    at: callerSite(machine),
  });
  return file;
}

/** The table of the bundled exporter (exporter.c), with the members that this generation of the core has. */
export function exporterOps(machine: MachineServices): number {
  const ops = plainObject(machine, OPS, 'dma_buf_ops of an exporter', 'zero');
  const members: Readonly<Record<string, string>> = {
    pin: 'pin',
    unpin: 'unpin',
    map_dma_buf: 'map',
    unmap_dma_buf: 'unmap',
    release: 'release',
    begin_cpu_access: 'cpu_access',
    end_cpu_access: 'cpu_access',
    mmap: 'mmap',
    vmap: 'vmap',
    vunmap: 'vunmap',
  };
  for (const [member, name] of Object.entries(members))
    setFields(machine, ops, OPS, { [member]: machine.addressOf(`interlock_exporter_${name}`) ?? 0 });
  return ops;
}

function table(call: ModelCall): number {
  const { machine } = call;
  if (machine.choose('driver', '`map_dma_buf` of the exporter fails', ['no', 'yes'], callerSite(machine)) === 1)
    return 0;
  const made = plainObject(machine, 'struct sg_table', 'table of the exporter', 'zero');
  describePages(machine, made, bytes(call), true);
  return made;
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
    name: '__exporter_memory',
    run: memory,
    effects: { sleeps: 'yes', allocates: 'GFP_KERNEL', locks: 'none', fails: 'never' },
    source: 'include/linux/dma-buf.h',
  },
];
