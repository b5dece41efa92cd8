/** What drivers ask about a device: masks, limits, coherency, merge boundary. */
import type { ModelCall, ModelResult } from '../../machine/model.ts';
import { RAM_WINDOW } from '../../topology/address-map.ts';
import { GRANULE } from '../iommu/domain.ts';
import type { DocumentedModel, Effects } from '../subsystem.ts';
import { EIO } from './constants.ts';
import { dmaRun } from './run-state.ts';
import { device } from './streaming-models.ts';
import { MAX_BOUNCE } from './swiotlb.ts';
import { numberArgument, unsigned64 } from './values.ts';
import type { DmaDevice } from './world.ts';

const NONE: Effects = { sleeps: 'no', allocates: 'none', locks: 'none', fails: 'never' };
const UNLIMITED = 0xffff_ffff_ffff_ffffn;
/** Largest number a simulated address can be; masks beyond it are all the same. */
const HIGHEST = 2 ** 52 - 1;

type Question = (on: DmaDevice, call: ModelCall) => ModelResult;

/** A model that answers from the device; 0 after a fault. */
function about(name: string, source: string, question: Question, effects: Effects = NONE): DocumentedModel {
  const run = (call: ModelCall): ModelResult => {
    const on = device(call);
    return on === null ? 0 : question(on, call);
  };
  return { name, run, effects, source: `${source}:${name}` };
}

function mask(on: DmaDevice): ModelResult {
  return on.mask >= HIGHEST ? UNLIMITED : on.mask;
}

/** Whether the platform takes no such mask (`dma_supported()`), which drivers are to be ready for. */
function refused(call: ModelCall): boolean {
  const { machine } = call;
  const question = `\`${call.name}()\`: does it fail?`;
  return machine.choose('call-fails', question, ['no', 'yes'], machine.callerSite()) === 1;
}

function setMask(on: DmaDevice, call: ModelCall): ModelResult {
  const wanted = numberArgument(call, 1);
  if (wanted === null) return 0;
  // `dma_supported`: a mask below 32 bits needs zones that are not modelled.
  if (wanted < 2 ** 24 - 1) return -EIO;
  if (refused(call)) return -EIO;
  on.mask = Math.min(wanted, HIGHEST);
  return 0;
}

function highestRam(call: ModelCall): number {
  return RAM_WINDOW.start + dmaRun(call.machine).world.topology.ramSize - 1;
}

function requiredMask(on: DmaDevice, call: ModelCall): number {
  return on.domain !== null ? 2 ** 32 - 1 : 2 ** Math.ceil(Math.log2(highestRam(call) + 1)) - 1;
}

const MAPPING = 'kernel/dma/mapping.c';
const HEADER = 'include/linux/dma-mapping.h';

export const deviceModels: readonly DocumentedModel[] = [
  about('dma_get_mask', HEADER, mask),
  about('dma_set_mask', MAPPING, setMask, { ...NONE, fails: '-errno' }),
  about(
    'dma_set_coherent_mask',
    MAPPING,
    (_, call) => ((numberArgument(call, 1) ?? HIGHEST) < 2 ** 24 - 1 ? -EIO : 0),
    {
      ...NONE,
      fails: '-errno',
    },
  ),
  about('dma_set_mask_and_coherent', HEADER, setMask, { ...NONE, fails: '-errno' }),
  about('dma_get_required_mask', MAPPING, requiredMask),
  about('dma_addressing_limited', MAPPING, (on, call) => (on.mask < requiredMask(on, call) ? 1 : 0)),
  about('dma_max_mapping_size', MAPPING, (on) => (on.device.untrusted ? MAX_BOUNCE : unsigned64(UNLIMITED))),
  about('dma_opt_mapping_size', MAPPING, (on) => (on.domain === null ? unsigned64(UNLIMITED) : 32 * GRANULE)),
  about('dma_get_max_seg_size', HEADER, (on) => on.maxSegmentSize),
  about('dma_set_max_seg_size', HEADER, (on, call) => {
    on.maxSegmentSize = numberArgument(call, 1) ?? on.maxSegmentSize;
    return undefined;
  }),
  about('dma_get_seg_boundary', HEADER, (on) => on.segmentBoundary - 1),
  about('dma_set_seg_boundary', HEADER, (on, call) => {
    const given = numberArgument(call, 1);
    if (given !== null) on.segmentBoundary = Math.min(given, HIGHEST) + 1;
    return undefined;
  }),
  about('dma_get_merge_boundary', MAPPING, (on) => (on.domain === null ? 0 : GRANULE - 1)),
  about('dma_dev_need_sync', HEADER, (on) => (on.device.coherent && !on.device.untrusted ? 0 : 1)),
  about('dma_need_unmap', MAPPING, (on) => (on.domain !== null || !on.device.coherent || on.device.untrusted ? 1 : 0)),
  about('dev_is_dma_coherent', 'include/linux/dma-map-ops.h', (on) => (on.device.coherent ? 1 : 0)),
  about('dma_pci_p2pdma_supported', MAPPING, () => 1),
  about('use_dma_iommu', 'include/linux/iommu-dma.h', (on) => (on.domain === null ? 0 : 1)),
  { name: 'dma_get_cache_alignment', run: () => 1, effects: NONE, source: `${HEADER}:dma_get_cache_alignment` },
];
