/**
 * `name(arguments) { ... }` where nobody has defined `name`: by the kernel's habit a loop over something, or a scope. It is read as a loop
 * whose condition is a call of `name`, a function nobody knows: how often it turns is open, and what it gives its variables is unknown.
 */
import { INT, unknownType } from './basicTypes.ts';
import type { Context } from './context.ts';
import { defaultPromotion, lowerExpression, lowerOperand } from './expressions.ts';
import type { Expr, Place, Stmt } from './ir.ts';
import { addressOf } from './operators.ts';
import type { Span } from './source.ts';

/** The body of such a macro runs once: `scoped_guard(...)`, `with_something(...)`. */
const ONCE = /(?:^|_)(?:scoped|guard|scope|with|locked)(?:_|$)/;
const LOOP = /for_?each|foreach|while|until|iterate|_for_|^for_/i;

/** `from`, `to`: the tokens between the parentheses. */
export function unknownHead(
  context: Context,
  name: string,
  from: number,
  to: number,
  body: () => Stmt,
  at: Span,
  headAt: Span,
): Stmt {
  const once = ONCE.test(name) && !LOOP.test(name);
  const what = once ? 'a scope that is entered once' : 'a loop';
  context.say('unknown-macro', 'warning', `'${name}' has no definition here; it is read as ${what}`, headAt);
  const args = splitArguments(context, from, to).flatMap(([begin, end]) => {
    const piece = context.expressionPiece(begin, end);
    if (piece === null) return [];
    const operand = lowerOperand(piece.context, piece.node);
    const given = 'place' in operand && isFilled(context, operand.place);
    return [given ? addressOf(operand.place, headAt) : defaultPromotion(lowerExpression(piece.context, piece.node))];
  });
  const types = args.map((each) => each.type);
  const symbol = context.file.implicitFunction(name, types, unknownType(`whether '${name}' goes on`), headAt);
  const call: Expr = {
    kind: 'call',
    callee: { kind: 'direct', symbol },
    args,
    type: symbol.type.result,
    at: headAt,
  };
  if (!once) return { kind: 'while', condition: call, body: body(), at };
  const enter: Stmt = { kind: 'expr', value: call, at: headAt };
  const never: Expr = { kind: 'constant', value: 0, type: INT, at: headAt };
  return { kind: 'do', body: { kind: 'block', body: [enter, body()], at }, condition: never, at };
}

function splitArguments(context: Context, from: number, to: number): [number, number][] {
  const { chunk } = context;
  const out: [number, number][] = [];
  let begin = from;
  for (let i = from; i < to; i++)
    if (chunk.text(i) === ',' && chunk.depth(i) === chunk.depth(from)) {
      out.push([begin, i]);
      begin = i + 1;
    }
  out.push([begin, to]);
  return out;
}

/** A variable that the macro sets: one that nothing has set where it was declared. */
function isFilled(context: Context, place: Place): boolean {
  if (place.kind !== 'local' || place.type.kind === 'array' || place.type.kind === 'struct') return false;
  return place.variable.unseen === true || context.fn?.unset.has(place.variable) === true;
}
