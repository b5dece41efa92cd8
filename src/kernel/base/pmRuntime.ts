/**
 * Runtime power management as drivers call it: waking a device may sleep and may fail; the count itself is not kept here, who holds it is
 * read from the calls. Left out: callbacks of the device (hides what they do), automatic suspension.
 */
import type { ModelCall, ModelResult } from '../../machine/model.ts';
import { might_sleep } from '../locking/context.ts';
import { effects, model, PURE } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { errno } from './errno.ts';

/** Sleeps unless the device may be woken from atomic context, which only its driver knows: judged where it does not say so. */
function maySleep(call: ModelCall, name: string): void {
  const says = call.machine.program.units.some(
    ({ origin, text }) => origin === 'document' && /\bpm_runtime_irq_safe\s*\(/.test(text),
  );
  if (!says) might_sleep(call.machine, `${name}()`);
}

function wake(call: ModelCall, name: string): ModelResult {
  maySleep(call, name);
  return call.machine.choose('pm-runtime', `\`${name}()\` fails`, ['succeeds', 'fails'], call.at) === 1
    ? -errno('EACCES')
    : 0;
}

const WAKES = effects({ sleeps: 'yes', fails: '-errno' });

export const pmRuntimeModels: readonly DocumentedModel[] = [
  ...['pm_runtime_get_sync', 'pm_runtime_resume_and_get'].map((name) =>
    model(name, WAKES, `include/linux/pm_runtime.h:${name}`, (call) => wake(call, name)),
  ),
  ...['pm_runtime_get', 'pm_runtime_put', 'pm_runtime_put_autosuspend', '__pm_runtime_put_autosuspend'].map((name) =>
    model(name, PURE, `include/linux/pm_runtime.h:${name}`, () => 0),
  ),
  ...['pm_runtime_put_sync', 'pm_runtime_put_sync_suspend', 'pm_runtime_put_sync_autosuspend'].map((name) =>
    model(name, effects({ sleeps: 'yes' }), `include/linux/pm_runtime.h:${name}`, (call) => {
      maySleep(call, name);
      return 0;
    }),
  ),
  ...['pm_runtime_get_noresume', 'pm_runtime_put_noidle', 'pm_runtime_mark_last_busy'].map((name) =>
    model(name, PURE, `include/linux/pm_runtime.h:${name}`, () => undefined),
  ),
];
