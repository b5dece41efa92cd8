/** The C face of private links. Allocation may reclaim and takes the target's dma-resv; everything else is reclaim safe. */
import type { ModelCall, ModelResult } from '../../machine/model.ts';
import { hex } from '../../topology/address-map.ts';
import type { Device } from '../../topology/topology.ts';
import { deviceWrites } from '../dma/checks.ts';
import { boundDevice, dmaRun, objectAddress } from '../dma/run-state.ts';
import { numberArguments, origin, physArgument } from '../dma/values.ts';
import { lockAcquire, lockRelease, might_alloc } from '../locking/context.ts';
import { RESV_ACQUIRE, RESV_MUTEX } from '../locking/teach.ts';
import { GFP_KERNEL } from '../memory/gfp.ts';
import { effects, model } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import type { FabricState } from './fabric.ts';

const STATE = 'struct ual_iova_state';

function deviceAt(call: ModelCall, index: number): Device | null {
  const value = call.args[index];
  const address = value === undefined ? null : objectAddress(call.machine, value, call.argTypes[index]);
  return address === null ? null : boundDevice(call.machine, address);
}

function stateAt(call: ModelCall): { readonly address: number; readonly state: FabricState | null } | null {
  const { machine } = call;
  const [, value] = call.args;
  const address = value === undefined ? null : objectAddress(machine, value, call.argTypes[1]);
  if (address === null) return null;
  const addr = machine.concrete(machine.readField(address, STATE, 'addr'));
  const size = machine.concrete(machine.readField(address, STATE, '__size'));
  if (addr === null || size === null) return { address, state: null };
  return { address, state: { stateAddress: address, addr: Number(addr), size: Number(size) } };
}

/** Something that is not known went into a call on a range: nothing is judged about it, or about any of this device, any more. */
function giveUp(call: ModelCall, device: Device, state: FabricState | null): number {
  const run = dmaRun(call.machine);
  if (state === null) run.uncertain.add(run.world.of(device));
  else run.fabrics.giveUp(state);
  call.machine.emit({
    kind: 'assumption',
    about: call.name,
    message: `the range given to \`${call.name}\` is not known: it is not checked`,
  });
  return 0;
}

function distance(call: ModelCall): ModelResult {
  const a = deviceAt(call, 0);
  const b = deviceAt(call, 1);
  return a === null || b === null ? -1 : dmaRun(call.machine).fabrics.distance(a, b);
}

/** Tells the validator what the allocation may do: reclaim, and lock the buffer that holds the target's page tables. */
function proveLocking(call: ModelCall, target: Device): void {
  const { machine } = call;
  // A task that must not sleep at all has been told so: what it would lock next says nothing new.
  if (might_alloc(machine, GFP_KERNEL, call.name)) return;
  const context = -2 - 2 * target.index;
  const lock = context - 1;
  lockAcquire(machine, { address: context, className: RESV_ACQUIRE.name, key: RESV_ACQUIRE.key });
  lockAcquire(machine, { address: lock, className: RESV_MUTEX.name, key: RESV_MUTEX.key, nest: context });
  lockRelease(machine, lock);
  lockRelease(machine, context);
}

function tryAlloc(call: ModelCall): ModelResult {
  const { machine } = call;
  const target = deviceAt(call, 0);
  const [, value] = call.args;
  const stateAddress = value === undefined ? null : objectAddress(machine, value, call.argTypes[1]);
  if (target === null || stateAddress === null) return -22;
  const { fabrics } = dmaRun(machine);
  const virtual = fabrics.fabricOf(target)?.mode === 'virtual';
  if (virtual) proveLocking(call, target);
  const size = numberArguments(call, 3)?.[0] ?? null;
  const at = origin(call);
  const fails =
    virtual &&
    machine.choose('iova-fails', `${call.name} finds no room at the target`, ['succeeds', 'fails'], at) === 1;
  const result = fabrics.tryAlloc(target, { stateAddress, size: size ?? 2 ** 30, at, fails, blind: size === null });
  machine.writeField(stateAddress, STATE, 'addr', result.state?.addr ?? 0);
  machine.writeField(stateAddress, STATE, '__size', result.state?.size ?? 0);
  machine.emit({
    kind: 'map',
    api: call.name,
    device: target.name,
    address: '0x0',
    size: size === null ? 'unknown' : hex(size),
    result: result.error !== 0 ? String(result.error) : result.state === null ? 'not needed' : hex(result.state.addr),
    failed: result.error !== 0,
  });
  return result.error;
}

