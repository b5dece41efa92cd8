/** The checks of CONFIG_DEBUG_LIST (lib/list_debug.c). What the document leaves open is taken as it should be. */
import type { Site } from '../../machine/events.ts';
import type { MachineServices, ModelCall, Scalar } from '../../machine/model.ts';
import { freedNode, nodeLeadingTo, noteListNode } from '../memory/listLinks.ts';
import { argument, inner, mapState, model, POINTER, PURE, places, settled } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { report } from './rules.ts';

const POISON1 = 0xdead_0000_0000_0100n;
const POISON2 = 0xdead_0000_0000_0122n;

/** A neighbour of a list head as a decided value. */
function neighbour(machine: MachineServices, head: Scalar, offset: 0 | 8): number | bigint | null {
  const base = settled(machine, head);
  const object = base === null ? null : machine.objectAt(base);
  // A freed or foreign object is a fault of the access itself, which the list body makes right after this check.
  if (base === null || object === null || object.freed) return null;
  return machine.concrete(machine.read(base + offset, POINTER));
}

function corrupt(machine: MachineServices, entry: Scalar, message: string, before: Site | null = null): 0 {
  const object = machine.objectAt(entry);
  report(machine, 'list-corruption', message, [
    ...(object === null ? [] : places([`\`${object.label}\` was made here`, object.allocatedAt])),
    ...(before === null ? [] : places(['deleted here', before])),
  ]);
  return 0;
}

/** Where an entry was last taken out, and how long the trace was then. */
const deletions = mapState<number, { readonly site: Site; readonly events: number }>('containers.deletions');

/**
 * Where the entry was deleted before, on the same straight way of one function. On a list that nobody made, a loop that takes out the first
 * entry may come to it again: that says nothing.
 */
function deletedOnTheWay(machine: MachineServices, address: number): Site | null {
  const last = machine.state(deletions).get(address);
  const now = machine.callerSite();
  if (last === undefined || now === null) return null;
  const { span, function: name } = last.site;
  if (now.function !== name || now.span.unit !== span.unit || now.span.start <= span.start) return null;
  const back = machine.trace
    .slice(last.events)
    .some(({ at }) => at !== null && at.function === name && at.span.unit === span.unit && at.span.start < span.start);
  return back ? null : last.site;
}

function addIsValid(call: ModelCall): 0 | 1 {
  const { machine } = call;
  for (const node of call.args) noteListNode(machine, node);
  const entry = settled(machine, argument(call, 0));
  const prev = settled(machine, argument(call, 1));
  const next = settled(machine, argument(call, 2));
  if (prev === null || next === null) return 1;
  if (prev === 0 || next === 0)
    return corrupt(machine, argument(call, 0), '`list_add` to a list whose head was never initialised');
  const back = neighbour(machine, next, 8);
  if (back !== null && Number(back) !== prev)
    return corrupt(machine, argument(call, 0), '`list_add`: the next entry does not point back to the previous one');
  const forth = neighbour(machine, prev, 0);
  if (forth !== null && Number(forth) !== next)
    return corrupt(machine, argument(call, 0), '`list_add`: the previous entry does not point to the next one');
  if (entry !== null && (entry === prev || entry === next))
    return corrupt(machine, argument(call, 0), '`list_add` of an entry that is already there');
  return 1;
}

function deleteIsValid(call: ModelCall): 0 | 1 {
  const { machine } = call;
  const entry = argument(call, 0);
  noteListNode(machine, entry);
  const address = settled(machine, entry);
  const next = neighbour(machine, entry, 0);
  const prev = neighbour(machine, entry, 8);
  if (address === null) return 1;
  const before = next === POISON1 || prev === POISON2 ? deletedOnTheWay(machine, address) : null;
  const site = machine.callerSite();
  if (site !== null) machine.state(deletions).set(address, { site, events: machine.trace.length });
  if (next === null && prev === null) return 1;
  if (next === 0 || prev === 0) return corrupt(machine, entry, '`list_del` of an entry that was never on a list');
  if (next === POISON1 || prev === POISON2)
    return corrupt(machine, entry, '`list_del` of an entry that was already deleted', before);
  const forth = prev === null ? null : neighbour(machine, prev, 0);
  if (forth !== null && Number(forth) !== address)
    return corrupt(machine, entry, '`list_del`: the previous entry does not point to this one');
  const back = next === null ? null : neighbour(machine, next, 8);
  if (back !== null && Number(back) !== address)
    return corrupt(machine, entry, '`list_del`: the next entry does not point back to this one');
  return 1;
}

/** A walk goes on from here: the entry must still be there. */
function step(call: ModelCall): undefined {
  const { machine } = call;
  const freed = freedNode(machine, argument(call, 0));
  if (freed !== null)
    report(
      machine,
      'list-walk-freed',
      `the walk goes on from \`${freed.label}\`, which was freed`,
      places(['freed here', freed.at]),
    );
  return undefined;
}

export const listModels: readonly DocumentedModel[] = [
  ...inner([
    model('__interlock_list_node', PURE, 'include/linux/list.h', (call) => {
      const before = nodeLeadingTo(call.machine, argument(call, 0), argument(call, 1));
      noteListNode(call.machine, argument(call, 1));
      noteListNode(call.machine, argument(call, 0));
      return before;
    }),
    model('__interlock_list_step', PURE, 'include/linux/list.h', step),
  ]),
  model('__list_add_valid_or_report', PURE, 'lib/list_debug.c:__list_add_valid_or_report', addIsValid),
  model('__list_del_entry_valid_or_report', PURE, 'lib/list_debug.c:__list_del_entry_valid_or_report', deleteIsValid),
];
