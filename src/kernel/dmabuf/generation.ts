/**
 * Which rules of pinning and caching the core follows. Three generations (drivers/dma-buf/dma-buf.c): up to 6.14 an attachment whose sides
 * disagree on moving is mapped at attach and the mapping cached; from 6.15 to 7.0 mapping is on demand and pins when the importer cannot
 * move or moving is configured out; since 7.1 that configuration is gone and importers may do without a notification.
 */
import type { Span } from '../../c/source.ts';
import type { MachineServices, StateKey } from '../../machine/model.ts';
import { inner } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';

export type DmaBufGeneration = '6.12' | '6.15' | '7.1';

/** What the bundled core compares with: major * 100 + minor of the first release of the generation's behaviour. */
const NUMBERS: Readonly<Record<DmaBufGeneration, number>> = { '6.12': 612, '6.15': 615, '7.1': 701 };

interface Settings {
  generation: DmaBufGeneration;
  /** CONFIG_DMABUF_MOVE_NOTIFY; without meaning since 7.1. */
  moveNotify: boolean;
}

const key: StateKey<Settings> = {
  name: 'dmabuf.generation',
  create: () => ({ generation: '6.15', moveNotify: true }),
  fork: (sealed) => ({ ...sealed }),
};

/** Chooses the generation for the rest of this run. */
export function setDmaBufGeneration(machine: MachineServices, generation: DmaBufGeneration, moveNotify = true): void {
  const settings = machine.state(key);
  settings.generation = generation;
  settings.moveNotify = moveNotify;
}

const effects = { sleeps: 'no', allocates: 'none', locks: 'none', fails: 'never' } as const;

const OPS = 'struct dma_buf_ops';

/** Whether a document gives exporters a member that no core known here has: what that core asks of the others is not known either. */
function hasMembersOfAnotherCore({ program }: MachineServices): boolean {
  const ops = program.type(OPS);
  const bundled = (at: Span | null): boolean => at !== null && program.units[at.unit]?.origin === 'bundled';
  return ops?.kind === 'struct' && bundled(ops.at) && ops.members.some(({ at }) => !bundled(at));
}

export const generationModels: readonly DocumentedModel[] = inner([
  {
    name: '__dma_buf_generation',
    run: ({ machine }) => NUMBERS[machine.state(key).generation],
    effects,
    source: 'drivers/dma-buf/dma-buf.c:dma_buf_pin_on_map',
  },
  {
    name: '__dma_buf_move_notify_enabled',
    run: ({ machine }) => (machine.state(key).moveNotify ? 1 : 0),
    effects,
    source: 'drivers/dma-buf/Kconfig:DMABUF_MOVE_NOTIFY',
  },
  {
    name: '__dma_buf_ops_of_another_core',
    run: ({ machine }) => (hasMembersOfAnotherCore(machine) ? 1 : 0),
    effects,
    source: 'drivers/dma-buf/dma-buf.c:dma_buf_export',
  },
]);
