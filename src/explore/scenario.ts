/**
 * What a scenario is: the kernel as the caller, as a generator that the machine runs as task 0. A scenario enters calling contexts, calls
 * ops the way the core does, and goes down the core's own error paths; it judges nothing. Which runs are made of it is `search.ts`.
 */

import type { FunctionSymbol } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import type { ContextId, OpContract } from '../contracts/contract.ts';
import type { Op } from '../contracts/opsTables.ts';
import { heldLocks } from '../kernel/locking/context.ts';
import { contextSnapshot, reportContextLeft } from '../kernel/locking/contextLeft.ts';
import { faultText, isFaultFailure, isFaultResult } from '../kernel/memory/faultResult.ts';
import { isUnknown, type MachineServices, type ModelRequest, type Scalar } from '../machine/model.ts';
import { render } from '../machine/unknown/render.ts';

/** A script of calls on one topology. */
export interface Scenario {
  /** Name within its table, part of replay tokens: `iova-life.C2`, `op.map_dma_buf.resv`. */
  readonly name: string;
  /** In words, for lists. */
  readonly title: string;
  /** Table whose ops it calls; the function's name for a scenario of a single function. */
  readonly table: string;
  readonly ops: readonly Op[];
  /** Functions it is meant to execute, ops included. */
  readonly functions: readonly FunctionSymbol[];
  /** Preset name, or the text of a topology file. */
  readonly topology: string;
  readonly run: (machine: MachineServices) => ScenarioSteps<void>;
  /**
   * Where what it starts from is made once for all its runs: makes that, and hands back the rest, which each run does anew. The rest may keep
   * addresses, and nothing that a run changes. See `inWorld`.
   */
  readonly world?: (machine: MachineServices) => () => ScenarioSteps<void>;
  /** Several tasks act at a time: which of them runs is decided at their locks and statements. */
  readonly concurrent?: boolean;
  /** How many decisions may differ from the default in one of its runs; the analysis' own bound when absent. */
  readonly maxDeviations?: number;
}

export type ScenarioSteps<T> = Generator<ModelRequest, T, Scalar>;

/** The part of a scenario that says what it does, for one whose runs all start from the same world. */
export function inWorld(
  world: (machine: MachineServices) => () => ScenarioSteps<void>,
): Required<Pick<Scenario, 'run' | 'world'>> {
  return { world, run: (machine) => world(machine)() };
}

/** Contexts in words, as findings name them. */
export const CONTEXT_WORDS: Readonly<Record<ContextId, string>> = {
  C1: 'drm_gpusvm_get_pages, notifier_lock held for read',
  C1u: 'drm_gpusvm_get_pages, notifier_lock dropped',
  C2: 'an MMU notifier invalidation, notifier_lock held for write',
  notifier: 'an MMU notifier invalidation',
  C3: 'migration to the device, mmap_lock and the new buffer’s reservation held',
  "C3'": 'migration to the device, mmap_lock held',
  C4: 'a CPU fault, mmap_lock held for read',
  C5: 'an eviction, the buffer’s reservation held',
  C6: 'teardown of a range, notifier_lock held for read',
  C7: 'the last put of a reference, inside reclaim',
  C7a: 'the last put of a reference, in an interrupt',
  resv: 'the dma-buf core, `dmabuf->resv` held',
  'no-resv': 'the dma-buf core, `dmabuf->resv` not held',
  mmap: 'mmap(2), mmap_lock held for write',
  shrinker: 'a shrinker’s scan, inside reclaim',
  process: 'process context, no lock held',
  atomic: 'atomic context, a spinlock held with interrupts off',
  hardirq: 'an interrupt handler',
  softirq: 'a softirq: a timer, a tasklet, an RCU callback',
  'fence-callback': 'a callback of a fence, its lock held with interrupts off',
  signalling: 'the way to the signal of a fence',
};

/** How an op's result reads. */
export interface OpResult {
  readonly value: Scalar;
  readonly failed: boolean;
}

/** Calls an op as the kernel would and says so in the trace. The calling context must have been entered before. */
export function* callOp(
  machine: MachineServices,
  op: Op,
  context: ContextId,
  args: readonly Scalar[],
): ScenarioSteps<OpResult> {
  const where = { table: op.table.symbol.name, op: op.member, function: op.function.name } as const;
  machine.emit({ kind: 'op-enter', ...where, context: CONTEXT_WORDS[context], held: heldLocks(machine) });
  const before = contextSnapshot(machine);
  const value = yield { kind: 'call', target: op.function, args, why: `\`${op.member}\`` };
  reportContextLeft(machine, before, op.member);
  const failed = isFailure(machine, op.contract, op.function.type.result, value);
  machine.emit({
    kind: 'op-exit',
    ...where,
    held: heldLocks(machine),
    result: resultText(machine, op, value, failed),
    failed,
  });
  return { value, failed };
}

const TWO_64 = 1n << 64n;

/** `IS_ERR()` of a pointer in a register. */
export function isErrorPointer(value: Scalar): boolean {
  return typeof value === 'bigint' && value >= TWO_64 - 4095n && value < TWO_64;
}

function isFailure(machine: MachineServices, contract: OpContract, type: CType, value: Scalar): boolean {
  switch (contract.result) {
    case 'errno':
      return isUnknown(value) ? !machine.equals(value, 0, null) : value !== 0;
    case 'err-ptr':
    case 'cookie':
    case 'null': {
      if (isUnknown(value)) return contract.result === 'null' && !machine.truth(value, null);
      return isErrorPointer(value) || (value === 0 && contract.result !== 'cookie');
    }
    case 'dma-address': {
      const address = addressOf(machine, type, value);
      return typeof address === 'bigint' && address === TWO_64 - 1n;
    }
    case 'bool':
      return value === 0;
    case 'void':
      return false;
    case 'unknown':
      return isFaultResult(type) && typeof value === 'number' && isFaultFailure(value);
    default: {
      const never: never = contract.result;
      return never;
    }
  }
}

/** The `.addr` of an address struct returned by value; the value itself when the op returns a plain address. */
export function addressOf(machine: MachineServices, type: CType, value: Scalar): Scalar {
  if (type.kind !== 'struct') return value;
  return machine.readField(value, type, 'addr');
}

function resultText(
  machine: MachineServices,
  { contract, function: called }: Op,
  value: Scalar,
  failed: boolean,
): string | null {
  if (contract.result === 'void') return null;
  if (isUnknown(value)) return `${render(value)} (not known)`;
  if (isErrorPointer(value)) return `ERR_PTR(${BigInt.asIntN(64, BigInt(value))})`;
  if (contract.result === 'dma-address') return failed ? 'DMA_MAPPING_ERROR' : 'an address';
  if (isFaultResult(called.type.result)) return faultText(Number(value));
  if (contract.result === 'errno' || contract.result === 'bool' || contract.result === 'unknown') return String(value);
  return value === 0 ? 'NULL' : (machine.objectAt(value)?.label ?? `0x${value.toString(16)}`);
}
