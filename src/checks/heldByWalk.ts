/**
 * Walks that hold a reference of what they stand at, and drop it with the next step: whoever leaves such a walk before its end has it still.
 * Read, not run: who looks something up in a tree of the firmware's, or on a bus, gets what nobody here made.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, renames } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, rootOf, valueName, within } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Step on from what they are given, whose reference they drop, and which argument that is (drivers/of/base.c, drivers/base/property.c, drivers/pci/search.c). */
const STEPS: ReadonlyMap<string, { readonly from: number; readonly put: string }> = new Map(
  [
    ['of_get_next_child', 1, 'of_node_put'],
    ['of_get_next_available_child', 1, 'of_node_put'],
    ['of_get_next_cpu_node', 0, 'of_node_put'],
    ['of_find_compatible_node', 0, 'of_node_put'],
    ['of_find_node_by_name', 0, 'of_node_put'],
    ['of_find_node_by_type', 0, 'of_node_put'],
    ['of_find_node_with_property', 0, 'of_node_put'],
    ['of_find_matching_node_and_match', 0, 'of_node_put'],
    ['of_graph_get_next_endpoint', 1, 'of_node_put'],
    ['fwnode_get_next_child_node', 1, 'fwnode_handle_put'],
    ['fwnode_get_next_available_child_node', 1, 'fwnode_handle_put'],
    ['fwnode_graph_get_next_endpoint', 1, 'fwnode_handle_put'],
    ['device_get_next_child_node', 1, 'fwnode_handle_put'],
    ['pci_get_device', 2, 'pci_dev_put'],
    ['pci_get_class', 1, 'pci_dev_put'],
  ].map(([name, from, put]) => [String(name), { from: Number(from), put: String(put) }]),
);
/** Only look at what they are given. */
const LOOKS =
  /^(?:WARN\w*|dev_\w+|pr_\w+|drm_(?:dbg|err|warn|info)\w*|of_property_\w+|of_device_is_\w+|of_node_name_\w+|of_get_property|of_address_to_resource|of_match_\w+|fwnode_property_\w+|fwnode_device_is_available|pci_(?:read|write)_config_\w+|pci_name|str\w+)$/;

/** Whether the node hands the entry on, gives it back, or lets it out of the function. */
function givenAway({ calls, stores, node }: ReadNode, entry: string): boolean {
  const names = (expr: Parameters<typeof within>[0]): boolean =>
    within(expr).some((part) => rootOf(valueName(part) ?? '') === entry);
  return (
    calls.some((call) => !LOOKS.test(calleeName(call.callee)) && call.args.some(names)) ||
    stores.some(({ to, value }) => to !== entry && value.type.kind === 'pointer' && names(value)) ||
    (node.kind === 'return' && node.values.some((value) => value.type.kind === 'pointer' && names(value)))
  );
}

/** The variable that a condition asks whether it is there; null: it asks something else. */
function askedItself(condition: Expr): string | null {
  const value = bare(condition);
  if (value.kind === 'unary' && value.op === '!') return askedItself(value.operand);
  if (value.kind === 'compare') return askedItself(value.left);
  return value.kind === 'load' || value.kind === 'assign' ? valueName(value) : null;
}

function leftBefore(read: ReadFunction): DocumentReport[] {
  const ways = waysOf(read.graph);
  return callsOf(read, /next|find|^pci_get_/).flatMap(({ at, call, name }) => {
    const step = STEPS.get(name);
    const entry = step === undefined ? null : argument(call, step.from);
    if (
      step === undefined ||
      entry === null ||
      !at.stores.some(({ to, value }) => to === entry && bare(value) === call)
    )
      return [];
    const variable = read.ir.locals.find((each) => `${each.name}#${each.id}` === entry);
    if (variable === undefined || variable.isParameter || variable.cleanup !== null) return [];
    const walk = read.nodes.filter(({ node }) => ways.looped(node.id, at.node.id));
    // Taken again, or handed to somebody, in a round: who has it is not told here.
    if (walk.some((each) => each !== at && givenAway(each, entry))) return [];
    const asks = ({ node }: ReadNode): boolean =>
      node.kind === 'branch' && node.values.some((value) => askedItself(value) === entry);
    for (const each of walk) {
      if (asks(each) || each === at) continue;
      const out = each.node.next.filter((id) => !ways.looped(id, at.node.id));
      if (out.length === 0) continue;
      const ends = (id: number): boolean => {
        const node = read.nodes[id];
        return (
          node === undefined ||
          node.node.kind === 'hole' ||
          givenAway(node, entry) ||
          renames(node, entry) ||
          asks(node)
        );
      };
      const exit = ways
        .from(out, ({ id }) => ends(id))
        .order.flatMap((id) => read.nodes[id] ?? [])
        .find(({ node }) => node.kind === 'return' && !ends(node.id));
      if (exit === undefined) continue;
      return [
        told(
          read,
          exit.node.at,
          `\`${step.put}()\` is missing: the walk is left at \`${entry.replace(/#\d+$/, '')}\`, and holds it`,
          `\`${name}()\` is the kernel's`,
          [{ message: 'the walk', at: call.at }],
        ),
      ];
    }
    return [];
  });
}

/** Walks that are left with what they hold. */
export function leftWithEntry(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap(leftBefore);
}
