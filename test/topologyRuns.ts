/**
 * For tests of the mapping models: C text in, what happened out, on a topology of choice. A document may use `dev_gpu0`-like names: each
 * topology device is passed to the entry function, in order, as a `struct device *` (or `struct pci_dev *` when the parameter is one).
 */
import { createProgram } from '../src/c/program.ts';
import type { SourceUnit } from '../src/c/source.ts';
import { subsystem as dma } from '../src/kernel/dma/index.ts';
import { reportMappingLeaks } from '../src/kernel/dma/leaks.ts';
import { setTopology } from '../src/kernel/dma/run-state.ts';
import { subsystem as fabric } from '../src/kernel/fabric/index.ts';
import { subsystem as iommu } from '../src/kernel/iommu/index.ts';
import { subsystem as pci } from '../src/kernel/pci/index.ts';
import { createPciDevice } from '../src/kernel/pci/objects.ts';
import { bundledUnits, models, SUBSYSTEMS } from '../src/kernel/registry.ts';
import type { Event } from '../src/machine/events.ts';
import { createMachine } from '../src/machine/machine.ts';
import type { MachineServices, Scalar } from '../src/machine/model.ts';
import { presetTopology } from '../src/topology/presets.ts';
import { loadParser } from './loadParser.ts';

const ALL = [...SUBSYSTEMS, ...[dma, pci, iommu, fabric].filter((one) => !SUBSYSTEMS.includes(one))];

export interface MachineTest {
  readonly topology?: string;
  /** Question pieces that take their second answer, each once. */
  readonly choose?: readonly string[];
  /** Looks at the machine after the entry function has returned, still inside the run. */
  readonly after?: (machine: MachineServices, devices: readonly number[]) => void;
}

/** What the run shows: reports, faults, unsupported constructs and assumptions as lines, then `= value`. */
export async function runOnTopology(text: string, test: MachineTest = {}): Promise<readonly string[]> {
  const document: SourceUnit = {
    id: 0,
    path: 'drivers/gpu/drm/test/test.c',
    text,
    origin: 'document',
    fragment: false,
  };
  const bundled = bundledUnits(ALL).map((unit, index): SourceUnit => ({ ...unit, id: index + 1 }));
  const program = createProgram([document, ...bundled], { parser: await loadParser() });
  const machine = createMachine(program, { models: [...models(ALL).values()] });
  const entry = program.function('test');
  const topology = presetTopology(test.topology ?? 'gpu-strict');
  if (entry === null || topology === null) throw new Error('no entry function, or no such topology');
  const wanted = [...(test.choose ?? [])];
  const result = machine.play(
    function* (m) {
      setTopology(m, topology);
      const type = m.program.type('struct pci_dev');
      if (type?.kind !== 'struct') throw new Error('no struct pci_dev');
      const devices = topology.devices.map((device) => createPciDevice(m, device, type));
      const args = entry.type.parameters.map((parameter, index): Scalar => {
        const object = devices[index] ?? 0;
        const isPci = parameter.kind === 'pointer' && parameter.to.kind === 'struct' && parameter.to.tag === 'pci_dev';
        return isPci ? object : (m.fieldAddress(object, 'struct pci_dev', 'dev')?.address ?? 0);
      });
      const value = yield { kind: 'call', target: entry, args, why: 'test' };
      test.after?.(m, args.map(Number));
      reportMappingLeaks(m, 'at the end');
      return value;
    },
    {
      strategy: (decision) => {
        const index = wanted.findIndex((piece) => decision.question.includes(piece));
        if (index < 0) return 0;
        wanted.splice(index, 1);
        return 1;
      },
    },
  );
  const value = result.value === null ? 'nothing' : typeof result.value === 'object' ? 'unknown' : signed(result.value);
  return [
    ...result.trace.flatMap(lines),
    ...(result.outcome === 'returned' ? [`= ${value}`] : [`ended: ${result.outcome}`]),
  ];
}

function signed(value: number | bigint): string {
  return (typeof value === 'bigint' ? BigInt.asIntN(64, value) : value).toString();
}

function lines(event: Event): string[] {
  switch (event.kind) {
    case 'report':
      return [`${event.rule}: ${event.message}`];
    case 'fault':
      return [`fault ${event.fault}: ${event.message}`];
    case 'unsupported':
      return [`unsupported ${event.construct}: ${event.message}`];
    case 'assumption':
      return [`assumption: ${event.message}`];
    case 'limit':
      return [`limit: ${event.message}`];
    default:
      return [];
  }
}
