/**
 * Who may act on the same objects at the same time, by contract: two importers of one buffer, an importer and a process that accesses it, an
 * importer and the exporter's own function that moves or revokes it, a work item or interrupt handler on the exporter's data, an importer's
 * function that maps and its exporter's move, two processes that map pages of one pagemap, a mapping and whatever takes its pages away. Each actor holds a reference or a lock as the kernel's own callers do, so what cannot happen at a time is kept
 * apart by the simulated locks themselves. How the actors take turns is the search's business (`interleavings.ts`).
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { attachmentLife, dropReference, type LifecycleOptions, processorUse } from '../kernel/dmabuf/lifecycle.ts';
import { makeDevice, makeDmaBuf, type WorldBuffer } from '../kernel/dmabuf/world.ts';
import { makeMm, makeVma } from '../kernel/pagemap/world.ts';
import type { MachineServices } from '../machine/model.ts';
import { argumentOf } from './arguments.ts';
import { concurrentDevmem } from './concurrentDevmem.ts';
import { concurrentImports, handled, handlersOf } from './concurrentHandlers.ts';
import { concurrentMigrations } from './concurrentMigration.ts';
import { notifierScenarios } from './concurrentNotifier.ts';
import { concurrentRanges } from './concurrentRanges.ts';
import { DMA_BUF_TOPOLOGY } from './dmaBufLife.ts';
import { moversOf } from './exporterMoves.ts';
import type { Scenario, ScenarioSteps } from './scenario.ts';
import { endOfOp } from './settle.ts';
import { type Actor, together } from './together.ts';

/**
 * Scenarios with concurrent actors for one table.
 * @param own functions with a body in the document
 * @param program what they are registered for is read off it; without it no registered function acts
 */
export function concurrentScenarios(
  table: OpsTable,
  own: readonly FunctionSymbol[],
  topology: string | undefined,
  program?: Program,
): Scenario[] {
  switch (table.struct) {
    case 'dma_buf_ops':
      return concurrentBuffers(table, own, topology ?? DMA_BUF_TOPOLOGY, program);
    case 'dma_buf_attach_ops':
      return concurrentImports(table, own, topology);
    case 'drm_pagemap_ops':
      return [...concurrentRanges(table, topology), ...concurrentMigrations(table, topology)];
    case 'drm_gpusvm_ops':
      return concurrentMigrations(table, topology);
    case 'drm_pagemap_devmem_ops':
      return concurrentDevmem(table, topology);
    case 'mmu_interval_notifier_ops':
      return notifierScenarios(table, own, topology);
    default:
      return [];
  }
}

function concurrentBuffers(
  table: OpsTable,
  own: readonly FunctionSymbol[],
  topology: string,
  program: Program | undefined,
): Scenario[] {
  const has = (member: string): boolean => table.ops.some((op) => op.member === member);
  if (!has('map_dma_buf') || !has('unmap_dma_buf') || !has('release')) return [];
  const scenario = (name: string, title: string, others: readonly FunctionSymbol[], second: Second): Scenario => ({
    name: `concurrent.${name}`,
    title,
    table: table.symbol.name,
    ops: table.ops,
    functions: [...table.ops.map((op) => op.function), ...others],
    topology,
    concurrent: true,
    run: (machine) => sharedBuffer(machine, table, second),
  });
  const use = { cpuAccess: has('begin_cpu_access') || has('end_cpu_access'), vmap: has('vmap') };
  const scenarios = [scenario('importers', 'two importers of one buffer at a time', [], secondImporter)];
  if (use.cpuAccess || use.vmap || has('mmap'))
    scenarios.push(
      scenario('processor', 'an importer, and a process that accesses the buffer meanwhile', [], (machine, buffer) =>
        processor(machine, buffer, use, has('mmap')),
      ),
    );
  for (const mover of moversOf(table, own))
    scenarios.push(
      scenario(
        `move.${mover.name}`,
        `an importer, and \`${mover.name}\` of the exporter meanwhile`,
        [mover],
        (machine, buffer) => exporterMoves(machine, buffer, mover),
      ),
    );
  for (const handler of program === undefined ? [] : handlersOf(program, table, own)) {
    const { symbol } = handler;
    scenarios.push(
      scenario(
        `handler.${symbol.name}`,
        `an importer, and \`${symbol.name}\` as it is registered meanwhile`,
        [symbol],
        (machine, buffer) => ({
          name: `${symbol.name}()`,
          *script() {
            yield* handled(machine, handler, buffer.priv);
            yield* dropReference(machine, buffer, 'user');
          },
        }),
      ),
    );
  }
  return scenarios;
}

/** The actor that meets an importer. */
type Second = (machine: MachineServices, buffer: WorldBuffer) => Actor;

function* sharedBuffer(machine: MachineServices, table: OpsTable, second: Second): ScenarioSteps<void> {
  const ops = machine.addressOf(table.symbol.name) ?? 0;
  const buffer = makeDmaBuf(machine, { ops, released: true, fences: 'none' });
  const first = importer(machine, buffer, 'an importer', 'kernel');
  const done = yield* together(machine, [first, second(machine, buffer)]);
  // Which op lost memory is not seen here: both had to end for it to be lost.
  if (done) endOfOp(machine, []);
}

function importer(machine: MachineServices, buffer: WorldBuffer, name: string, which: 'kernel' | 'user'): Actor {
  const device = makeDevice(machine);
  return {
    name,
    *script() {
      yield* attachmentLife(machine, { buffer, device, importerOps: 0 });
      yield* dropReference(machine, buffer, which);
    },
  };
}

const secondImporter: Second = (machine, buffer) => importer(machine, buffer, 'another importer', 'user');

function processor(
  machine: MachineServices,
  buffer: WorldBuffer,
  use: Partial<LifecycleOptions>,
  mapped: boolean,
): Actor {
  const mmap = mapped ? makeVma(machine, makeMm(machine), 0x7f0000000000, 0x7f0000001000, true) : null;
  const device = makeDevice(machine);
  return {
    name: 'a process that accesses the buffer',
    *script() {
      yield* processorUse(machine, {
        buffer,
        device,
        importerOps: 0,
        ...use,
        ...(mmap === null ? {} : { mmap }),
      });
      yield* dropReference(machine, buffer, 'user');
    },
  };
}

function exporterMoves(machine: MachineServices, buffer: WorldBuffer, mover: FunctionSymbol): Actor {
  const { type } = mover;
  return {
    name: `the exporter in ${mover.name}()`,
    *script() {
      const args = type.parameters.map((parameter, i) =>
        i === 0 ? buffer.priv : argumentOf(machine, parameter, type.parameterNames[i] ?? `${i + 1}`),
      );
      yield { kind: 'call', target: mover, args, why: 'the exporter moves its buffer' };
      yield* dropReference(machine, buffer, 'user');
    },
  };
}
