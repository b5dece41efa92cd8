/** The one way to this subsystem's reports, and how its models read their arguments. */
import type { Related } from '../../machine/events.ts';
import { isUnknown, type MachineServices, type ModelCall } from '../../machine/model.ts';
import { heldLocks } from '../locking/context.ts';
import type { PagemapRule } from './rules.ts';

export function report(
  machine: MachineServices,
  rule: PagemapRule,
  message: string,
  related: readonly Related[] = [],
  data: Readonly<Record<string, string | number | boolean>> = {},
): void {
  machine.emit({ kind: 'report', rule, message, related, held: heldLocks(machine), data });
}

/** The argument as an address; 0 when it is NULL or nobody decided it. */
export function addressArgument(call: ModelCall, index: number): number {
  const value = call.args[index];
  return value === undefined || isUnknown(value) || typeof value === 'bigint' ? 0 : value;
}

/** The argument as an integer; null when nobody decided it. */
export function integerArgument(call: ModelCall, index: number): bigint | null {
  const value = call.args[index];
  const known = value === undefined ? null : call.machine.concrete(value);
  return known === null ? null : BigInt(known);
}

/** A member as an integer; null when nobody decided it, or the address is NULL. */
export function integerField(machine: MachineServices, address: number, struct: string, member: string): bigint | null {
  if (address === 0) return null;
  const known = machine.concrete(machine.readField(address, struct, member));
  return known === null ? null : BigInt(known);
}

/** What a model that only keeps books does to its caller: nothing. */
export const NO_EFFECTS = { sleeps: 'no', allocates: 'none', locks: 'none', fails: 'never' } as const;
