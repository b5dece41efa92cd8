/**
 * Device pages that several processes map at a time, and a range that is invalidated while its pages are got: the core's own calling
 * sequence (kernel/pagemap/scenario.c) in two tasks. Each process has an SVM, and so a notifier lock, of its own; the pagemap is shared.
 */
import type { OpsTable } from '../contracts/opsTables.ts';
import { dmaRun } from '../kernel/dma/run-state.ts';
import { makeDevice } from '../kernel/dmabuf/world.ts';
import { rangeLife } from '../kernel/pagemap/rangeLife.ts';
import { makeDevicePrivatePage, makeGpusvm, makeMm, makePagemap } from '../kernel/pagemap/world.ts';
import type { MachineServices } from '../machine/model.ts';
import { pagemapDriver } from './pagemapDriver.ts';
import { canMap, MAPPING, PAGEMAP_RANGE } from './rangeScenarios.ts';
import type { Scenario, ScenarioSteps } from './scenario.ts';
import { type Actor, together } from './together.ts';

const TOPOLOGY = 'two-gpus-p2p-cpu';
const ORDERS: readonly number[] = [0, 0];

/** Scenarios for a table that can map. */
export function concurrentRanges(table: OpsTable, topology: string = TOPOLOGY): Scenario[] {
  if (!canMap(table)) return [];
  const ops = table.ops.filter((op) => MAPPING.has(op.member));
  return [
    {
      name: 'concurrent.processes',
      title: 'two processes map pages of one pagemap at a time',
      table: table.symbol.name,
      ops,
      functions: ops.map((op) => op.function),
      topology,
      concurrent: true,
      run: (machine) => twoProcesses(machine, table),
    },
  ];
}

function* twoProcesses(machine: MachineServices, table: OpsTable): ScenarioSteps<void> {
  const [first, second] = dmaRun(machine).world.topology.devices;
  const mapper = makeDevice(machine, first?.name);
  const owner = second ? makeDevice(machine, second.name) : mapper;
  const pagemap = makePagemap(machine, {
    ops: machine.addressOf(table.symbol.name) ?? 0,
    device: owner,
    driver: pagemapDriver(table),
  });
  const process = (name: string): Actor => {
    const { start, length } = PAGEMAP_RANGE;
    const svm = makeGpusvm(machine, { ops: 0, mm: makeMm(machine), drm: pagemap.drm, start, end: start + length });
    const pages = ORDERS.map((order) => makeDevicePrivatePage(machine, pagemap, order));
    return {
      name,
      *script() {
        yield* rangeLife(machine, { pagemap, svm, pages, mapper: mapper.dev, end: 'notifier' });
      },
    };
  };
  yield* together(machine, [process('a process'), process('another process')]);
}
