/** The book-keeping calls of the bundled core (interlock/dma-buf-ledger.h) as models. */
import type { ModelCall } from '../../machine/model.ts';
import { isUnknown } from '../../machine/model.ts';
import { inner } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import {
  attached,
  cpuAccess,
  detaching,
  mapped,
  mapping,
  notifying,
  pinned,
  pinsLeft,
  releasing,
  report,
  unmapping,
  unpinning,
} from './ledger.ts';
import { isDmaBufRule } from './rules.ts';
import { checkTable } from './tableContent.ts';

const effects = { sleeps: 'no', allocates: 'none', locks: 'none', fails: 'never' } as const;
const source = 'drivers/dma-buf/dma-buf.c';

/** The argument as an address; null when nobody decided it, and then there is nothing to keep books about. */
function address(call: ModelCall, index: number): number | null {
  const value = call.args[index];
  if (value === undefined || isUnknown(value)) return null;
  return typeof value === 'number' ? value : null;
}

function number(call: ModelCall, index: number): number | null {
  const value = call.machine.concrete(call.args[index] ?? 0);
  return value === null ? null : Number(value);
}

/** A call about one object; nothing happens when its address is unknown. */
function about(name: string, run: (call: ModelCall, object: number) => void): DocumentedModel {
  return {
    name,
    run: (call) => {
      const object = address(call, 0);
      if (object !== null && object !== 0) run(call, object);
      return undefined;
    },
    effects,
    source,
  };
}

export const ledgerModels: readonly DocumentedModel[] = inner([
  {
    name: '__dma_buf_report',
    run: (call) => {
      const rule = call.machine.readString(call.args[0] ?? 0) ?? '';
      const message = call.machine.readString(call.args[1] ?? 0) ?? '';
      const about = call.machine.concrete(call.args[2] ?? 0);
      if (isDmaBufRule(rule))
        report(call.machine, rule, message, [], typeof about === 'number' ? { address: about } : {});
      return undefined;
    },
    effects,
    source,
  },
  {
    name: '__dma_buf_check_result',
    run: (call) => {
      const op = call.machine.readString(call.args[0] ?? 0) ?? '';
      const result = number(call, 1);
      if (result !== null && result > 0)
        report(call.machine, 'dma-buf-positive-result', `\`${op}\` returned ${result}, neither 0 nor an error`, [], {
          op,
          result,
        });
      return undefined;
    },
    effects,
    source,
  },
  {
    name: '__dma_buf_check_sgt',
    run: (call) => {
      const attachment = address(call, 0);
      const table = call.args[1];
      if (attachment !== null && table !== undefined && !isUnknown(table)) checkTable(call.machine, attachment, table);
      return undefined;
    },
    effects,
    source,
  },
  about('__dma_buf_attached', (call, attachment) => attached(call.machine, attachment)),
  about('__dma_buf_detaching', (call, attachment) => detaching(call.machine, attachment)),
  about('__dma_buf_pins_left', (call, attachment) => pinsLeft(call.machine, attachment)),
  about('__dma_buf_mapping', (call, attachment) => mapping(call.machine, attachment, number(call, 1))),
  about('__dma_buf_mapped', (call, attachment) => {
    const made = address(call, 1);
    if (made !== null) mapped(call.machine, attachment, made, number(call, 2));
  }),
  about('__dma_buf_unmapping', (call, attachment) => {
    const what = address(call, 1);
    if (what !== null) unmapping(call.machine, attachment, what, number(call, 2));
  }),
  about('__dma_buf_pinned', (call, attachment) => pinned(call.machine, attachment)),
  about('__dma_buf_unpinning', (call, attachment) => unpinning(call.machine, attachment)),
  about('__dma_buf_notifying', (call, buffer) => notifying(call.machine, buffer, number(call, 1) === 1)),
  about('__dma_buf_cpu_access', (call, buffer) => cpuAccess(call.machine, buffer, number(call, 1) === 1)),
  about('__dma_buf_releasing', (call, buffer) => releasing(call.machine, buffer)),
]);
