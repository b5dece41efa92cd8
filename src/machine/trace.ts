/** The run's record. Kinds nobody asked for cost one test; everything that matters for checks is always recorded. */
import type { Event, EventBody, Site } from './events.ts';

export type EventKind = Event['kind'];

export interface TraceContext {
  readonly task: { readonly id: number; readonly depth: number };
  site(): Site | null;
}

/** Calls and returns are left out beyond this many events, with a note; the run goes on. */
const CALL_LIMIT = 200_000;
/** Beyond this many events the run ends: a trace that long helps nobody and would eat the host's memory. */
export const EVENT_LIMIT = 1_000_000;

export class Trace {
  events: Event[] = [];
  /** Whether calls, and returns, are recorded: to put one into words costs. */
  calls = true;
  returns = true;
  private off = new Set<EventKind>();

  /** Kinds that are not recorded: `call` and `return` are off in explorations. */
  silence(kinds: Iterable<EventKind>): void {
    this.off = new Set(kinds);
    this.calls = !this.off.has('call');
    this.returns = !this.off.has('return');
  }

  reset(): void {
    this.events = [];
  }

  /** As `add`, for a call: most events are calls and their returns. */
  addCall(name: string, model: boolean, args: readonly string[], context: TraceContext): void {
    const { events } = this;
    const { id, depth } = context.task;
    if (events.length >= CALL_LIMIT) this.leaveOutCalls(context);
    else
      events.push({
        seq: events.length,
        task: id,
        depth,
        at: context.site(),
        kind: 'call',
        function: name,
        model,
        args,
      });
  }

  /** As `add`, for the return of a call. */
  addReturn(name: string, value: string | null, context: TraceContext): void {
    const { events } = this;
    const { id, depth } = context.task;
    if (events.length >= CALL_LIMIT) this.leaveOutCalls(context);
    else
      events.push({ seq: events.length, task: id, depth, at: context.site(), kind: 'return', function: name, value });
  }

  private leaveOutCalls(context: TraceContext): void {
    if (!this.calls) return;
    this.calls = false;
    this.returns = false;
    this.add({ kind: 'note', message: `calls are not recorded beyond ${CALL_LIMIT} events` }, context);
  }

  /** Answers whether the trace is full. */
  add(body: EventBody, context: TraceContext): boolean {
    if (this.off.size > 0 && this.off.has(body.kind)) return false;
    if (this.events.length >= CALL_LIMIT) this.leaveOutCalls(context);
    // The common part first: spreading the body before other members is forty times slower in V8.
    this.events.push({
      seq: this.events.length,
      task: context.task.id,
      depth: context.task.depth,
      at: context.site(),
      ...body,
    });
    return this.events.length >= EVENT_LIMIT;
  }
}
