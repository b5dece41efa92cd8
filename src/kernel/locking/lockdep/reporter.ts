/**
 * Makes reports: fills in the held locks, and lets each distinct (kind, class pair) through once. The kernel switches its validator off
 * after the first report; here the offending order is left out of the graph instead, so that what follows can still be trusted.
 */
import type { LockGraph, PathEdge } from './graph.ts';
import type { LockdepTask } from './stack.ts';
import type { HeldInfo, Leg, LockdepReport } from './types.ts';

export type ReportBody = Omit<LockdepReport, 'held' | 'task'>;

/** What a task holds, outermost first. */
export function heldInfo(graph: LockGraph, task: LockdepTask): HeldInfo[] {
  const held: HeldInfo[] = [];
  for (let i = 0; i < task.depth; i++) {
    const entry = task.at(i);
    held.push({
      instance: entry.instance,
      name: graph.at(entry.classId).name,
      read: entry.read,
      trylock: entry.trylock,
      site: entry.site,
    });
  }
  return held;
}

/** A known edge as a step of an explanation. */
export function asLeg(edge: PathEdge): Leg {
  return { from: edge.from.name, to: edge.to.name, site: edge.origin.site, note: edge.origin.note };
}

export class Reporter {
  private readonly seen = new Set<string>();

  constructor(
    private readonly graph: LockGraph,
    private readonly sink: (report: LockdepReport) => void,
  ) {}

  /** True when this pair was already reported for this kind. */
  known(kind: LockdepReport['kind'], a: number, b: number): boolean {
    return this.seen.has(`${kind} ${a} ${b}`);
  }

  /** Reports once per (kind, a, b). `a`, `b`: class ids, or -1. */
  once(task: LockdepTask, a: number, b: number, body: ReportBody): void {
    const key = `${body.kind} ${a} ${b}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.always(task, body);
  }

  always(task: LockdepTask, body: ReportBody): void {
    this.sink({ ...body, held: heldInfo(this.graph, task), task: task.id });
  }
}