function link(call: ModelCall): ModelResult {
  const device = deviceAt(call, 0);
  const on = stateAt(call);
  const numbers = numberArguments(call, 3, 4, 5);
  if (device === null || on === null) return 0;
  if (on.state === null || numbers === null) return giveUp(call, device, on.state);
  const [offset = 0, size = 0, direction = 0] = numbers;
  const dpa = physArgument(call, 2, size);
  const at = origin(call);
  const error = dmaRun(call.machine).fabrics.link(device, on.state, {
    dpa,
    offset,
    size,
    at,
    write: deviceWrites(direction),
  });
  call.machine.emit({
    kind: 'map',
    api: call.name,
    device: device.name,
    address: hex(dpa),
    size: hex(size),
    result: error === 0 ? hex(on.state.addr + offset) : String(error),
    failed: error !== 0,
  });
  return error;
}

function sync(call: ModelCall): ModelResult {
  const device = deviceAt(call, 0);
  const on = stateAt(call);
  const numbers = numberArguments(call, 2, 3);
  if (device === null || on === null) return 0;
  if (on.state === null || numbers === null) return giveUp(call, device, on.state);
  const [offset = 0, size = 0] = numbers;
  const error = dmaRun(call.machine).fabrics.sync(device, on.state, offset, size);
  call.machine.emit({ kind: 'sync', api: call.name, device: device.name, size: hex(size), failed: error !== 0 });
  return error;
}

function unlink(call: ModelCall): ModelResult {
  const device = deviceAt(call, 0);
  const on = stateAt(call);
  const numbers = numberArguments(call, 2, 3);
  if (device === null || on === null) return undefined;
  if (on.state === null || numbers === null) {
    giveUp(call, device, on.state);
    return undefined;
  }
  const [offset = 0, size = 0] = numbers;
  unmapEvent(call, device, on.state.addr + offset, size);
  dmaRun(call.machine).fabrics.unlink(device, on.state, offset, size);
  return undefined;
}

function free(call: ModelCall): ModelResult {
  const device = deviceAt(call, 0);
  const on = stateAt(call);
  if (device === null || on === null) return undefined;
  if (on.state === null) {
    giveUp(call, device, null);
    return undefined;
  }
  unmapEvent(call, device, on.state.addr, on.state.size);
  dmaRun(call.machine).fabrics.free(device, on.state, origin(call));
  return undefined;
}

function unmapEvent(call: ModelCall, device: Device, address: number, size: number): void {
  call.machine.emit({ kind: 'unmap', api: call.name, device: device.name, address: hex(address), size: hex(size) });
}

const SOURCE = 'dri-devel, January 2026, "UAL API that mirrors dma-map"';
const SAFE = effects({ fails: '-errno' });

export const models: readonly DocumentedModel[] = [
  model('ual_distance', effects({ fails: '-1' }), SOURCE, distance),
  model(
    'ual_iova_try_alloc',
    effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', locks: 'takes resv of the target', fails: '-errno' }),
    SOURCE,
    tryAlloc,
  ),
  model('ual_iova_link', SAFE, SOURCE, link),
  model('ual_iova_sync', SAFE, SOURCE, sync),
  model('ual_iova_unlink', effects({}), SOURCE, unlink),
  model('ual_iova_free', effects({}), SOURCE, free),
];
