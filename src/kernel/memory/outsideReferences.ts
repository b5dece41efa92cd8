/**
 * References that stand nowhere in simulated memory: what was put into a container whose storage the document leaves open. They keep an
 * object from being a leak; nothing can be read through them.
 */
import type { Site } from '../../machine/events.ts';
import type { MachineServices, Scalar, StateKey } from '../../machine/model.ts';
import { setState } from '../modelling.ts';

const KEPT = setState<number>('memory.outside-references');

/** Says that something outside refers to this address from now on. */
export function keepOutside(machine: MachineServices, address: Scalar): void {
  if (typeof address === 'number' && address !== 0) machine.state(KEPT).add(address);
}

/** Addresses kept so far, in order. */
export function keptOutside(machine: MachineServices): readonly number[] {
  return [...machine.state(KEPT)];
}

/** An object that is counted: one reference is somebody else's, more are those that the code took. */
export interface Counted {
  readonly address: number;
  /** How many references there are now; null when that is not known. */
  readonly references: () => number | null;
  /** Words for what was taken, and where it was first. */
  readonly what: string;
  readonly at: Site | null;
}

const COUNTED: StateKey<Map<number, Counted>> = { name: 'memory.counted-references', create: () => new Map() };

/** Says that one reference of the object is held outside; the others must be reachable, or they are lost. */
export function countOutside(machine: MachineServices, counted: Counted): void {
  machine.state(COUNTED).set(counted.address, counted);
}

/** Counted objects so far, in order. */
export function countedOutside(machine: MachineServices): readonly Counted[] {
  return [...machine.state(COUNTED).values()];
}
