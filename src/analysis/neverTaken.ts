/**
 * Why no run came to a statement, as far as the text around it says: which condition on the way there was never true, or never false, though
 * some run asked it; behind a label, the same of the jumps that lead there. What was reached is given; nothing is executed here.
 */
import type { FunctionIr, Stmt } from '../c/ir.ts';
import type { Span } from '../c/source.ts';

/** A statement that others stand in, and by which way into it. */
interface Step {
  readonly outer: Stmt;
  readonly way: 'true' | 'false' | 'body' | 'case' | 'sequence';
}

/** How far jumps are followed back to what keeps them from being made. */
const JUMPS = 3;

export interface Reached {
  /** Whether some run came to what begins here. */
  readonly at: (span: Span) => boolean;
  /** The words of a condition, as a reader finds them; null: it is not in the text. */
  readonly words: (span: Span) => string | null;
}

/** `` `ret` was never true `` with its place; null: nothing in the text says it. */
export function neverTaken(ir: FunctionIr, target: Span, reached: Reached, jumps = JUMPS): string | null {
  const path = pathTo(ir.body, target);
  if (path === null) return null;
  for (const [i, { outer, way }] of path.entries()) {
    // The outermost way in that no run took is the reason for all that stands within.
    const inner = path[i + 1]?.outer.at ?? target;
    const said =
      way === 'sequence' ? behindLabel(ir, outer, inner, reached, jumps) : closed(outer, way, inner, reached);
    if (said !== null) return said;
  }
  return null;
}

/** The way from the outside to a statement. */
function pathTo(stmt: Stmt, target: Span): readonly Step[] | null {
  for (const { inner, way } of parts(stmt)) {
    if (inner.at.start > target.start || target.start >= Math.max(inner.at.end, inner.at.start + 1)) continue;
    const rest = inner.at.start === target.start && inner.kind !== 'block' ? [] : pathTo(inner, target);
    if (rest !== null) return [{ outer: stmt, way }, ...rest];
  }
  return stmt.at.start === target.start ? [] : null;
}

function parts(stmt: Stmt): readonly { readonly inner: Stmt; readonly way: Step['way'] }[] {
  switch (stmt.kind) {
    case 'block':
      return stmt.body.map((inner) => ({ inner, way: 'sequence' as const }));
    case 'if':
      return [
        { inner: stmt.then, way: 'true' },
        ...(stmt.otherwise === null ? [] : [{ inner: stmt.otherwise, way: 'false' as const }]),
      ];
    case 'while':
      return [{ inner: stmt.body, way: 'true' }];
    case 'for':
      return [...stmt.init.map((inner) => ({ inner, way: 'sequence' as const })), { inner: stmt.body, way: 'true' }];
    case 'do':
      return [{ inner: stmt.body, way: 'body' }];
    case 'switch':
      return [{ inner: stmt.body, way: 'case' }];
    default:
      return [];
  }
}

function closed(outer: Stmt, way: Step['way'], inner: Span, reached: Reached): string | null {
  if (!reached.at(outer.at) || reached.at(inner)) return null;
  switch (outer.kind) {
    case 'if':
    case 'while':
      return never(outer.condition.at, way === 'false' ? 'false' : 'true', reached);
    case 'for':
      return outer.condition === null ? null : never(outer.condition.at, 'true', reached);
    default:
      return null;
  }
}

function never(condition: Span, answer: 'true' | 'false', { words }: Reached): string | null {
  const text = words(condition);
  return text === null ? null : `${text} was never ${answer}`;
}

/** In a row of statements: behind a label that no run jumped to, or a case that no value had. */
function behindLabel(ir: FunctionIr, outer: Stmt, inner: Span, reached: Reached, jumps: number): string | null {
  if (outer.kind !== 'block' || reached.at(inner)) return null;
  const index = outer.body.findIndex(({ at }) => at.start === inner.start && at.end === inner.end);
  for (let i = index; i >= 0; i--) {
    const stmt = outer.body[i];
    if (stmt === undefined) break;
    if (i < index && reached.at(stmt.at) && stmt.kind !== 'label' && stmt.kind !== 'case')
      return saysNobodyComes(stmt, reached);
    if (stmt.kind === 'label') return jumps === 0 ? null : notJumped(ir, stmt.name, reached, jumps);
    if (stmt.kind === 'case') return `no run came with the value of this \`case\``;
    if (stmt.kind === 'default') return 'every run came with a value that has a `case`';
  }
  return null;
}

/** A warning that always fires: by the author's word no run comes there, and those that do on a guess end there. */
function saysNobodyComes({ at }: Stmt, { words }: Reached): string | null {
  const text = words(at);
  return text !== null && /^`\w*(?:WARN|BUG)\w*\(/.test(text)
    ? `${text.replace(/;(?=`)/, '')} says that nobody comes here`
    : null;
}

function notJumped(ir: FunctionIr, label: string, reached: Reached, jumps: number): string | null {
  const gotos: Span[] = [];
  const visit = (stmt: Stmt): void => {
    if (stmt.kind === 'goto' && stmt.label === label) gotos.push(stmt.at);
    for (const { inner } of parts(stmt)) visit(inner);
  };
  visit(ir.body);
  const reasons = gotos.flatMap((at) => (reached.at(at) ? [] : (neverTaken(ir, at, reached, jumps - 1) ?? [])));
  const [first] = reasons;
  if (first === undefined || reasons.length < gotos.length) return null;
  const more =
    gotos.length === 1 ? '' : `, and so with the ${gotos.length - 1} other way${gotos.length === 2 ? '' : 's'} to it`;
  return `\`goto ${label}\` was never reached: ${first}${more}`;
}
