/**
 * References that a function loses, keeps without counting, or gives back twice: an overwritten variable, a pointer that outlives the count
 * it came with, an import nobody counts, a second put on a way to a common exit. Read, not run.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { reach } from './flowGraph.ts';
import { argument, callsOf, outcomeOf, renames } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, rootOf, valueName, within } from './irNames.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';
import { kindsOf } from './readKinds.ts';
import { TAKES_APART, undoOf } from './undoPairs.ts';

/** Return a reference of the caller's. */
const GIVES =
  /^(?:dma_fence_get(?:_rcu|_stub)?|dma_buf_get|pci_get_device|pci_get_domain_bus_and_slot|pci_dev_get|get_device|drm_gem_object_lookup|sync_file_get_fence|iommu_group_get|fget|get_task_mm)$/;
/** Return one of something that stays anyway: a pointer that is kept without it is no mistake that shows (drivers/of/base.c, drivers/base/property.c). */
const LOOKS_UP =
  /^(?:of_parse_phandle|of_get_child_by_name|of_get_compatible_child|of_get_parent|of_graph_get_(?:endpoint_by_regs|port_by_id|port_parent|remote_\w+)|of_find_device_by_node|fwnode_graph_get_(?:endpoint_by_id|port_parent|remote_\w+)|fwnode_get_named_child_node|fwnode_get_parent|device_get_named_child_node)$/;
/** Hand one out through an argument: which (drivers/gpu/drm/drm_syncobj.c, drivers/dma-buf/dma-resv.c). */
const GIVES_BY: Readonly<Record<string, number>> = { drm_syncobj_find_fence: 4, dma_resv_get_singleton: 2 };
/** Only look at what they are given. */
const LOOKS =
  /^(?:IS_ERR\w*|PTR_ERR\w*|dma_fence_(?:is_\w+|wait\w*|get_status\w*)|__dma_fence_is_later|WARN\w*|dev_\w+|pr_\w+|drm_(?:dbg|err|warn|info)\w*|pci_(?:read|write)_config_\w+|of_property_\w+|of_device_is_\w+|of_node_name_\w+|of_get_property|of_address_to_resource|of_count_phandle_with_args|fwnode_property_\w+|fwnode_device_is_available)$/;

interface Taken {
  readonly at: ReadNode;
  readonly call: CallExpr;
  readonly name: string;
  /** The variable that holds it. */
  readonly object: string;
}

function takenIn(read: ReadFunction, alsoLookedUp = false): readonly Taken[] {
  return read.nodes.flatMap((at) =>
    at.calls.flatMap((call): Taken[] => {
      // An op of that name is somebody's own.
      if (call.callee.kind !== 'direct') return [];
      const name = calleeName(call.callee);
      const by = GIVES_BY[name];
      const object =
        by !== undefined
          ? (argument(call, by)?.replace(/^&/, '') ?? null)
          : GIVES.test(name) || (alsoLookedUp && LOOKS_UP.test(name))
            ? (at.stores.find(({ value }) => bare(value) === call)?.to ?? null)
            : null;
      return object === null ? [] : [{ at, call, name, object }];
    }),
  );
}

/** A variable of the function, and nothing behind a pointer. */
function isLocal(name: string): boolean {
  return /^\w+#\d+$/.test(name);
}

function givenAway(node: ReadNode, object: string): boolean {
  return (
    node.calls.some(
      (call) =>
        !LOOKS.test(calleeName(call.callee)) &&
        call.args.some((arg) => within(arg).some((part) => rootOf(valueName(part) ?? '') === object)),
    ) ||
    node.stores.some(({ value }) => rootOf(valueName(bare(value)) ?? '') === object || leadsBackTo(value, object)) ||
    (node.node.kind === 'return' &&
      node.node.values.some((value) => valueName(bare(value)) === object || leadsBackTo(value, object)))
  );
}

/** What the object lies in: `to_sample(dev)`, or `dev ? to_sample(dev) : NULL`; not what its driver keeps with it. */
function leadsBackTo(value: Expr, object: string): boolean {
  if (value.type.kind !== 'pointer') return false;
  const parts = within(value);
  return (
    parts.some((part) => valueName(part) === object) &&
    !parts.some((part) => part.kind === 'call' && ASKS.test(calleeName(part.callee)))
  );
}

