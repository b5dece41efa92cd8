/** Device-managed memory and actions: released, newest first, when the driver is unbound from the device. */
import type { MachineServices, ModelCall, Scalar } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import { formatted, variadicFrom } from '../base/format.ts';
import { argument, called, effects, model, numeric, type Routine, settled } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { allocate, allocationSucceeds, free, product, ZERO_SIZE_PTR } from './allocation.ts';
import { addDevres, type ManagedResource, removeDevres, takeAllDevres } from './devresState.ts';
import { GFP_KERNEL } from './gfp.ts';
import { pageTable } from './pageTable.ts';
import { report } from './rules.ts';
import { freshText } from './slab.ts';

const ALLOCATES = effects({ sleeps: 'gfp', allocates: 'argument', fails: 'NULL' });
const ADDS = effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', fails: '-ENOMEM' });

/** Remembers memory as owned by the device in argument 0. */
function owned(call: ModelCall, address: number): number {
  if (address > ZERO_SIZE_PTR)
    addDevres(call.machine, argument(call, 0), { kind: 'memory', address, start: 0, at: call.machine.site() });
  return address;
}

function memory(call: ModelCall, size: Scalar, gfp: Scalar, zero: boolean): number {
  return owned(call, allocate(call.machine, { what: called(call), size, gfp, tag: 'devm', zero }));
}

function addAction(call: ModelCall, kind: 'action' | 'drm-action' = 'action'): boolean {
  const { machine } = call;
  if (!allocationSucceeds(machine, called(call).replace('__', ''), GFP_KERNEL, true)) return false;
  addDevres(machine, argument(call, 0), {
    kind,
    address: 0,
    start: 0,
    device: argument(call, 0),
    action: argument(call, 1),
    data: argument(call, 2),
    at: machine.site(),
  });
  return true;
}

function sameAction(
  machine: MachineServices,
  action: Scalar,
  data: Scalar,
  kind: 'action' | 'drm-action',
): (resource: ManagedResource) => boolean {
  const same = (a: Scalar, b: Scalar): boolean =>
    a === b || (settled(machine, a) !== null && settled(machine, a) === settled(machine, b));
  return (resource) => resource.kind === kind && same(resource.action ?? 0, action) && same(resource.data ?? 0, data);
}

function dropAction(call: ModelCall, kind: 'action' | 'drm-action' = 'action'): ManagedResource | null {
  const found = removeDevres(
    call.machine,
    argument(call, 0),
    sameAction(call.machine, argument(call, 1), argument(call, 2), kind),
  );
  if (found === null)
    report(call.machine, 'devres-not-found', `\`${called(call)}\` of an action that the device does not have`);
  return found;
}

/** Ends one resource as devres does. */
function* end(machine: MachineServices, resource: ManagedResource): Routine<void> {
  switch (resource.kind) {
    case 'memory':
      free(machine, resource.address, { what: 'devres_release_all()', accepts: ['devm'] });
      return;
    case 'region':
      if (machine.objectAt(resource.address)?.freed === false) machine.free(resource.address, machine.site());
      return;
    case 'pagemap':
      pageTable(machine).remove(resource.address);
      return;
    case 'action':
      yield { kind: 'call', target: resource.action ?? 0, args: [resource.data ?? 0], why: 'devm action at unbind' };
      return;
    case 'drm-action':
      yield {
        kind: 'call',
        target: resource.action ?? 0,
        args: [resource.device ?? 0, resource.data ?? 0],
        why: 'drmm action at the last put of the device',
      };
  }
}

/** What happens when the driver lets go of the device; for scenarios and for `__interlock_device_unbind`. */
export function* unbindDevice(machine: MachineServices, device: Scalar): Routine<void> {
  for (const resource of takeAllDevres(machine, device)) yield* end(machine, resource);
}

