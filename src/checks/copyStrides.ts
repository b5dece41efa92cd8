/**
 * Copy ops that know of entries of many pages, and walk over all entries one by one all the same: those behind a large one are empty, and are
 * copied as if they were not. Read, not run.
 */
import type { Expr } from '../c/ir.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, valueName, within } from './irNames.ts';
import { calledIn, type ReadFunction, type ReadNode } from './readFunctions.ts';

/** Says something, and does nothing to the entry. */
const SAYS = /print|^trace_|(?:^|_)(?:dbg|debug|warn|info|err|WARN)(?:_|$)|^WARN|^cond_resched$/;

const ENTRY = 'drm_pagemap_addr';

function reads(expr: Expr, members: RegExp): boolean {
  return within(expr).some(
    (part) =>
      part.kind === 'load' &&
      part.place.kind === 'member' &&
      part.place.base.type.kind === 'struct' &&
      part.place.base.type.tag === ENTRY &&
      members.test(part.place.member.name ?? ''),
  );
}

/** Whether the orders decide nothing: which entry is next, or whether one is skipped. Only for a loop of the function's own. */
export function walksOneByOne(read: ReadFunction): boolean {
  if (read.ir.partial) return false;
  const ways = waysOf(read.graph);
  const looped = read.nodes.filter(({ node }) => ways.looped(node.id, node.id));
  if (!looped.some(({ all }) => all.some((expr) => reads(expr, /^addr$/)))) return false;
  // What is made of an order.
  const made = new Set<string>();
  const mentions = (expr: Expr): boolean =>
    reads(expr, /^order$/) || within(expr).some((part) => made.has(valueName(part) ?? ''));
  for (let round = 0; round < 4; round++)
    for (const { stores } of read.nodes)
      for (const { to, value } of stores) {
        // What a function answers is not what it was given, except for the smallest helpers.
        const answered = bare(value).kind === 'call' && !/min|max|order|size|pages|round/.test(calledIn(value));
        if (!answered && mentions(value)) made.add(to);
      }
  return !read.nodes.some((each) => {
    const { node, all } = each;
    if (node.kind === 'branch')
      return node.values.some((value) => mentions(value) || (reads(value, /^addr$/) && !fillsEmpty(read, each)));
    return all.some(
      (expr) =>
        (expr.kind === 'update' && mentions(expr.value)) ||
        // The next index, made of the last one and the order.
        (expr.kind === 'assign' &&
          mentions(expr.value) &&
          within(expr.value).some((part) => valueName(part) === valueName(expr))) ||
        (expr.kind === 'conditional' && mentions(expr.condition)),
    );
  });
}

/** On the way on from a test that an entry is empty, the empty one is worked on as well: cleared, filled. */
function fillsEmpty(read: ReadFunction, at: ReadNode): boolean {
  const [condition] = at.node.values;
  const value = condition === undefined ? null : bare(condition);
  if (value === null || at.node.next.length !== 2) return false;
  const negated = value.kind === 'unary' && value.op === '!';
  const asked = negated ? bare(value.operand) : value;
  if (asked.kind !== 'load' || !reads(asked, /^addr$/)) return false;
  const side = at.node.next[negated ? 0 : 1];
  const other = at.node.next[negated ? 1 : 0];
  if (side === undefined || other === undefined) return false;
  const ways = waysOf(read.graph);
  const others = ways.from([other], ({ id }) => id === at.node.id).has;
  // Only what the other side does not come to in the same round: the rest is the loop's own.
  return ways
    .from([side], ({ id }) => id === at.node.id || others[id] === 1)
    .order.some((id) => others[id] !== 1 && read.nodes[id]?.calls.some((call) => !SAYS.test(calleeName(call.callee))));
}