/** A way to an exit on which nothing is done with a reference that only a variable of the function holds. */
function lostOnExit(read: ReadFunction): DocumentReport[] {
  if (read.ir.partial) return [];
  return takenIn(read, true).flatMap(({ at, call, name, object }) => {
    const undoes = undoOf(name);
    const variable = read.ir.locals.find((each) => `${each.name}#${each.id}` === object);
    if (variable === undefined || variable.isParameter || variable.cleanup !== null || undoes === null) return [];
    const { ok, failed } = outcomeOf(read, at, call);
    if (failed.length === 0) return [];
    const ends = (id: number): boolean => {
      const node = read.nodes[id];
      if (node === undefined || node.node.kind === 'hole') return true;
      // Asked about again: which way has it is not told here.
      const asked =
        node.node.kind === 'branch' &&
        node.node.values.some((value) => within(value).some((part) => valueName(part) === object)) &&
        !node.calls.some(({ callee }) => /^(?:of|fwnode)_/.test(calleeName(callee)));
      return asked || givenAway(node, object) || renames(node, object);
    };
    const { order } = waysOf(read.graph).from(ok, ({ id }) => ends(id));
    const exit = order
      .flatMap((id) => read.nodes[id] ?? [])
      .find(({ node }) => node.kind === 'return' && !ends(node.id));
    if (exit === undefined) return [];
    const code = exit.node.values[0];
    const fails = code !== undefined && Number(constantOf(bare(code)) ?? -1) < 0;
    return fails
      ? [
          told(read, exit.node.at, `leaves with the reference in \`${words(object)}\`, which nobody else has`, null, [
            { message: `taken here, by \`${name}()\``, at: call.at },
          ]),
        ]
      : [];
  });
}

/** Look something up and count it for whoever asked (drivers/of/platform.c, drivers/of/base.c, drivers/base/bus.c). */
const COUNTS =
  /^(?:of_find_device_by_node|of_parse_phandle|of_get_child_by_name|of_get_parent|of_find_node_by_\w+|of_graph_get_\w+|bus_find_device\w*|driver_find_device\w*|class_find_device\w*|pci_get_device|pci_get_domain_bus_and_slot|iommu_group_get|dma_buf_get|drm_gem_object_lookup|sync_file_get_fence|fget|get_task_mm)$/;
/** Of these, nothing keeps what it is given. */
const ASKS =
  /^(?:(?:platform|dev|pci)_get_drvdata|dev_name|of_property_\w+|of_device_is_\w+|of_node_name_\w+|of_get_property|iommu_group_id)$/;

/** A reference in a variable of the function that no way through it gives back, hands on or keeps. */
function neverGivenBack(read: ReadFunction): DocumentReport[] {
  if (read.ir.partial || read.ir.endUnseen === true || read.nodes.some(({ node }) => node.kind === 'hole')) return [];
  return read.nodes.flatMap((taking) =>
    taking.calls.flatMap((call): DocumentReport[] => {
      if (call.callee.kind !== 'direct') return [];
      const name = calleeName(call.callee);
      const { stores } = taking;
      const object = COUNTS.test(name) ? stores.find(({ value }) => bare(value) === call)?.to : undefined;
      const variable = read.ir.locals.find((each) => `${each.name}#${each.id}` === object);
      if (object === undefined || variable === undefined || variable.isParameter || variable.cleanup !== null)
        return [];
      const asks = (node: ReadNode): ReadNode => ({
        ...node,
        calls: node.calls.filter(({ callee }) => !ASKS.test(calleeName(callee))),
      });
      const others = read.nodes.filter((node) => node !== taking);
      if (others.some((node) => givenAway(asks(node), object) || renames(node, object))) return [];
      return [told(read, call.at, `no way gives back the reference of \`${name}()\` in \`${words(object)}\``, null)];
    }),
  );
}

/** The only name of a reference is given another value. */
function overwritten(read: ReadFunction): DocumentReport[] {
  return takenIn(read).flatMap(({ at, call, name, object }) => {
    const { ok, failed } = outcomeOf(read, at, call);
    if (!isLocal(object) || failed.length === 0) return [];
    const stops = (id: number): boolean => {
      const node = read.nodes[id];
      return node === undefined || node.node.kind === 'hole' || givenAway(node, object) || renames(node, object);
    };
    const { order } = waysOf(read.graph).from(ok, ({ id }) => stops(id));
    return order.flatMap((id) => {
      const node = read.nodes[id];
      if (node === undefined || givenAway(node, object)) return [];
      const store = node.stores.find(({ to }) => to === object);
      if (store === undefined || constantOf(bare(store.value)) !== null || valueName(bare(store.value)) === null)
        return [];
      return [
        told(read, store.at, `the reference in \`${words(object)}\` is lost: the variable is overwritten`, null, [
          { message: `taken here, by \`${name}()\``, at: call.at },
        ]),
      ];
    });
  });
}

