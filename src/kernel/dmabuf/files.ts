/**
 * The descriptor table and the queue of files whose last reference is gone. References themselves are counted in bundled C (files.c).
 * Descriptors that nobody installed (they come from user space) are openFiles.ts.
 */
import type { Site } from '../../machine/events.ts';
import type { MachineServices, ModelCall, StateKey } from '../../machine/model.ts';
import { heldLocks, might_alloc } from '../locking/context.ts';
import { GFP_KERNEL } from '../memory/gfp.ts';
import { keepOutside } from '../memory/outsideReferences.ts';
import { inner } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';

interface Files {
  next: number;
  readonly reserved: Map<number, Site | null>;
  readonly bound: Map<number, number>;
  readonly delayed: number[];
  /** Files that a descriptor of the process holds a reference of, and where the code first asked for them. */
  readonly held: Map<number, Site | null>;
}

const key: StateKey<Files> = {
  name: 'dmabuf.files',
  create: () => ({ next: 3, reserved: new Map(), bound: new Map(), delayed: [], held: new Map() }),
  fork: ({ next, reserved, bound, delayed, held }) => ({
    next,
    reserved: new Map(reserved),
    bound: new Map(bound),
    delayed: [...delayed],
    held: new Map(held),
  }),
};

/** Files whose release is still to come; a scenario lets it happen with `flush_delayed_fput`. */
export function delayedFiles(machine: MachineServices): readonly number[] {
  return machine.state(key).delayed;
}

/** Puts a file behind a descriptor, as if user space had passed it in. */
export function installFile(machine: MachineServices, file: number): number {
  const files = machine.state(key);
  const fd = files.next++;
  files.bound.set(fd, file);
  return fd;
}

/** Says that a descriptor which no code here closes holds a reference of the file. */
export function heldByProcess(machine: MachineServices, file: number, at: Site | null): void {
  machine.state(key).held.set(file, at);
}

/** The file behind a descriptor; 0 when there is none. */
export function fileBehind(machine: MachineServices, fd: number): number {
  return machine.state(key).bound.get(fd) ?? 0;
}

function misuse(machine: MachineServices, message: string, data: Readonly<Record<string, number>>): void {
  machine.emit({ kind: 'report', rule: 'file-descriptor', message, related: [], held: heldLocks(machine), data });
}

function argument(call: ModelCall, index: number): number | null {
  const value = call.machine.concrete(call.args[index] ?? 0);
  return value === null ? null : Number(value);
}

const effects = { sleeps: 'no', allocates: 'none', locks: 'none', fails: 'never' } as const;

export const fileModels: readonly DocumentedModel[] = inner([
  {
    name: '__fd_reserve',
    run: ({ machine }) => {
      // The table grows when it is full (fs/file.c:expand_files).
      might_alloc(machine, GFP_KERNEL, 'get_unused_fd_flags()');
      const files = machine.state(key);
      const at = machine.callerSite();
      if (machine.choose('fd-fails', 'get_unused_fd_flags()', ['a descriptor', '-EMFILE'], at) === 1) return -24;
      const fd = files.next++;
      files.reserved.set(fd, at);
      return fd;
    },
    effects: { ...effects, sleeps: 'yes', allocates: 'GFP_KERNEL', fails: '-errno' },
    source: 'fs/file.c:get_unused_fd_flags',
  },
  {
    name: '__fd_unreserve',
    run: (call) => {
      const fd = argument(call, 0);
      if (fd !== null && !call.machine.state(key).reserved.delete(fd))
        misuse(call.machine, '`put_unused_fd` of a descriptor that is not reserved', { fd });
      return undefined;
    },
    effects,
    source: 'fs/file.c:put_unused_fd',
  },
  {
    name: '__fd_bind',
    run: (call) => {
      const files = call.machine.state(key);
      const fd = argument(call, 0);
      const file = argument(call, 1);
      if (fd === null || file === null) return undefined;
      if (!files.reserved.delete(fd))
        misuse(call.machine, '`fd_install` into a descriptor that is not reserved', { fd });
      files.bound.set(fd, file);
      // User space holds it now; the table itself is not in simulated memory.
      keepOutside(call.machine, file);
      return undefined;
    },
    effects,
    source: 'fs/file.c:fd_install',
  },
  {
    name: '__fd_unbind',
    run: (call) => {
      const files = call.machine.state(key);
      const fd = argument(call, 0);
      if (fd === null) return 0;
      const file = files.bound.get(fd) ?? 0;
      files.bound.delete(fd);
      return file;
    },
    effects: { ...effects, fails: 'NULL' },
    source: 'fs/file.c:close_fd',
  },
  {
    name: '__file_delay_release',
    run: (call) => {
      const file = argument(call, 0);
      if (file === null) return undefined;
      const files = call.machine.state(key);
      const taken = files.held.get(file);
      // An object that was there before, and turned out to have this file, came with a reference of its own.
      const kept = [file, call.machine.readField(file, 'struct file', 'private_data')].some((each) =>
        call.machine.metByOpen(each),
      );
      if (taken !== undefined && !kept)
        call.machine.emit({
          kind: 'report',
          rule: 'file-reference',
          message: 'the reference that a descriptor holds is dropped',
          related: [{ message: 'the file was taken from its descriptor here', at: taken }],
          held: heldLocks(call.machine),
          data: {},
        });
      files.delayed.push(file);
      keepOutside(call.machine, file);
      return undefined;
    },
    effects,
    source: 'fs/file_table.c:fput',
  },
  {
    name: '__file_next_delayed',
    run: ({ machine }) => machine.state(key).delayed.shift() ?? 0,
    effects: { ...effects, fails: 'NULL' },
    source: 'fs/file_table.c:flush_delayed_fput',
  },
]);
