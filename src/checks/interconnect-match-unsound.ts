/** Negotiation of an interconnect or mapping type that ends in an agreement which holds nothing. Read, not run. */
import { check } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { reach } from './flowGraph.ts';
import page from './interconnect-match-unsound.md?raw';
import { bare, calleeName, constantOf, valueName, within } from './irNames.ts';
import { type ReadFunction, readFunctions, told } from './readFunctions.ts';
import { kindsOf } from './readKinds.ts';

function opsNamed(
  document: DocumentView,
  all: readonly ReadFunction[],
  struct: RegExp,
  member: string,
): readonly ReadFunction[] {
  const found = document.tables
    .filter((table) => struct.test(table.struct))
    .flatMap(({ ops }) => ops.filter((op) => op.member === member));
  return all.filter(({ symbol }) => found.some(({ function: each }) => each === symbol));
}

/** `container_of(&attach->interconnect, ...)`: the attachment holds a copy of the base only. */
function fromCopy(read: ReadFunction): DocumentReport[] {
  const copies = kindsOf(read).addresses.filter(
    ({ expr: { place } }) =>
      place.kind === 'member' &&
      place.member.name === 'interconnect' &&
      place.base.type.kind === 'struct' &&
      place.base.type.tag === 'dma_buf_attachment',
  );
  return copies.flatMap(({ at, expr: copy }, i) => {
    // The first of a node speaks for all.
    if (copies[i - 1]?.at === at) return [];
    const steps = at.all.some(
      (expr) =>
        (expr.kind === 'offset' || expr.kind === 'convert') &&
        expr.type.kind === 'pointer' &&
        expr.type.to.kind === 'struct' &&
        !/^dma_buf_interconnect$/.test(expr.type.to.tag) &&
        within(expr).includes(copy),
    );
    return steps
      ? [
          told(
            read,
            copy.at,
            '`container_of()` of the base that the attachment holds by value: nothing is around it',
            null,
          ),
        ]
      : [];
  });
}

/** A type that stands for none is let fit. */
function none(read: ReadFunction): DocumentReport[] {
  return read.nodes.flatMap(({ all }) =>
    all.flatMap((expr): DocumentReport[] => {
      if (expr.kind !== 'logical' || expr.op !== '||') return [];
      const sides = [expr.left, expr.right].map(bare);
      const accepts = sides.some(
        (side) =>
          side.kind === 'compare' &&
          side.op === '==' &&
          Number(constantOf(side.right) ?? -1) === 0 &&
          /\.type$/.test(valueName(side.left) ?? ''),
      );
      const equal = sides.some(
        (side) =>
          side.kind === 'compare' &&
          side.op === '==' &&
          /\.type$/.test(valueName(side.left) ?? '') &&
          /\.type$/.test(valueName(side.right) ?? ''),
      );
      return accepts && equal ? [told(read, expr.at, 'a type that stands for no interconnect is let fit', null)] : [];
    }),
  );
}

/** True is answered, and nothing says what was agreed on. */
function unsaid(read: ReadFunction): DocumentReport[] {
  const asks = read.nodes.some(({ calls }) => calls.some((call) => /^dma_buf_match_/.test(calleeName(call.callee))));
  const says = read.nodes.some(({ stores }) => stores.some(({ to }) => /\.(?:interconnect|ic_match)(?:\.|$)/.test(to)));
  if (asks || says) return [];
  return read.nodes.flatMap(({ node }) =>
    node.kind === 'return' && node.values[0] !== undefined && Number(constantOf(node.values[0]) ?? 0) === 1
      ? [
          told(
            read,
            node.at,
            'says that an interconnect fits and does not say which',
            'nobody else stores what was agreed on',
          ),
        ]
      : [],
  );
}

/** The only answer of a map is that it cannot. */
function refusing(map: ReadFunction, match: readonly ReadFunction[]): DocumentReport[] {
  const exits = map.nodes.filter(({ node }) => node.kind === 'return');
  const refuses =
    exits.length > 0 &&
    !map.ir.partial &&
    exits.every(({ node }) => node.values[0] !== undefined && Number(constantOf(node.values[0]) ?? 0) === -95);
  const accepts = match.some((read) =>
    read.nodes.some(
      ({ node }) =>
        node.kind === 'return' && node.values[0] !== undefined && Number(constantOf(node.values[0]) ?? -1) !== 0,
    ),
  );
  const [exit] = exits;
  return refuses && accepts && exit !== undefined
    ? [told(map, exit.node.at, 'what `match_interconnect` accepts is always refused here', null)]
    : [];
}

/** An attach that agrees on an interconnect before it has looked at what forbids any attach. */
function early(read: ReadFunction): DocumentReport[] {
  return read.nodes.flatMap((each) => {
    const asks =
      each.calls.some((call) => call.callee.kind === 'indirect' && call.callee.member === 'supports_interconnects') ||
      each.calls.some((call) => /^dma_buf_match_interconnects$/.test(calleeName(call.callee)));
    const [yes, no] = each.node.kind === 'branch' ? each.node.next : [];
    if (!asks || yes === undefined || no === undefined) return [];
    const exit = read.nodes[yes];
    if (
      exit?.node.kind !== 'return' ||
      Number(
        constantOf(
          exit.node.values[0] ??
            each.all[0] ?? { kind: 'unknown', reason: '', type: { kind: 'void' }, at: each.node.at },
        ) ?? -1,
      ) !== 0
    )
      return [];
    const later = [...reach(read.graph, [no], () => false)].flatMap((id) => read.nodes[id] ?? []);
    const skipped = later.find(
      ({ node, all }) =>
        node.kind === 'branch' &&
        all.some((expr) => /\.(?:revoked|removed|unplugged|dead|wedged)$/.test(valueName(expr) ?? '')),
    );
    return skipped === undefined
      ? []
      : [
          told(
            read,
            exit.node.at,
            'leaves before what forbids any attach was looked at',
            'nothing before looked at it',
            [{ message: 'looked at here', at: skipped.node.at }],
          ),
        ];
  });
}

function inspect(document: DocumentView): DocumentReport[] {
  const all = readFunctions(document);
  const match = opsNamed(document, all, /^dma_buf_interconnect_ops$/, 'match_interconnect');
  return [
    ...all.flatMap(fromCopy),
    ...match.flatMap(none),
    ...opsNamed(document, all, /^dma_buf_attach_ops$/, 'supports_interconnects').flatMap(unsaid),
    ...opsNamed(document, all, /^dma_buf_interconnect_ops$/, 'map_interconnect').flatMap((map) => refusing(map, match)),
    ...opsNamed(document, all, /^dma_buf_ops$/, 'attach').flatMap(early),
  ];
}

export default check(page, { inspect });
