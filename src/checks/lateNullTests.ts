/**
 * A pointer that a function got from another one and asks for NULL after it was looked into: either the question or the use is wrong. Read, not
 * run. Members that are asked so are told in `importerReads.ts`.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { straight } from './failedBegins.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, valueName } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Lead from a member to what it is in, or to what is always there: a question for NULL is only careful. */
const NEVER_NULL = /^to_|_to_|_of$|container|priv|drvdata|^dev_get|_data$/;

/** The variable of which a condition asks whether it is NULL, and which way goes on when it is; null: it is no such question. */
function askedForNull({ node }: ReadNode): { readonly name: string; readonly when: number } | null {
  const [condition] = node.kind === 'branch' ? node.values : [];
  const [then, otherwise]: readonly number[] = node.next;
  if (condition === undefined || then === undefined || otherwise === undefined) return null;
  const value = bare(condition);
  if (value.kind === 'unary' && value.op === '!') return named(value.operand, then);
  if (value.kind === 'compare' && (value.op === '==' || value.op === '!=') && constantOf(value.right) === 0)
    return named(value.left, value.op === '==' ? then : otherwise);
  return named(value, otherwise);
}

function named(asked: Expr, when: number): { readonly name: string; readonly when: number } | null {
  const value = bare(asked);
  const name = value.kind === 'load' && value.type.kind === 'pointer' ? valueName(value) : null;
  return name !== null && /^\w+#\d+$/.test(name) ? { name, when } : null;
}

/** The function whose result is the only value that the variable ever has. */
function origin(read: ReadFunction, name: string): string | null {
  const values = read.nodes.flatMap(({ stores }) => stores.flatMap(({ to, value }) => (to === name ? [value] : [])));
  const [only] = values;
  const call = only === undefined || values.length !== 1 ? null : bare(only);
  return call?.kind === 'call' && call.callee.kind === 'direct' ? calleeName(call.callee) : null;
}

function useBefore(read: ReadFunction, test: ReadNode, name: string): Expr | null {
  const ways = waysOf(read.graph);
  for (const { node, all } of read.nodes) {
    const use = all.find(
      (expr) =>
        (expr.kind === 'load' || expr.kind === 'assign') &&
        valueName({ kind: 'load', place: expr.place, type: expr.type, at: expr.at })?.startsWith(`*${name}.`) === true,
    );
    if (use === undefined || node.id === test.node.id || node.at.start >= test.node.at.start) continue;
    if (ways.from([read.graph.entry], ({ id }) => id === node.id).has[test.node.id] !== 1) return use;
  }
  return null;
}

/** Asked before the use as well: the later question is only careful. */
function testedBefore(read: ReadFunction, test: ReadNode, name: string, use: Expr): boolean {
  return read.nodes.some(
    (each) => each !== test && each.node.at.start <= use.at.start && askedForNull(each)?.name === name,
  );
}

function lateTests(read: ReadFunction): DocumentReport[] {
  return read.nodes.flatMap((test) => {
    const asked = askedForNull(test);
    if (asked === null) return [];
    const from = origin(read, asked.name);
    if (from === null || NEVER_NULL.test(from)) return [];
    // It is taken for a failure: the function leaves with it.
    if (straight(read, asked.when).at(-1)?.node.kind !== 'return') return [];
    const use = useBefore(read, test, asked.name);
    if (use === null || testedBefore(read, test, asked.name, use)) return [];
    const name = asked.name.replace(/#\d+$/, '');
    return [
      told(
        read,
        use.at,
        `\`${name}\` is dereferenced here, and only then tested for NULL`,
        `\`${from}()\` may return NULL, as the test says`,
        [{ message: 'tested here', at: test.node.at }],
      ),
    ];
  });
}

/** Pointers that are used before they are tested. */
export function usedBeforeTest(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap(lateTests);
}