function words(name: string): string {
  return name.replace(/#\d+/g, '').replace(/^\*/, '');
}

/** A reference is dropped although the pointer was stored where it stays. */
function keptUncounted(read: ReadFunction): DocumentReport[] {
  return takenIn(read).flatMap(({ at, call, name, object }) => {
    const undoes = undoOf(name);
    if (!isLocal(object) || undoes === null) return [];
    const { ok } = outcomeOf(read, at, call);
    const behind = waysOf(read.graph).from(ok, ({ id }) => renames(read.nodes[id] ?? at, object) && id !== at.node.id);
    return behind.order.flatMap((id): DocumentReport[] => {
      const node = read.nodes[id];
      const store = node?.stores.find(({ to, value }) => /^\*\w+#\d+\./.test(to) && valueName(bare(value)) === object);
      if (node === undefined || store === undefined) return [];
      const holder = rootOf(store.to);
      // Taken apart, counted again or replaced: then the pointer is not what stays.
      const ends = (each: ReadNode): boolean =>
        each !== node &&
        (each.node.kind === 'hole' ||
          renames(each, store.to) ||
          each.calls.some((other) => {
            const called = calleeName(other.callee);
            const about = other.args.some((arg) => rootOf(valueName(bare(arg)) ?? '') === holder);
            const counts =
              /(?:^|_)get(?:_|$)/.test(called) && other.args.some((arg) => valueName(bare(arg)) === object);
            return counts || (about && TAKES_APART.test(called) && !undoes(called));
          }));
      const puts = waysOf(read.graph)
        .from(node.node.next, ({ id: each }) => ends(read.nodes[each] ?? node))
        .order.flatMap((each) => {
          const there = read.nodes[each];
          if (there === undefined || ends(there)) return [];
          const put = there.calls.find(
            (other) =>
              undoes(calleeName(other.callee)) &&
              other.args.some((arg) => [object, store.to].includes(valueName(bare(arg)) ?? '')),
          );
          return put === undefined ? [] : [{ there, put }];
        });
      return puts.flatMap(({ there, put }) => {
        const exits = reach(read.graph, there.node.next, ({ id: each }) => ends(read.nodes[each] ?? node));
        const stays = [...exits].some((each) => {
          const exit = read.nodes[each];
          if (exit === undefined || exit.node.kind !== 'return' || ends(exit)) return false;
          return exit.node.values.some((value) => valueName(bare(value)) === holder || constantOf(value) === 0);
        });
        // NULL is no success of a function that returns the holder.
        const returnsPointer = read.symbol.type.result.kind === 'pointer';
        const real = [...exits].some((each) => {
          const exit = read.nodes[each];
          return exit?.node.kind === 'return' && exit.node.values.some((value) => valueName(bare(value)) === holder);
        });
        if (!stays || (returnsPointer && !real)) return [];
        return [
          told(read, put.at, `the reference is dropped while \`${words(store.to)}\` keeps the pointer`, null, [
            { message: 'kept here', at: store.at },
            { message: `taken here, by \`${name}()\``, at: call.at },
          ]),
        ];
      });
    });
  });
}

/** The address space of the process is remembered, and nothing holds it (include/linux/sched/mm.h:mmgrab). */
function borrowedProcess(read: ReadFunction, kept: boolean): DocumentReport[] {
  if (kept) return [];
  return read.nodes.flatMap(({ stores }) =>
    stores.flatMap(({ to, value, at }) => {
      const inner = bare(value);
      if (inner.type.kind !== 'pointer' || inner.type.to.kind !== 'struct' || inner.type.to.tag !== 'mm_struct')
        return [];
      const made = read.nodes.some(({ stores: others }) =>
        others.some(({ to: object, value: from }) => {
          const call = bare(from);
          return object === rootOf(to) && call.kind === 'call' && /alloc/.test(calleeName(call.callee));
        }),
      );
      if (!/^\*\w+#\d+\./.test(to) || !made || !isCurrent(inner)) return [];
      return [
        told(
          read,
          at,
          `\`${words(to)}\` keeps the process's address space without a reference`,
          'it is used when the process may be gone',
        ),
      ];
    }),
  );
}

function isCurrent(expr: ReturnType<typeof bare>): boolean {
  if (expr.kind !== 'load' || expr.place.kind !== 'member' || expr.place.member.name !== 'mm') return false;
  const base = expr.place.base;
  if (base.kind !== 'deref') return false;
  const pointer = bare(base.pointer);
  return (
    (pointer.kind === 'call' && /current/.test(calleeName(pointer.callee))) || /current/.test(valueName(pointer) ?? '')
  );
}

/** Whether the document compares such a member: then it may be all that it is for. */
function comparesProcess(reads: readonly ReadFunction[]): boolean {
  return reads.some((read) =>
    kindsOf(read).compares.some(
      ({ expr }) =>
        [expr.left, expr.right].some((side) => {
          const inner = bare(side);
          return inner.kind === 'load' && inner.place.kind === 'member' && /mm$/.test(inner.place.member.name ?? '');
        }) && constantOf(expr.right) === null,
    ),
  );
}

const DROPS =
  /^(?:dma_buf_put|drm_gem_object_put(?:_unlocked)?|pci_dev_put|dma_fence_put|fput|put_device|dma_buf_detach|dma_buf_unpin|mmput|mmdrop)$/;

/** Dropped before a `goto` to an exit that drops it again, which another way to that exit does only once. */
function droppedTwice(read: ReadFunction): DocumentReport[] {
  return callsOf(read, DROPS).flatMap(({ at, call, name }) => {
    const object = argument(call, name === 'dma_buf_detach' ? 1 : 0);
    if (object === null) return [];
    const same = (other: CallExpr): boolean =>
      calleeName(other.callee) === name && argument(other, name === 'dma_buf_detach' ? 1 : 0) === object;
    let here: ReadNode | undefined = at;
    for (let steps = 0; steps < 24; steps++) {
      const [next]: readonly number[] = here.node.next;
      const following: ReadNode | undefined =
        here.node.next.length === 1 && next !== undefined ? read.nodes[next] : undefined;
      if (following === undefined || following.node.kind !== 'step' || renames(following, object)) return [];
      if (following.calls.some((other) => /(?:^|_)get(?:_|$)/.test(calleeName(other.callee)))) return [];
      here = following;
      const again = following.calls.find(same);
      if (again === undefined) continue;
      // Two references need two drops, and both were seen to be taken.
      const takes = read.nodes.flatMap(({ calls, stores }) => [
        ...calls.filter((other) => /(?:^|_)get(?:_|$)/.test(calleeName(other.callee)) && argument(other, 0) === object),
        ...stores.filter(({ to }) => to === object),
      ]);
      const elsewhere = waysOf(read.graph).from([read.graph.entry], (node) => node === at.node);
      if (takes.length !== 1 || elsewhere.has[following.node.id] !== 1) return [];
      return [
        told(read, again.at, `\`${name}()\` a second time on this way: the exit drops it for every way`, null, [
          { message: 'dropped before', at: call.at },
        ]),
      ];
    }
    return [];
  });
}

/** An import as the DRM core asks for it: the core drops its reference once the object is made (drm_prime.c:drm_gem_prime_fd_to_handle). */
function uncountedImport(document: DocumentView, reads: readonly ReadFunction[]): DocumentReport[] {
  const imports = new Set(
    document.tables.flatMap(({ ops }) => ops.flatMap((op) => (op.member === 'gem_prime_import' ? [op.function] : []))),
  );
  return reads.flatMap((read) => {
    if (!imports.has(read.symbol) || read.ir.partial) return [];
    return callsOf(read, /^dma_buf_(?:dynamic_)?attach$/).flatMap(({ at, call }) => {
      const buffer = argument(call, 0);
      const result = at.stores.find(({ value }) => bare(value) === call)?.to ?? null;
      if (buffer === null || result === null) return [];
      const counted = read.nodes.some(({ calls }) =>
        calls.some(
          (other) =>
            other !== call &&
            argument(other, 0) === buffer &&
            !/^dma_buf_(?:detach|put|map\w*|unmap\w*|pin|unpin)$/.test(calleeName(other.callee)),
        ),
      );
      const kept = read.nodes
        .flatMap(({ stores }) => stores)
        .find(
          ({ to, value }) => /\.import_attach$/.test(to) && (valueName(bare(value)) === result || bare(value) === call),
        );
      if (counted || kept === undefined) return [];
      return [
        told(read, kept.at, 'the import keeps the attachment and takes no reference of the buffer', null, [
          { message: 'attached here', at: call.at },
        ]),
      ];
    });
  });
}

/** References that are counted too often: dropped twice, or while the pointer stays. */
export function droppedReferences(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => [...keptUncounted(read), ...droppedTwice(read)]);
}

/** References that nobody has or can give back. */
export function lostReferences(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const kept =
    comparesProcess(reads) ||
    reads.some(
      (read) =>
        callsOf(read, /^(?:mmgrab|mmget|mmget_not_zero|get_task_mm|mmu_notifier_\w+|mmu_interval_\w+)$/).length > 0,
    );
  return [
    ...reads.flatMap((read) => [
      ...overwritten(read),
      ...lostOnExit(read),
      ...neverGivenBack(read),
      ...borrowedProcess(read, kept),
    ]),
    ...uncountedImport(document, reads),
  ];
}
