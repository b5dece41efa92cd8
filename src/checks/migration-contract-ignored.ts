/**
 * What the core hands to `copy_to_devmem` and `copy_to_ram` and the driver never looks at: the fence that goes before the copy, and the
 * order of an entry that stands for many pages. Read, not run: what a copy engine does with its descriptors nobody simulates.
 */
import type { Expr, FunctionSymbol, LocalVariable, Place } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import type { CType } from '../c/types.ts';
import { walkFunctions } from '../c/walk.ts';
import { check } from './check.ts';
import { fencePutUnwaited } from './copyFences.ts';
import { walksOneByOne } from './copyStrides.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { bare, valueName } from './irNames.ts';
import page from './migration-contract-ignored.md?raw';
import { type ReadFunction, readFunctions } from './readFunctions.ts';

const COPIES: ReadonlySet<string> = new Set(['copy_to_devmem', 'copy_to_ram']);
/** Calls of a copy op that are looked through. */
const DEPTH = 4;

interface Looked {
  /** Members of `struct drm_pagemap_addr` that are read. */
  readonly members: Set<string>;
  readonly variables: Set<number>;
  /** Somebody whom nobody sees gets the entries. */
  handed: boolean;
  /** Where the first address is read. */
  first: Span | null;
}

/** What the op, and the functions that it calls, look at. */
function look(op: FunctionSymbol): Looked {
  const found: Looked = { members: new Set(), variables: new Set(), handed: false, first: null };
  walkFunctions([op], DEPTH, (expression) => {
    if (expression.kind === 'load') note(expression.place, found);
    else if (expression.kind === 'address') note(expression.place, found);
    else if (expression.kind === 'call' && expression.args.some((each) => isEntry(each)) && !shown(expression))
      found.handed = true;
    return false;
  });
  const own = op.body();
  if (own !== null)
    walkFunctions([op], 0, (expression) => {
      if (expression.kind === 'load' && expression.place.kind === 'local')
        found.variables.add(expression.place.variable.id);
      return false;
    });
  return found;
}

function shown(call: Extract<Expr, { kind: 'call' }>): boolean {
  return call.callee.kind === 'direct' && call.callee.symbol.body() !== null;
}

function isEntry(expression: Expr): boolean {
  let value = expression;
  while (value.kind === 'convert') value = value.value;
  return value.type.kind === 'pointer' && tagOf(value.type.to) === 'drm_pagemap_addr';
}

function tagOf(type: CType): string | null {
  return type.kind === 'struct' ? type.tag : null;
}

function note(place: Place, found: Looked): void {
  // The whole struct is copied, or its address taken: what becomes of it is not followed.
  if (tagOf(place.type) === 'drm_pagemap_addr') found.handed = true;
  for (let at = place; at.kind === 'member'; at = at.base) {
    if (tagOf(at.base.type) !== 'drm_pagemap_addr') continue;
    found.members.add(at.member.name ?? '');
    if (at.member.name === 'addr') found.first ??= at.at;
  }
}

