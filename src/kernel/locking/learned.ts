/**
 * What the validator learned in one run, in names that mean the same in another run: a lock is the member it is, or the static variable, or a
 * map of the kernel's. Classes that have no such name (a lock behind a pointer of which nothing is known) are left out.
 */
import type { Site } from '../../machine/events.ts';
import type { MachineServices } from '../../machine/model.ts';
import type { LockClass } from './lockdep/graph.ts';
import { asSite } from './reportText.ts';
import { locking } from './state.ts';

/** `to` was taken while `from` was held. */
export interface LockOrder {
  readonly from: LockName;
  readonly to: LockName;
  readonly site: Site | null;
  /** Who taught it, when it was no run: `taught by dma_resv_lockdep() at boot`. */
  readonly taught: string | null;
}

export interface LockName {
  /** The same for the same lock in every run of a program. */
  readonly id: string;
  readonly name: string;
}

/** A member, or the name of a map: nothing that was counted or placed in this run. */
const STABLE = /^[A-Za-z_][\w.]*$/;

/** All orders that this run knows at its end. */
export function learnedOrders(machine: MachineServices): readonly LockOrder[] {
  return locking(machine)
    .lockdep.graph.edges()
    .flatMap(({ from, to, origin }) => {
      const [before, after] = [named(from), named(to)];
      if (before === null || after === null || before.id === after.id) return [];
      return [{ from: before, to: after, site: asSite(origin.site), taught: origin.note }];
    });
}

function named(node: LockClass): LockName | null {
  const { key, path, subclass } = node.spec;
  if (node.novalidate || node.untracked) return null;
  const id = path ?? (typeof key === 'number' ? `static ${key}` : key);
  if (path === undefined && typeof key === 'string' && !STABLE.test(key)) return null;
  return { id: subclass === undefined || subclass === 0 ? id : `${id}/${subclass}`, name: node.name };
}
