/** Which expressions change variables when they are evaluated: their left neighbours must be read before. */
import type { Expr } from '../../c/ir.ts';

/** Whether evaluating may change a variable (calls cannot: a variable in a register has no address). */
export function hasEffects(e: Expr): boolean {
  const stack: Expr[] = [e];
  for (let budget = 200; budget > 0; budget--) {
    const next = stack.pop();
    if (next === undefined) return false;
    switch (next.kind) {
      case 'assign':
      case 'update':
      case 'statement':
      case 'builtin':
        return true;
      case 'unary':
        stack.push(next.operand);
        break;
      case 'convert':
        stack.push(next.value);
        break;
      case 'binary':
      case 'compare':
      case 'logical':
      case 'difference':
      case 'comma':
        stack.push(next.left, next.right);
        break;
      case 'conditional':
        stack.push(next.condition, next.otherwise);
        if (next.then) stack.push(next.then);
        break;
      case 'offset':
        stack.push(next.pointer, next.index);
        break;
      case 'call':
        stack.push(...next.args);
        if (next.callee.kind === 'indirect') stack.push(next.callee.pointer);
        break;
      case 'load':
      case 'address':
        if (next.place.kind === 'deref') stack.push(next.place.pointer);
        else if (next.place.kind !== 'local' && next.place.kind !== 'global') return true;
        break;
      default:
        break;
    }
  }
  return true;
}

/** Whether evaluating calls a function, outside of a part that may not be reached. */
export function hasCall(e: Expr): boolean {
  let at = e;
  for (let depth = 0; depth < 100; depth++) {
    switch (at.kind) {
      case 'call':
        return true;
      case 'convert':
        at = at.value;
        break;
      case 'unary':
        at = at.operand;
        break;
      case 'binary':
        if (hasCall(at.right)) return true;
        at = at.left;
        break;
      default:
        return false;
    }
  }
  return false;
}
