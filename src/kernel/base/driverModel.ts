/** Modules, kobjects and devices: their references, and the callbacks of the last one. Buses and binding are not simulated. */
import type { MachineServices, ModelCall, ModelResult, Scalar } from '../../machine/model.ts';
import { might_alloc, might_sleep } from '../locking/context.ts';
import { fails } from '../memory/allocation.ts';
import { GFP_KERNEL } from '../memory/gfp.ts';
import { freshText } from '../memory/slab.ts';
import {
  action,
  argument,
  called,
  effects,
  mapState,
  model,
  numeric,
  PURE,
  type Routine,
  S32,
  settled,
  U64,
} from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { errno } from './errno.ts';
import { formatted, variadicFrom } from './format.ts';
import { report } from './rules.ts';

const KOBJECT = 'struct kobject';
const DEVICE = 'struct device';
const REGISTERS = effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', fails: '-errno' });

function counter(machine: MachineServices, kobject: Scalar): { address: number; value: number | null } | null {
  const place = machine.fieldAddress(kobject, KOBJECT, 'kref');
  return place === null ? null : { address: place.address, value: settled(machine, machine.read(place.address, S32)) };
}

function get(call: ModelCall): Scalar {
  const { machine } = call;
  const object = argument(call, 0);
  if (settled(machine, object) === 0) return object;
  const count = counter(machine, object);
  if (count === null || count.value === null) return object;
  // A device that no code of this run initialised belongs to somebody else, who holds it.
  if (count.value === 0 && machine.objectAt(object)?.storage === 'world') return object;
  if (count.value <= 0)
    report(machine, 'refcount-increment-on-zero', `\`${called(call)}\` of an object whose count is zero`);
  machine.write(count.address, S32, count.value + 1);
  return object;
}

function* put(call: ModelCall, release: () => Scalar): Routine {
  const { machine } = call;
  const object = argument(call, 0);
  if (settled(machine, object) === 0) return undefined;
  const count = counter(machine, object);
  if (count === null || count.value === null) return undefined;
  if (count.value === 0 && machine.objectAt(object)?.storage === 'world') return undefined;
  if (count.value < 1) {
    report(machine, 'refcount-underflow', `\`${called(call)}\` drops a reference that was not taken`);
    return undefined;
  }
  machine.write(count.address, S32, count.value - 1);
  if (count.value > 1) return undefined;
  const callback = release();
  if (settled(machine, callback) !== 0)
    yield { kind: 'call', target: callback, args: [object], why: `last reference: ${called(call)}` };
  return undefined;
}

/** The device's own release, else that of its type, else that of its class (drivers/base/core.c:device_release). */
function releaseOf({ machine, args }: ModelCall): Scalar {
  const device = args[0] ?? 0;
  const own = machine.readField(device, DEVICE, 'release');
  if ((settled(machine, own) ?? 0) !== 0) return own;
  const others = [
    ['type', 'struct device_type', 'release'],
    ['class', 'struct class', 'dev_release'],
  ] as const;
  for (const [member, struct, release] of others) {
    const holder = settled(machine, machine.readField(device, DEVICE, member)) ?? 0;
    const its = holder === 0 ? 0 : machine.readField(holder, struct, release);
    if ((settled(machine, its) ?? 0) !== 0) return its;
  }
  return own;
}

function initialise(machine: MachineServices, kobject: Scalar, type: Scalar): void {
  const place = machine.fieldAddress(kobject, KOBJECT, 'kref');
  if (place !== null) machine.write(place.address, S32, 1);
  machine.writeField(kobject, KOBJECT, 'ktype', type);
}

function add(call: ModelCall): ModelResult {
  const { machine } = call;
  might_alloc(machine, GFP_KERNEL, called(call));
  return fails(machine, called(call), call.at) ? -errno('ENOMEM') : 0;
}

function setName(call: ModelCall, struct: string): ModelResult {
  const { machine } = call;
  const name = freshText(call, formatted(call, 1, variadicFrom(call, 2)), GFP_KERNEL, 'devm');
  if (name === 0) return -errno('ENOMEM');
  const kobject =
    struct === DEVICE ? machine.fieldAddress(argument(call, 0), DEVICE, 'kobj')?.address : argument(call, 0);
  machine.writeField(kobject ?? argument(call, 0), KOBJECT, 'name', name);
  return 0;
}

