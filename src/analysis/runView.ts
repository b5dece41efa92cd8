/** A run as checks see it: the trace, with the calls of ops picked out of it. */
import type { OpCall, RunView } from '../checks/check.ts';
import type { Scenario } from '../explore/scenario.ts';
import type { Event } from '../machine/events.ts';
import type { Places } from './places.ts';

/** Pairs `op-enter` with `op-exit`; an op whose run ended inside it has no exit. */
export function runView(trace: readonly Event[], scenario: Scenario, places: Places): RunView {
  const open: { call: { -readonly [K in keyof OpCall]: OpCall[K] }; task: number }[] = [];
  const ops: OpCall[] = [];
  for (const [index, event] of trace.entries()) {
    if (event.kind === 'op-enter') {
      const op = scenario.ops.find(
        (candidate) => candidate.member === event.op && candidate.function.name === event.function,
      );
      if (!op) continue;
      const call = {
        table: event.table,
        member: event.op,
        function: event.function,
        contract: op.contract,
        context: event.context,
        enter: index,
        exit: null,
      };
      ops.push(call);
      open.push({ call, task: event.task });
    } else if (event.kind === 'op-exit') {
      const at = open.findLastIndex((candidate) => candidate.task === event.task && candidate.call.member === event.op);
      const [closed] = at < 0 ? [] : open.splice(at, 1);
      if (closed) closed.call.exit = index;
    }
  }
  return { trace, ops, inDocument: (site) => places.inDocument(site.span) };
}
