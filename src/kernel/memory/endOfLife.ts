/**
 * The end of an object that the run found in the world outside and freed. Whoever frees in its own steps, or calls something that frees
 * whatever it is given, has lost the object. Whoever calls something that first asks (for the last reference, for a flag) may hold what makes
 * the answer no, and finds the object alive.
 */
import type { Event } from '../../machine/events.ts';
import type { MachineServices, ObjectInfo } from '../../machine/model.ts';

/**
 * Ends the object's life for those who know it for sure. What others free, a core that is simulated here or a file of the tree, is theirs:
 * cores have rules that say what may not be done afterwards, and what hangs where in the structures of a file nobody reviews is open.
 */
export function endWorldObject(machine: MachineServices, object: ObjectInfo): void {
  if (object.tag === 'struct page' || object.tag === 'page memory') return;
  const [freeing] = machine.stack();
  const origin = freeing === undefined ? undefined : machine.program.units[freeing.span.unit]?.origin;
  if (origin === undefined || origin === 'bundled' || origin === 'tree' || machine.metByOpen(object.address)) return;
  machine.end(object.address, depthOfKnowing(machine), machine.callerSite() ?? machine.site());
}

/** The lowest depth of a frame that runs now and asked itself whatever was asked before this free. */
function depthOfKnowing({ trace, currentTask }: MachineServices): number {
  let depth = Number.POSITIVE_INFINITY;
  for (let i = trace.length - 1; i >= 0; i--) {
    const event = trace[i];
    if (event === undefined || event.task !== currentTask) continue;
    if (event.kind === 'op-enter' || isQuestion(event)) break;
    depth = Math.min(depth, event.depth);
  }
  return depth;
}

/** What nobody told, other than whether a pointer is one: nothing is freed behind NULL. */
function isQuestion(event: Event): boolean {
  return (
    event.kind === 'decision' &&
    event.options.length === 2 &&
    !/is (?:not )?(?:NULL|an error)|fails$/.test(event.question)
  );
}
