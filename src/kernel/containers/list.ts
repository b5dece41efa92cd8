/** The checks of CONFIG_DEBUG_LIST (lib/list_debug.c). What the document leaves open is taken as it should be. */
import type { MachineServices, ModelCall, Scalar } from '../../machine/model.ts';
import { freedNode, noteListNode } from '../memory/listLinks.ts';
import { argument, model, POINTER, PURE, places, settled } from '../modelling.ts';
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

function corrupt(machine: MachineServices, entry: Scalar, message: string): 0 {
  const object = machine.objectAt(entry);
  report(
    machine,
    'list-corruption',
    message,
    object === null ? [] : places([`\`${object.label}\` was made here`, object.allocatedAt]),
  );
  return 0;
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
  if (address === null || (next === null && prev === null)) return 1;
  if (next === 0 || prev === 0) return corrupt(machine, entry, '`list_del` of an entry that was never on a list');
  if (next === POISON1 || prev === POISON2)
    return corrupt(machine, entry, '`list_del` of an entry that was already deleted');
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
  model('__interlock_list_node', PURE, 'include/linux/list.h', (call) => {
    noteListNode(call.machine, argument(call, 0));
    noteListNode(call.machine, argument(call, 1));
    return undefined;
  }),
  model('__interlock_list_step', PURE, 'include/linux/list.h', step),
  model('__list_add_valid_or_report', PURE, 'lib/list_debug.c:__list_add_valid_or_report', addIsValid),
  model('__list_del_entry_valid_or_report', PURE, 'lib/list_debug.c:__list_del_entry_valid_or_report', deleteIsValid),
];
