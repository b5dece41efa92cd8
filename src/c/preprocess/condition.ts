/**
 * `#if` expressions: `defined`, `__has_include` and friends, `IS_ENABLED(CONFIG_X)`, then macro expansion, then integer arithmetic in
 * 64 bits. Says also whether the answer is known or rests on an identifier that nobody defined (which C takes as 0).
 */

import { parseInteger } from '../literals.ts';
import type { Token } from '../token.ts';
import { skipBrackets } from '../token.ts';

export interface Condition {
  readonly value: boolean;
  /** False when an identifier in it has no definition anywhere: C says 0, a reader of a fragment knows better. */
  readonly decided: boolean;
  /** What was wrong with the expression, or null. */
  readonly fault: string | null;
}

export interface ConditionScope {
  isDefined(name: string): boolean;
  hasInclude(path: string): boolean;
  expand(tokens: readonly Token[]): readonly Token[];
}

const HAS_NOTHING = new Set([
  '__has_attribute',
  '__has_c_attribute',
  '__has_builtin',
  '__has_feature',
  '__has_extension',
]);
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const DEPTH_LIMIT = 300;

interface Value {
  readonly value: bigint;
  readonly unsigned: boolean;
}

class Arithmetic {
  at = 0;
  undecided = false;
  fault: string | null = null;
  private depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly isDefined: (name: string) => boolean,
  ) {}

  private peek(): string {
    return this.tokens[this.at]?.text ?? '';
  }

  private take(text: string): boolean {
    if (this.peek() !== text) return false;
    this.at++;
    return true;
  }

  private make(value: bigint, unsigned: boolean): Value {
    return { value: unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value), unsigned };
  }

  conditional(): Value {
    if (++this.depth > DEPTH_LIMIT) {
      this.fault ??= 'nested too deep';
      this.at = this.tokens.length;
      return this.make(0n, false);
    }
    const condition = this.binary(0);
    let result = condition;
    if (this.take('?')) {
      const yes = this.peek() === ':' ? condition : this.conditional();
      if (!this.take(':')) this.fault ??= "missing ':'";
      const no = this.conditional();
      const unsigned = yes.unsigned || no.unsigned;
      result = this.make(condition.value !== 0n ? yes.value : no.value, unsigned);
    }
    this.depth--;
    return result;
  }

  private binary(level: number): Value {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    while (operators.includes(this.peek())) {
      const operator = this.peek();
      this.at++;
      // What `0 && x` and `1 || x` do not look at does not make the answer undecided.
      const undecided = this.undecided;
      const right = this.binary(level + 1);
      if ((operator === '&&' && left.value === 0n) || (operator === '||' && left.value !== 0n))
        this.undecided = undecided;
      left = this.apply(operator, left, right);
    }
    return left;
  }

  private apply(operator: string, left: Value, right: Value): Value {
    const unsigned = left.unsigned || right.unsigned;
    const a = unsigned ? BigInt.asUintN(64, left.value) : left.value;
    const b = unsigned ? BigInt.asUintN(64, right.value) : right.value;
    const truth = (value: boolean): Value => ({ value: value ? 1n : 0n, unsigned: false });
    switch (operator) {
      case '||':
        return truth(a !== 0n || b !== 0n);
      case '&&':
        return truth(a !== 0n && b !== 0n);
      case '|':
        return this.make(a | b, unsigned);
      case '^':
        return this.make(a ^ b, unsigned);
      case '&':
        return this.make(a & b, unsigned);
      case '==':
        return truth(a === b);
      case '!=':
        return truth(a !== b);
      case '<':
        return truth(a < b);
      case '>':
        return truth(a > b);
      case '<=':
        return truth(a <= b);
      case '>=':
        return truth(a >= b);
      case '<<':
        return this.make(left.value << (right.value & 63n), left.unsigned);
      case '>>':
        return this.make(left.value >> (right.value & 63n), left.unsigned);
      case '+':
        return this.make(a + b, unsigned);
      case '-':
        return this.make(a - b, unsigned);
      case '*':
        return this.make(a * b, unsigned);
      default:
        if (b === 0n) {
          this.fault ??= 'division by zero';
          return this.make(0n, unsigned);
        }
        return this.make(operator === '/' ? a / b : a % b, unsigned);
    }
  }

  private unary(): Value {
    const token = this.tokens[this.at];
    if (token === undefined) {
      this.fault ??= 'missing operand';
      return this.make(0n, false);
    }
    if (++this.depth > DEPTH_LIMIT) {
      this.fault ??= 'nested too deep';
      this.at = this.tokens.length;
      return this.make(0n, false);
    }
    const value = this.primary(token);
    this.depth--;
    return value;
  }

  private primary(token: Token): Value {
    this.at++;
    if (token.text === '(') {
      const value = this.conditional();
      if (!this.take(')')) this.fault ??= "missing ')'";
      return value;
    }
    if (token.text === '!') return { value: this.unary().value === 0n ? 1n : 0n, unsigned: false };
    if (token.text === '-' || token.text === '~' || token.text === '+') {
      const operand = this.unary();
      const value = token.text === '-' ? -operand.value : token.text === '~' ? ~operand.value : operand.value;
      return this.make(value, operand.unsigned);
    }
    if (token.kind === 'number' || token.kind === 'char') {
      const literal = parseInteger(token);
      if (literal === null) {
        this.fault ??= `'${token.text}' is not an integer`;
        return this.make(0n, false);
      }
      return this.make(BigInt(literal.value), !literal.type.signed);
    }
    if (token.kind === 'word') {
      if (token.text === 'true') return this.make(1n, false);
      if (token.text !== 'false' && !this.isDefined(token.text)) this.undecided = true;
      // A function-like macro that nobody defined: its arguments are passed over.
      if (this.peek() === '(') this.at = skipBrackets(this.tokens, this.at, this.tokens.length);
      return this.make(0n, false);
    }
    this.fault ??= `'${token.text}' cannot stand here`;
    return this.make(0n, false);
  }
}

/** Replaces `defined X` and `__has_...(...)` by numbers before macros are expanded. */
function answerQuestions(tokens: readonly Token[], scope: ConditionScope): Token[] {
  const out: Token[] = [];
  const number = (token: Token, value: boolean): Token => ({ ...token, kind: 'number', text: value ? '1' : '0' });
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined) break;
    const open = tokens[i + 1]?.text === '(';
    if (token.text === 'defined') {
      const name = tokens[open ? i + 2 : i + 1];
      out.push(number(token, name !== undefined && scope.isDefined(name.text)));
      i += open ? 3 : 1;
    } else if (open && HAS_NOTHING.has(token.text)) {
      out.push(number(token, false));
      i = skipBrackets(tokens, i + 1, tokens.length) - 1;
    } else if (open && (token.text === '__has_include' || token.text === '__has_include_next')) {
      const close = skipBrackets(tokens, i + 1, tokens.length);
      const path = tokens.slice(i + 2, close - 1).map((t) => t.text);
      out.push(number(token, scope.hasInclude(path.join('').replace(/^[<"]|[>"]$/g, ''))));
      i = close - 1;
    } else out.push(token);
  }
  return out;
}

/** Evaluates the tokens after `#if` or `#elif`. */
export function evaluateCondition(line: readonly Token[], scope: ConditionScope): Condition {
  const arithmetic = new Arithmetic(scope.expand(answerQuestions(line, scope)), (name) => scope.isDefined(name));
  const result = arithmetic.conditional();
  const fault = line.length === 0 ? 'no expression' : arithmetic.fault;
  return { value: result.value !== 0n, decided: !arithmetic.undecided, fault };
}
