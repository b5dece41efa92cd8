/** The run's record. Kinds nobody asked for cost one test; everything that matters for checks is always recorded. */
import type { Event, EventBody, Site } from './events.ts';

export type EventKind = Event['kind'];

export interface TraceContext {
  readonly currentTask: number;
  depth(): number;
  place(): Site | null;
}

export class Trace {
  events: Event[] = [];
  private off = new Set<EventKind>();

  /** Kinds that are not recorded: `call` and `return` are off in explorations. */
  silence(kinds: Iterable<EventKind>): void {
    this.off = new Set(kinds);
    this.calls = !this.off.has('call');
    this.returns = !this.off.has('return');
  }

  private calls = true;
  private returns = true;

  wants(kind: 'call' | 'return'): boolean {
    return kind === 'call' ? this.calls : this.returns;
  }

  reset(): void {
    this.events = [];
  }

  add(body: EventBody, context: TraceContext): Event | null {
    if (this.off.size > 0 && this.off.has(body.kind)) return null;
    // The common part first: spreading the body before other members is forty times slower in V8.
    const event: Event = {
      seq: this.events.length,
      task: context.currentTask,
      depth: context.depth(),
      at: context.place(),
      ...body,
    };
    this.events.push(event);
    return event;
  }
}