export const devresModels: readonly DocumentedModel[] = [
  model('devm_kmalloc', ALLOCATES, 'drivers/base/devres.c:devm_kmalloc', (call) =>
    memory(call, argument(call, 1), argument(call, 2), false),
  ),
  model('devm_kzalloc', ALLOCATES, 'include/linux/device/devres.h', (call) =>
    memory(call, argument(call, 1), argument(call, 2), true),
  ),
  model('devm_kcalloc', ALLOCATES, 'include/linux/device/devres.h', (call) =>
    memory(call, product(call.machine, argument(call, 1), argument(call, 2)), argument(call, 3), true),
  ),
  model('devm_kmalloc_array', ALLOCATES, 'include/linux/device/devres.h', (call) =>
    memory(call, product(call.machine, argument(call, 1), argument(call, 2)), argument(call, 3), false),
  ),
  model('devm_kmemdup', ALLOCATES, 'drivers/base/devres.c:devm_kmemdup', (call) => {
    const address = memory(call, argument(call, 2), argument(call, 3), false);
    const bytes = numeric(call, 2);
    if (address > ZERO_SIZE_PTR && bytes !== null) call.machine.copy(address, argument(call, 1), bytes);
    return address;
  }),
  // DRM's own list, released at the last put of the DRM device: the same book, by the DRM device's address.
  model('drmm_kmalloc', ALLOCATES, 'drivers/gpu/drm/drm_managed.c:drmm_kmalloc', (call) =>
    memory(call, argument(call, 1), argument(call, 2), false),
  ),
  model('drmm_kzalloc', ALLOCATES, 'include/drm/drm_managed.h:drmm_kzalloc', (call) =>
    memory(call, argument(call, 1), argument(call, 2), true),
  ),
  model('__drmm_add_action', ADDS, 'drivers/gpu/drm/drm_managed.c:__drmm_add_action', (call) =>
    addAction(call, 'drm-action') ? 0 : -errno('ENOMEM'),
  ),
  model(
    '__drmm_add_action_or_reset',
    ADDS,
    'drivers/gpu/drm/drm_managed.c:__drmm_add_action_or_reset',
    function* (call): Routine {
      if (addAction(call, 'drm-action')) return 0;
      const args = [argument(call, 0), argument(call, 2)];
      yield { kind: 'call', target: argument(call, 1), args, why: 'drmm action, not registered' };
      return -errno('ENOMEM');
    },
  ),
  model('devm_kstrdup', ALLOCATES, 'drivers/base/devres.c:devm_kstrdup', (call) => {
    if (numeric(call, 1) === 0) return 0;
    return owned(call, freshText(call, call.machine.readString(argument(call, 1)), argument(call, 2), 'devm'));
  }),
  model('devm_kasprintf', ALLOCATES, 'drivers/base/devres.c:devm_kasprintf', (call) =>
    owned(call, freshText(call, formatted(call, 2, variadicFrom(call, 3)), argument(call, 1), 'devm')),
  ),
  model('devm_kfree', effects({}), 'drivers/base/devres.c:devm_kfree', (call) => {
    const { machine } = call;
    const address = numeric(call, 1);
    if (address === null || address <= ZERO_SIZE_PTR) return;
    const found = removeDevres(
      machine,
      argument(call, 0),
      (each) => each.kind === 'memory' && each.address === address,
    );
    if (found === null) report(machine, 'devres-not-found', '`devm_kfree()` of memory that the device does not own');
    free(machine, address, { what: called(call), accepts: ['devm'] });
  }),
  model('drmm_kfree', effects({}), 'drivers/gpu/drm/drm_managed.c:drmm_kfree', (call) => {
    const { machine } = call;
    const address = numeric(call, 1);
    if (address === null || address <= ZERO_SIZE_PTR) return;
    const mine = (each: ManagedResource): boolean => each.kind === 'memory' && each.address === address;
    if (removeDevres(machine, argument(call, 0), mine) === null)
      report(machine, 'devres-not-found', '`drmm_kfree()` of memory that the device does not own');
    free(machine, address, { what: called(call), accepts: ['devm'] });
  }),
  model(
    '__interlock_drm_managed_release',
    effects({ sleeps: 'yes' }),
    'drivers/gpu/drm/drm_managed.c:drm_managed_release',
    function* (call): Routine {
      yield* unbindDevice(call.machine, argument(call, 0));
      return undefined;
    },
  ),
  model('__devm_add_action', ADDS, 'drivers/base/devres.c:__devm_add_action', (call) =>
    addAction(call) ? 0 : -errno('ENOMEM'),
  ),
  model('__devm_add_action_or_reset', ADDS, 'include/linux/device/devres.h', function* (call): Routine {
    if (addAction(call)) return 0;
    yield { kind: 'call', target: argument(call, 1), args: [argument(call, 2)], why: 'devm action, not registered' };
    return -errno('ENOMEM');
  }),
  model('devm_remove_action', effects({}), 'drivers/base/devres.c:devm_remove_action', (call) => {
    dropAction(call);
  }),
  model('devm_release_action', effects({}), 'drivers/base/devres.c:devm_release_action', function* (call): Routine {
    const found = dropAction(call);
    if (found !== null) yield* end(call.machine, found);
    return undefined;
  }),
  model(
    'drmm_release_action',
    effects({}),
    'drivers/gpu/drm/drm_managed.c:drmm_release_action',
    function* (call): Routine {
      const found = dropAction(call, 'drm-action');
      if (found !== null) yield* end(call.machine, found);
      return undefined;
    },
  ),
  model(
    '__interlock_device_unbind',
    effects({ sleeps: 'yes' }),
    'drivers/base/devres.c:devres_release_all',
    function* (call): Routine {
      yield* unbindDevice(call.machine, argument(call, 0));
      return undefined;
    },
  ),
];
