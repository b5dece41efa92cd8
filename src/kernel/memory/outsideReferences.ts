/**
 * References that stand nowhere in simulated memory: what was put into a container whose storage the document leaves open. They keep an
 * object from being a leak; nothing can be read through them.
 */
import type { MachineServices, Scalar, StateKey } from '../../machine/model.ts';

const KEPT: StateKey<Set<number>> = { name: 'memory.outside-references', create: () => new Set() };

/** Says that something outside refers to this address from now on. */
export function keepOutside(machine: MachineServices, address: Scalar): void {
  if (typeof address === 'number' && address !== 0) machine.state(KEPT).add(address);
}

/** Addresses kept so far, in order. */
export function keptOutside(machine: MachineServices): readonly number[] {
  return [...machine.state(KEPT)];
}
