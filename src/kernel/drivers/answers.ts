/** The questions that bundled driver code leaves to the run (interlock/driver-answers.h), and its reports. */
import type { MachineServices } from '../../machine/model.ts';
import { makeDevice } from '../dmabuf/devices.ts';
import { conditionGuessed } from '../guesses.ts';
import { heldLocks } from '../locking/context.ts';
import { allocate } from '../memory/allocation.ts';
import { GFP_KERNEL } from '../memory/gfp.ts';
import { keepOutside } from '../memory/outsideReferences.ts';
import { argument, effects, model, numeric, PURE } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { isDriverRule } from './rules.ts';

const source = 'drivers/gpu/drm';
const ENOMEM = -12;

/**
 * Whether an assertion fails only by a guess of this run: its own condition asked about open values, or the last thing decided was that a
 * call fails, which the driver says cannot be here.
 */
function guessed(machine: MachineServices): boolean {
  const site = machine.callerSite();
  const latest = machine.trace.findLast((event) => event.kind === 'decision' && event.task === machine.currentTask);
  if (latest?.kind === 'decision' && latest.options.includes('yes') && latest.option === 'yes') return true;
  return site !== null && conditionGuessed(machine, site);
}

export const answerModels: readonly DocumentedModel[] = [
  model('__may_fail', effects({ fails: '-errno' }), source, (call) => {
    const { machine } = call;
    const what = machine.readString(argument(call, 0)) ?? 'the call';
    const error = numeric(call, 1) ?? ENOMEM;
    return machine.choose('call-fails', `${what}: does it fail?`, ['no', 'yes'], machine.callerSite()) === 1
      ? error
      : 0;
  }),
  model('__may_be', PURE, source, (call) => {
    const { machine } = call;
    const what = machine.readString(argument(call, 0)) ?? 'it is so';
    return machine.choose('driver-state', `is it so that ${what}?`, ['no', 'yes'], machine.callerSite());
  }),
  model('__keep_outside', PURE, source, (call) => {
    keepOutside(call.machine, argument(call, 0));
    return undefined;
  }),
  model('__made_by_driver', effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', fails: 'NULL' }), source, (call) =>
    allocate(call.machine, {
      what: 'kzalloc()',
      size: argument(call, 0),
      gfp: GFP_KERNEL,
      tag: 'slab',
      open: true,
    }),
  ),
  model('__umem_dma_device', PURE, 'drivers/infiniband/core', ({ machine }) => makeDevice(machine).dev),
  model('__driver_report', PURE, source, (call) => {
    const { machine } = call;
    const rule = machine.readString(argument(call, 0)) ?? '';
    const text = machine.readString(argument(call, 1)) ?? '';
    if (!isDriverRule(rule)) return 0;
    if (rule === 'driver-assertion' && guessed(machine)) return 1;
    const message = rule === 'driver-assertion' ? `the assertion \`${text}\` does not hold` : text;
    machine.emit({ kind: 'report', rule, message, related: [], held: heldLocks(machine), data: { text } });
    return 0;
  }),
];
