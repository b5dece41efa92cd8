/**
 * Numbers that user space chose, or that are keys of a container, used before anything bounds them: as an index, or as a factor of an
 * allocation. Read, not run.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, valueName, within } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';
import { kindsOf } from './readKinds.ts';

/** Bound what they are given, or look at it in some way that may be a test. */
const BOUNDS =
  /^(?:array_index_\w+|min\w*|max\w*|clamp\w*|check_\w+_overflow|\w*_(?:valid|check|verify)\w*|access_ok|WARN\w*)$/;
const OPEN_CODED = /^(?:k[mz]alloc|kv[mz]alloc|v[mz]alloc)(?:_noprof)?$/;

/** Variables that a function fills from user space, and those it takes an ioctl's argument for. */
function fromUser(read: ReadFunction): ReadonlySet<string> {
  const filled = callsOf(read, /^(?:_?copy_from_user|__copy_from_user|copy_struct_from_user)$/).flatMap(({ call }) => {
    const to = argument(call, 0);
    return to?.startsWith('&') ? [to.slice(1)] : [];
  });
  // `struct drm_..._args *args = data` of an ioctl (include/drm/drm_ioctl.h: drm_ioctl_t).
  const { parameters, parameterNames } = read.symbol.type;
  const isIoctl =
    parameters.length === 3 &&
    tagBehind(parameters[0]) === 'drm_device' &&
    parameters[1]?.kind === 'pointer' &&
    parameters[1].to.kind === 'void' &&
    tagBehind(parameters[2]) === 'drm_file';
  const data = isIoctl ? `${parameterNames[1]}#` : null;
  const args =
    data === null
      ? []
      : read.nodes.flatMap(({ stores }) =>
          stores.flatMap(({ to, value }) => (valueName(bare(value))?.startsWith(data) === true ? [`*${to}`] : [])),
        );
  return new Set([...filled, ...args]);
}

function tagBehind(type: ReadFunction['symbol']['type']['parameters'][number] | undefined): string | null {
  return type?.kind === 'pointer' && type.to.kind === 'struct' ? type.to.tag : null;
}

/** True when the node may bound the value: compares it, masks it, or hands it to what checks. */
function bounds({ all }: ReadNode, name: string): boolean {
  const names = (expr: Expr): boolean => within(expr).some((part) => valueName(part) === name);
  return all.some((expr) => {
    if (expr.kind === 'compare') return names(expr.left) || names(expr.right);
    if (expr.kind === 'binary' && (expr.op === '%' || expr.op === '&')) return names(expr.left);
    // A switch over it, `if (x)`.
    return expr.kind === 'call' && BOUNDS.test(calleeName(expr.callee)) && expr.args.some(names);
  });
}

/** True when the value is looked at on some way before the node, whatever for. */
function boundedBefore(read: ReadFunction, at: ReadNode, name: string): boolean {
  const before = waysOf(read.graph).leadingTo(at.node.id);
  return read.nodes.some((node) => {
    if (node !== at && before[node.node.id] !== 1) return false;
    const [condition] = node.node.values;
    const tested = node.node.kind === 'branch' && condition !== undefined && valueName(bare(condition)) === name;
    return tested || bounds(node, name) || node.stores.some(({ to }) => to === name);
  });
}

function ofUser(name: string | null, user: ReadonlySet<string>): name is string {
  return name !== null && [...user].some((root) => name.startsWith(`${root}.`));
}

function unboundedIndex(read: ReadFunction, user: ReadonlySet<string>): DocumentReport[] {
  if (user.size === 0) return [];
  return kindsOf(read).offsets.flatMap(({ at, expr }): DocumentReport[] => {
    const name = valueName(bare(expr.index));
    // What is read from user memory at such an offset is checked there.
    if (!ofUser(name, user) || boundedBefore(read, at, name)) return [];
    return [told(read, expr.at, `\`${words(name)}\` comes from user space and is an index that nothing bounds`, null)];
  });
}