/** The head of the loop around a place; the place itself when there is none. */
function loopAround(document: DocumentView, at: Span): Span {
  const text = document.program.units[at.unit]?.text ?? '';
  const before = text.slice(0, at.start);
  const begin = before.lastIndexOf('\n}');
  const heads = [...before.slice(Math.max(0, begin)).matchAll(/\b(?:for|while)\s*\([^\n]*/g)];
  const head = heads.at(-1);
  if (head === undefined) return at;
  const start = Math.max(0, begin) + head.index;
  return { unit: at.unit, start, end: start + head[0].length };
}

function parameterOf(op: FunctionSymbol, struct: string): LocalVariable | undefined {
  return op.body()?.parameters.find(({ type }) => type.kind === 'pointer' && tagOf(type.to) === struct);
}

/** The functions of the document that an op comes to, itself first. */
function reachedFrom(document: DocumentView, op: FunctionSymbol): readonly ReadFunction[] {
  const reads = readFunctions(document);
  const reached = new Set<FunctionSymbol>([op]);
  for (let round = 0; round < DEPTH; round++)
    for (const { symbol, nodes } of reads)
      if (reached.has(symbol))
        for (const { calls } of nodes)
          for (const { callee } of calls) if (callee.kind === 'direct') reached.add(callee.symbol);
  return reads.filter(({ symbol }) => reached.has(symbol));
}

/** All that becomes of a parameter is that functions of the document are handed it which never look at it. */
function droppedOnTheWay(document: DocumentView, op: FunctionSymbol, held: LocalVariable, depth: number): boolean {
  const read = readFunctions(document).find(({ symbol }) => symbol === op);
  if (read === undefined || depth === 0) return false;
  const name = `${held.name}#${held.id}`;
  const loads = read.nodes.flatMap(({ all }) =>
    all.filter((expr) => expr.kind === 'load' && expr.place.kind === 'local' && valueName(expr) === name),
  );
  const given = read.nodes.flatMap(({ calls }) =>
    calls.flatMap((call) =>
      call.args.flatMap((arg, index) => (valueName(bare(arg)) === name ? [{ callee: call.callee, index }] : [])),
    ),
  );
  return (
    loads.length === given.length &&
    given.every(({ callee, index }) => {
      const body = callee.kind === 'direct' ? callee.symbol.body() : null;
      const parameter = body?.parameters[index];
      return (
        callee.kind === 'direct' &&
        body !== null &&
        !body.partial &&
        parameter !== undefined &&
        droppedOnTheWay(document, callee.symbol, parameter, depth - 1)
      );
    })
  );
}

function inspect(document: DocumentView): DocumentReport[] {
  return document.tables.flatMap((table) => {
    if (table.struct !== 'drm_pagemap_devmem_ops') return [];
    return table.ops.flatMap(({ member, function: op }): DocumentReport[] => {
      const { at } = op;
      if (!COPIES.has(member) || at === null || !document.inDocument(at)) return [];
      const body = op.body();
      if (body === null || body.partial) return [];
      const report = { at, function: op.name, op: `${table.symbol.name}.${member}`, related: [] };
      const { members, variables, handed, first } = look(op);
      const fence = parameterOf(op, 'dma_fence');
      const reports: DocumentReport[] = [];
      if (fence !== undefined && (!variables.has(fence.id) || droppedOnTheWay(document, op, fence, DEPTH)))
        reports.push({
          ...report,
          message: `\`${member}\` never looks at \`${fence.name}\`: what goes before the copy is not waited for`,
          assumption: null,
        });
      if (members.has('addr') && !members.has('order') && !handed)
        reports.push({
          ...report,
          at: first === null || !document.inDocument(first) ? at : loopAround(document, first),
          message: `\`${member}\` never looks at \`order\`: an entry may stand for many pages, the rest of them empty`,
          assumption: 'the core hands entries of more than one page to this driver',
        });
      const unwaited = fencePutUnwaited(reachedFrom(document, op));
      if (unwaited !== null)
        reports.push({
          ...report,
          at: unwaited,
          message: `\`${member}\` puts the fence of its copy and waits for nothing: the pages are unmapped as it returns`,
          assumption: 'the copy is not done when its fence is given out',
        });
      const walking =
        members.has('addr') && members.has('order') && !handed
          ? reachedFrom(document, op).find(walksOneByOne)
          : undefined;
      if (walking !== undefined)
        reports.push({
          ...report,
          at: first === null || !document.inDocument(first) ? at : loopAround(document, first),
          message: `\`${member}\` goes on by one entry after one of many pages: the rest of those are empty`,
          assumption: 'the core hands entries of more than one page to this driver',
        });
      return reports.slice(0, 1);
    });
  });
}

export default check(page, { inspect });
