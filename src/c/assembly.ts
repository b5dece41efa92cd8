/** Inline assembly: what its operands tell of its effects. */
import { INT, unknownType, VOID } from './basicTypes.ts';
import type { Context } from './context.ts';
import { lowerExpression, lowerOperand } from './expressions.ts';
import type { Expr } from './ir.ts';
import { constant, convert, unknown } from './operators.ts';
import type { Span } from './source.ts';
import { splitRange } from './specialForms.ts';
import { effectOfPlace } from './variableArrays.ts';

/**
 * Inline assembly as an expression: without outputs it does nothing the machine models; with outputs, each gets a value nobody knows, from a function that
 * nobody declares and that is named after the instructions.
 */
export function lowerAssembly(context: Context, from: number, to: number, at: Span): Expr {
  const [template, outputs, inputs] = splitRange(context, from, to, ':');
  const nothing: Expr = { kind: 'convert', value: constant(0, INT, at), explicit: true, type: VOID, at };
  if (template === undefined || outputs === undefined || outputs.to <= outputs.from) return nothing;
  const symbol = context.file.implicitFunction(
    `asm ${instruction(context, template.from, template.to)}`,
    [],
    unknownType('result of inline assembly'),
    at,
  );
  const empty = isEmpty(context, template);
  let result: Expr = nothing;
  for (const [index, operand] of operands(context, outputs).entries()) {
    const found = context.expressionPiece(operand.from, operand.to);
    const place = found === null ? null : lowerOperand(found.context, found.node);
    if (place === null || !('place' in place)) return unknown('an operand of inline assembly', at, VOID);
    const { type } = place.place;
    // No instruction: what goes in and out by the same operand stays as it is, which is how the kernel hides values from the optimiser.
    if (empty && operand.constraint.includes('+')) {
      const effect = effectOfPlace(place.place);
      if (effect !== null)
        result = { kind: 'comma', left: convert(result, VOID), right: convert(effect, VOID), type: VOID, at };
      continue;
    }
    const given = empty ? tiedInput(context, inputs, index, operand.name) : null;
    const call: Expr = { kind: 'call', callee: { kind: 'direct', symbol }, args: [], type: symbol.type.result, at };
    const store: Expr = { kind: 'assign', place: place.place, value: convert(given ?? call, type), type, at };
    result = { kind: 'comma', left: convert(result, VOID), right: convert(store, VOID), type: VOID, at };
  }
  return result;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** `[name] "constraint" (expression)`: the range is that of the expression. */
interface Operand extends Range {
  readonly name: string | null;
  readonly constraint: string;
}

function operands(context: Context, range: Range): Operand[] {
  if (range.to <= range.from) return [];
  return splitRange(context, range.from, range.to).map((each) => {
    let open = each.from;
    let constraint = '';
    for (; open < each.to && context.chunk.text(open) !== '('; open++)
      if (context.chunk.tokens[open]?.kind === 'string') constraint += context.chunk.text(open).slice(1, -1);
    const name = context.chunk.text(each.from) === '[' ? context.chunk.text(each.from + 1) : null;
    return { name, constraint, from: open + 1, to: each.to - 1 };
  });
}

/** The template has no instruction. */
function isEmpty(context: Context, template: Range): boolean {
  return context.chunk.tokens
    .slice(template.from, template.to)
    .every((token) => token.kind === 'string' && /^"(?:\s|\\[nt])*"$/.test(token.text));
}

/** The value of the input that shares its register with an output. */
function tiedInput(context: Context, inputs: Range | undefined, index: number, name: string | null): Expr | null {
  if (inputs === undefined) return null;
  const tied = operands(context, inputs).find(
    (each) => each.constraint === String(index) || (name !== null && each.constraint === `[${name}]`),
  );
  const found = tied === undefined ? null : context.expressionPiece(tied.from, tied.to);
  return found === null ? null : lowerExpression(found.context, found.node);
}

/** The first line of a template that is an instruction. */
function instruction(context: Context, from: number, to: number): string {
  const text = context.chunk.tokens
    .slice(from, to)
    .map((token) => (token.kind === 'string' ? token.text.slice(1, -1) : ''))
    .join('');
  const lines = text.split(/\\n|;/).map((line) => line.replaceAll('\\t', ' ').trim());
  return (lines.find((line) => /^[a-z]/.test(line)) ?? lines[0] ?? '').slice(0, 40);
}

/** `asm goto`: the labels it may jump to. */
export function assemblyLabels(context: Context, from: number, to: number): readonly string[] {
  const labels = splitRange(context, from, to, ':')[4];
  if (labels === undefined) return [];
  return splitRange(context, labels.from, labels.to).map((each) => context.chunk.text(each.from));
}