function words(name: string): string {
  return name
    .replace(/#\d+/g, '')
    .replace(/^\*(\w+)\./, '$1->')
    .replace(/^\*/, '');
}

function openCodedSize(read: ReadFunction, user: ReadonlySet<string>): DocumentReport[] {
  return callsOf(read, OPEN_CODED).flatMap(({ at, call, name: callee }) => {
    const size = call.args[0];
    if (size === undefined) return [];
    return within(size).flatMap((part) => {
      if (part.kind !== 'binary' || part.op !== '*') return [];
      const name = [part.left, part.right].map((side) => valueName(bare(side))).find((each) => ofUser(each, user));
      if (name === undefined || name === null || boundedBefore(read, at, name)) return [];
      return [
        told(
          read,
          call.at,
          `\`${words(name)}\` comes from user space and multiplies the size of \`${callee}()\` unbounded`,
          null,
        ),
      ];
    });
  });
}

const WALKS = /^(?:xa_find|xa_find_after|idr_get_next|idr_get_next_ul)$/;
const ARRAYS = /^(?:k[cm]alloc_array|kcalloc|kvcalloc|kvmalloc_array|kv?[mz]alloc)(?:_noprof)?$/;

/** The key of an entry is used as index of an array that was made for a number of entries. */
function keyAsIndex(read: ReadFunction): DocumentReport[] {
  const keys = new Set(callsOf(read, WALKS).flatMap(({ call }) => argument(call, 1)?.replace(/^&/, '') ?? []));
  const arrays = new Set(
    read.nodes.flatMap(({ stores }) =>
      stores.flatMap(({ to, value }) => {
        const call = bare(value);
        return call.kind === 'call' && ARRAYS.test(calleeName(call.callee)) ? [to] : [];
      }),
    ),
  );
  if (keys.size === 0 || arrays.size === 0) return [];
  return kindsOf(read).offsets.flatMap(({ expr }): DocumentReport[] => {
    const index = valueName(bare(expr.index));
    const array = valueName(bare(expr.pointer));
    if (index === null || array === null || !keys.has(index) || !arrays.has(array)) return [];
    const bounded = read.nodes.some((node) => bounds(node, index));
    if (bounded) return [];
    return [
      told(
        read,
        expr.at,
        `\`${words(index)}\` is a key of the container, and no index below the array's length`,
        'keys need not be dense',
      ),
    ];
  });
}

/** One entry is compared with the bounds, and all are used (`xa_load(.., 0)` before `xa_for_each()`). */
function firstOnly(read: ReadFunction): DocumentReport[] {
  return callsOf(read, /^xa_load$/).flatMap(({ at, call }) => {
    const entry = at.stores.find(({ value }) => bare(value) === call)?.to ?? null;
    const first = call.args[1];
    if (entry === null || first === undefined || Number(constantOf(first)) !== 0) return [];
    const loop = callsOf(read, /^xa_find_after$/).find((walk) => walk.at.stores.some(({ to }) => to === entry));
    if (loop === undefined) return [];
    const inLoop = (node: ReadNode): boolean => waysOf(read.graph).looped(node.node.id, loop.at.node.id);
    const compared = (node: ReadNode): readonly string[] =>
      node.all.flatMap((expr) =>
        expr.kind === 'compare'
          ? [expr.left, expr.right].flatMap((side) =>
              within(side).flatMap((part) => {
                const name = valueName(part);
                return name?.startsWith(`*${entry}.`) ? [name] : [];
              }),
            )
          : [],
      );
    const before = new Set(read.nodes.filter((node) => !inLoop(node)).flatMap(compared));
    const inside = new Set(read.nodes.filter(inLoop).flatMap(compared));
    if (before.size === 0 || inside.size > 0) return [];
    const use = read.nodes
      .filter(inLoop)
      .flatMap((node) =>
        node.all.flatMap((expr) => (expr.kind === 'load' && before.has(valueName(expr) ?? '') ? [node] : [])),
      )
      .sort((one, other) => one.node.at.start - other.node.at.start)[0];
    if (use === undefined) return [];
    return [
      told(
        read,
        use.node.at,
        'only the first entry is held against the bounds, and all are used',
        'the others are not checked elsewhere',
        [{ message: 'the first entry', at: call.at }],
      ),
    ];
  });
}

/** Indices that nothing bounds. */
export function unboundedIndices(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => [
    ...unboundedIndex(read, fromUser(read)),
    ...keyAsIndex(read),
    ...firstOnly(read),
  ]);
}

/** Sizes of allocations that user space multiplies. */
export function unboundedSizes(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => openCodedSize(read, fromUser(read)));
}