const moduleReferences = mapState<number, number>('base.module-references');

/** References that the run holds on modules, by module address. */
function moduleCount(machine: MachineServices): Map<number, number> {
  return machine.state(moduleReferences);
}

function takeModule(call: ModelCall): void {
  const module = numeric(call, 0) ?? 0;
  const counts = moduleCount(call.machine);
  counts.set(module, (counts.get(module) ?? 0) + 1);
}

export const driverModelModels: readonly DocumentedModel[] = [
  model('try_module_get', effects({ fails: 'false' }), 'kernel/module/main.c:try_module_get', (call) => {
    if (numeric(call, 0) === 0) return 1;
    if (call.machine.choose('module-gone', '`try_module_get()` fails', ['succeeds', 'fails'], call.at) === 1) return 0;
    takeModule(call);
    return 1;
  }),
  action('__module_get', PURE, 'kernel/module/main.c:__module_get', takeModule),
  model('module_put', PURE, 'kernel/module/main.c:module_put', (call) => {
    const module = numeric(call, 0);
    if (module === 0 || module === null) return;
    const counts = moduleCount(call.machine);
    const held = counts.get(module);
    // References that were there before the run are the scenario's: only one that the run took can be missed.
    if (held !== undefined) counts.set(module, held - 1);
  }),

  action('kobject_init', PURE, 'lib/kobject.c:kobject_init', (call) =>
    initialise(call.machine, argument(call, 0), argument(call, 1)),
  ),
  // A failure leaves the caller its reference as well (lib/kobject.c).
  model('kobject_init_and_add', REGISTERS, 'lib/kobject.c:kobject_init_and_add', (call) => {
    initialise(call.machine, argument(call, 0), argument(call, 1));
    return add(call);
  }),
  model('kobject_get', PURE, 'lib/kobject.c:kobject_get', get),
  model('kobject_put', effects({ sleeps: 'last-reference' }), 'lib/kobject.c:kobject_put', (call) =>
    put(call, () => {
      const type = call.machine.readField(argument(call, 0), KOBJECT, 'ktype');
      return settled(call.machine, type) === 0 ? 0 : call.machine.readField(type, 'struct kobj_type', 'release');
    }),
  ),
  model('kobject_set_name', REGISTERS, 'lib/kobject.c:kobject_set_name', (call) => setName(call, KOBJECT)),
  model('get_device', PURE, 'drivers/base/core.c:get_device', get),
  model('put_device', effects({ sleeps: 'last-reference' }), 'drivers/base/core.c:put_device', (call) =>
    put(call, () => releaseOf(call)),
  ),
  action('device_initialize', PURE, 'drivers/base/core.c:device_initialize', (call) =>
    initialise(call.machine, argument(call, 0), 0),
  ),
  model('device_add', REGISTERS, 'drivers/base/core.c:device_add', add),
  model('device_register', REGISTERS, 'drivers/base/core.c:device_register', (call) => {
    initialise(call.machine, argument(call, 0), 0);
    return add(call);
  }),
  model('device_del', effects({ sleeps: 'yes' }), 'drivers/base/core.c:device_del', (call) => {
    might_sleep(call.machine, called(call));
  }),
  model(
    'device_unregister',
    effects({ sleeps: 'yes' }),
    'drivers/base/core.c:device_unregister',
    function* (call): Routine {
      might_sleep(call.machine, called(call));
      return yield* put(call, () => releaseOf(call));
    },
  ),
  model('device_create_file', REGISTERS, 'drivers/base/core.c:device_create_file', add),
  action('device_remove_file', effects({ sleeps: 'yes' }), 'drivers/base/core.c:device_remove_file', ({ machine }) => {
    might_sleep(machine, 'device_remove_file()');
  }),
  model('dev_set_name', REGISTERS, 'drivers/base/core.c:dev_set_name', (call) => setName(call, DEVICE)),
  ...(['dev_driver_string', 'dev_bus_name'] as const).map((name) =>
    model(name, PURE, `drivers/base/core.c:${name}`, (call) => call.machine.unknown(U64, `${name}()`)),
  ),
];
