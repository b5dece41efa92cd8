/**
 * A virtual function taken for its physical function or the other way round: numbers, addresses and buses that belong to the other of the two.
 * Read, not run.
 */
import type { Expr } from '../c/ir.ts';
import { check } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, valueName, within } from './irNames.ts';
import { calledIn, callIn, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';
import { kindsOf, mentions } from './readKinds.ts';
import page from './virtual-function-confused.md?raw';

/** Names of variables that hold what a function returned. */
function holding(read: ReadFunction, which: RegExp): ReadonlySet<string> {
  return new Set(
    callsOf(read, which).flatMap(({ at, call }) =>
      at.stores.flatMap(({ to, value }) => (callIn(value) === call ? [to] : [])),
    ),
  );
}

function mentionsMember(read: ReadFunction, member: RegExp): boolean {
  return mentions(read, member) || callsOf(read, /^(?:pci_num_vf|IS_SRIOV_PF|IS_SRIOV_VF|pci_iov_vf_id)$/).length > 0;
}

/** `imp == pci_physfn(exp)`: true of a physical function and itself. */
function physfnAsTest(read: ReadFunction): DocumentReport[] {
  if (mentionsMember(read, /\.is_virtfn$/)) return [];
  return kindsOf(read).compares.flatMap(({ expr }): DocumentReport[] => {
    if (expr.op !== '==') return [];
    const call = [expr.left, expr.right]
      .map(bare)
      .find((side) => side.kind === 'call' && calleeName(side.callee) === 'pci_physfn');
    const other = [expr.left, expr.right].map(bare).find((side) => side !== call);
    if (call?.kind !== 'call' || other === undefined || constantOf(other) !== null) return [];
    const own = valueName(bare(call.args[0] ?? call));
    // `pci_physfn(d) == d` asks whether it is virtual.
    if (valueName(other) === own || other.kind === 'call') return [];
    return [
      told(
        read,
        expr.at,
        '`pci_physfn()` of a function that is not virtual is that function itself',
        'the function may be a physical one',
      ),
    ];
  });
}

function numbers(read: ReadFunction): DocumentReport[] {
  const ids = holding(read, /^pci_iov_vf_id$/);
  if (ids.size === 0) return [];
  const reports: DocumentReport[] = [];
  for (const each of read.nodes) {
    for (const call of each.calls) {
      if (!/^xe_gt_sriov_pf_config_/.test(calleeName(call.callee))) continue;
      const number = call.args.map((arg) => bare(arg)).find((arg) => ids.has(valueName(arg) ?? ''));
      const raised =
        number !== undefined &&
        read.nodes.some(({ all }) =>
          all.some(
            (expr) =>
              (expr.kind === 'update' || expr.kind === 'assign') &&
              nameOf(expr) === valueName(number) &&
              !(expr.kind === 'assign' && calledIn(expr.value) === 'pci_iov_vf_id'),
          ),
        );
      if (number !== undefined && !raised)
        reports.push(told(read, call.at, '`pci_iov_vf_id()` counts from 0, the PF’s configuration from 1', null));
    }
    for (const expr of each.all) {
      if (expr.kind !== 'offset') continue;
      const index = valueName(bare(expr.index));
      if (index !== null && ids.has(index) && !testedBefore(read, each, index))
        reports.push(
          told(
            read,
            expr.at,
            '`pci_iov_vf_id()` is negative for what is no virtual function, and is used as an index',
            'the device may be no virtual function',
          ),
        );
    }
  }
  return reports;
}

function nameOf(expr: Extract<Expr, { kind: 'assign' | 'update' }>): string | null {
  return valueName({ kind: 'load', place: expr.place, type: expr.type, at: expr.at });
}

/** Whether some condition on the way asks about a name. */
function testedBefore(read: ReadFunction, at: ReadNode, name: string): boolean {
  const before = waysOf(read.graph).leadingTo(at.node.id);
  return read.nodes.some(
    ({ node, all }) =>
      node.kind === 'branch' &&
      node.id !== at.node.id &&
      before[node.id] === 1 &&
      all.some((expr) => valueName(expr) === name),
  );
}

/** A condition on the way that refuses what is no PCI device. */
function asksForPci(read: ReadFunction): boolean {
  return (
    callsOf(read, /dev_is_pci|IS_SRIOV/).length > 0 ||
    kindsOf(read).addresses.some(
      ({ expr: { place } }) => place.kind === 'global' && place.symbol.name === 'pci_bus_type',
    )
  );
}

/** `to_pci_dev(attach->dev)`: an importer may be any device. */
function anyDevice(read: ReadFunction): DocumentReport[] {
  if (asksForPci(read)) return [];
  return read.nodes.flatMap(({ all }) => {
    const found = all.find(
      (expr) =>
        expr.kind === 'offset' &&
        expr.type.kind === 'pointer' &&
        Number(constantOf(expr.index) ?? 0) !== 0 &&
        within(expr).some(
          (part) =>
            part.kind === 'load' &&
            /\.dev$/.test(valueName(part) ?? '') &&
            part.place.kind === 'member' &&
            part.place.base.type.kind === 'struct' &&
            part.place.base.type.tag === 'dma_buf_attachment',
        ),
    );
    const pci =
      found !== undefined &&
      all.some(
        (expr) => expr.type.kind === 'pointer' && expr.type.to.kind === 'struct' && expr.type.to.tag === 'pci_dev',
      );
    return found !== undefined && pci
      ? [
          told(
            read,
            found.at,
            '`to_pci_dev()` of an importer that need not be a PCI device',
            'importers on other buses attach too',
          ),
        ]
      : [];
  });
}

/** A walk over `bus->devices` that nothing protects. */
function busWalk(read: ReadFunction): DocumentReport[] {
  if (mentions(read, /pci_bus_sem/)) return [];
  for (const { node, all } of read.nodes) {
    // Its end is compared with the list's head, each time round; who takes the first entry walks nothing.
    if (!waysOf(read.graph).looped(node.id, node.id)) continue;
    const walk = all.find((expr) => expr.kind === 'address' && /\.devices$/.test(valueName(expr) ?? '') && isBus(expr));
    if (walk !== undefined)
      return [
        told(
          read,
          walk.at,
          '`bus->devices` is walked without `pci_bus_sem`; functions may sit on another bus',
          'the caller does not hold `pci_bus_sem`',
        ),
      ];
  }
  return [];
}

function isBus(expr: Expr): boolean {
  return within(expr).some((part) => {
    if (part.kind !== 'load' && part.kind !== 'address') return false;
    for (let place = part.place; place.kind === 'member'; place = place.base)
      if (place.base.type.kind === 'struct' && place.base.type.tag === 'pci_bus') return true;
    return false;
  });
}

/** An offset in one function's BAR, computed from the other's. */
function otherBar(read: ReadFunction): DocumentReport[] {
  const physical = holding(read, /^pci_physfn$/);
  const device = (expr: Expr): string | null => {
    const resource = within(expr).find(
      (part) =>
        /\.resource\[/.test(valueName(part) ?? '') ||
        (part.kind === 'call' && calleeName(part.callee) === 'pci_resource_start'),
    );
    if (resource === undefined) return null;
    if (resource.kind === 'call') return valueName(bare(resource.args[0] ?? resource));
    return /^[&*]*([\w#]+)/.exec(valueName(resource) ?? '')?.[1] ?? null;
  };
  const compared = new Set<string>();
  for (const { all, node } of read.nodes)
    if (node.kind === 'branch')
      for (const expr of all)
        if (expr.kind === 'compare') for (const side of [expr.left, expr.right]) compared.add(device(side) ?? '');
  compared.delete('');
  if (compared.size !== 1) return [];
  return read.nodes.flatMap(({ all, node }) =>
    node.kind === 'branch'
      ? []
      : all.flatMap((expr): DocumentReport[] => {
          if (expr.kind !== 'binary' || expr.op !== '-') return [];
          const base = device(expr.right);
          if (
            base === null ||
            compared.has(base) ||
            (!physical.has(base) && ![...compared].some((each) => physical.has(each)))
          )
            return [];
          return [
            told(read, expr.at, 'an address in the BAR of one function is taken relative to the BAR of another', null),
          ];
        }),
  );
}

/** What the PF keeps of a VF may not be there. */
function absentQuota(read: ReadFunction): DocumentReport[] {
  return callsOf(read, /^xe_bo_addr$/).flatMap(({ at: each, call }): DocumentReport[] => {
    const name = valueName(bare(call.args[0] ?? call));
    if (name === null) return [];
    const quota =
      /\.lmem_obj$/.test(name) ||
      read.nodes.some(({ stores }) =>
        stores.some(({ to, value }) => to === name && /\.lmem_obj$/.test(valueName(bare(value)) ?? '')),
      );
    return quota && !testedBefore(read, each, name)
      ? [told(read, call.at, '`lmem_obj` of a VF without local memory is NULL', 'the VF may have no local memory')]
      : [];
  });
}

/** Offsets of ranges that another handed over, used without asking whether they lie in the object. */
function unboundedOffset(read: ReadFunction): DocumentReport[] {
  return callsOf(read, /^xe_bo_addr$/).flatMap(({ at: each, call }): DocumentReport[] => {
    const offset = call.args[1] === undefined ? null : bare(call.args[1]);
    const name = offset === null ? null : valueName(offset);
    const start = (expr: Expr): boolean =>
      within(expr).some(
        (part) =>
          /\.start$/.test(valueName(part) ?? '') &&
          part.kind === 'load' &&
          part.place.kind === 'member' &&
          part.place.base.type.kind === 'struct' &&
          part.place.base.type.tag === 'range',
      );
    const fromRange =
      name === null
        ? offset !== null && start(offset)
        : read.nodes.some(({ stores }) => stores.some(({ to, value }) => to === name && start(value)));
    if (!fromRange) return [];
    const looped = waysOf(read.graph).looped(each.node.id, each.node.id);
    const asked = read.nodes.some(
      ({ node, all }) =>
        node.kind === 'branch' &&
        all.some(
          (expr) =>
            expr.kind === 'compare' &&
            [expr.left, expr.right].some((side) => valueName(bare(side)) === name || start(side)),
        ),
    );
    return looped && !asked
      ? [
          told(
            read,
            call.at,
            'an offset from a range that another handed over is not held against the object',
            'the exporter may hand over any range',
          ),
        ]
      : [];
  });
}

function inspect(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => [
    ...physfnAsTest(read),
    ...numbers(read),
    ...anyDevice(read),
    ...busWalk(read),
    ...otherBar(read),
    ...absentQuota(read),
    ...unboundedOffset(read),
  ]);
}

export default check(page, { inspect });
