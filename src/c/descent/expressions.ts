/**
 * Expressions, as the general parser reads them, its peculiarities included: `!x++` is `(!x)++`. Apart from one: a name in parentheses before
 * what can be an operand and a second half of an operation as well, `(a) - b * c`, is no type here, because types are written as `int`.
 */
import * as is from './codes.ts';
import { as, Cursor, type Draft, NESTING } from './cursor.ts';

/** What may stand left of an assignment. */
function isAssignable(node: Draft): boolean {
  switch (node.type) {
    case 'identifier':
    case 'call_expression':
    case 'field_expression':
    case 'pointer_expression':
    case 'subscript_expression':
    case 'parenthesized_expression':
      return true;
    default:
      return false;
  }
}

/** A word after `(name)` that cannot follow a value: the name is a type's. */
function isCast(code: number): boolean {
  switch (code) {
    case is.NAME:
    case is.NUMBER:
    case is.CHAR:
    case is.STRING:
    case is.SIZEOF:
    case is.OPEN_BRACE:
    case is.NOT:
      return true;
    default:
      return false;
  }
}

export abstract class ExpressionReader extends Cursor {
  protected abstract compound(): Draft;
  protected abstract typeDescriptor(): Draft;
  protected abstract initialiserList(): Draft;

  /** A type begins here, by its words alone. */
  protected beginsType(ahead: number): boolean {
    const code = this.code(ahead);
    return code >= is.TYPE && code <= is.CONST;
  }

  /** `a` or `a, b, c`, which leans to the right. */
  protected expressions(): Draft {
    const first = this.expression();
    if (this.here !== is.COMMA) return first;
    const all = [first];
    while (this.here === is.COMMA) {
      this.next();
      all.push(this.expression());
    }
    let right = all.pop() ?? first;
    for (let left = all.pop(); left !== undefined; left = all.pop())
      right = this.node('comma_expression', left.first, [as('left', left), as('right', right)]);
    return right;
  }

  protected expression(): Draft {
    const only = this.here === is.NAME ? 'identifier' : this.here === is.NUMBER ? 'number_literal' : null;
    if (only !== null && is.ENDING[this.code(1)] === 1) return this.leaf(only);
    if (++this.depth > NESTING) return this.tooDeep();
    const left = this.conditional();
    const code = this.here;
    let node = left;
    if (code === is.ASSIGN || code === is.ASSIGN_OP) {
      if (!isAssignable(left)) this.fail();
      this.next();
      const right = this.expression();
      node = this.node('assignment_expression', left.first, [as('left', left), as('right', right)]);
    }
    this.depth--;
    return node;
  }

  private conditional(): Draft {
    const condition = this.binary(1);
    if (this.here !== is.QUESTION) return condition;
    if (++this.depth > NESTING) return this.tooDeep();
    this.next();
    const then = this.here === is.COLON ? null : as('consequence', this.expressions());
    this.expect(is.COLON);
    const otherwise = as('alternative', this.conditional());
    const test = as('condition', condition);
    this.depth--;
    return this.node(
      'conditional_expression',
      condition.first,
      then === null ? [test, otherwise] : [test, then, otherwise],
    );
  }

  private binary(least: number): Draft {
    let left = this.unary(true);
    for (;;) {
      const binding = is.BINDING[this.here] ?? 0;
      if (binding < least || binding === 0) return left;
      this.next();
      const right = this.binary(binding + 1);
      left = this.node('binary_expression', left.first, [as('left', left), as('right', right)]);
    }
  }

  /** `steps` false: a `++` behind belongs to the operator before. */
  private unary(steps: boolean): Draft {
    const first = this.at;
    switch (this.here) {
      case is.NOT:
      case is.PLUS: {
        const inner = this.operand(false);
        let node = this.node('unary_expression', first, [inner]);
        while (steps && this.here === is.STEP) {
          this.next();
          node = this.node('update_expression', first, [as('argument', node)]);
        }
        return node;
      }
      case is.STAR:
      case is.AMPERSAND:
        return this.node('pointer_expression', first, [this.operand(true)]);
      case is.STEP: {
        const inner = this.operand(true);
        return this.node('update_expression', first, [inner]);
      }
      case is.SIZEOF:
        return this.sizeof();
      case is.OPEN:
        if (this.beginsType(1) || this.castsToName()) return this.cast(steps);
        break;
      default:
    }
    return this.postfix(this.primary(), steps);
  }

  /** `(a *)`, or `(a)` before what it can only cast. The name of a type that is known would not be written as a name. */
  private castsToName(): boolean {
    if (this.code(1) !== is.NAME) return false;
    let ahead = 2;
    while (this.code(ahead) === is.STAR || this.code(ahead) === is.CONST) ahead++;
    return this.code(ahead) === is.CLOSE && (ahead > 2 || isCast(this.code(3)));
  }

  private operand(steps: boolean): Draft {
    this.next();
    if (++this.depth > NESTING) return this.tooDeep();
    const node = as('argument', this.unary(steps));
    this.depth--;
    return node;
  }

  private sizeof(): Draft {
    const first = this.next();
    if (this.here === is.OPEN && this.beginsType(1)) {
      this.next();
      const type = as('type', this.typeDescriptor());
      this.expect(is.CLOSE);
      // `sizeof (T){ ... }`, `sizeof (T) x`
      if (this.here === is.OPEN_BRACE) return this.fail();
      return this.node('sizeof_expression', first, [type]);
    }
    if (++this.depth > NESTING) return this.tooDeep();
    const value = as('value', this.unary(true));
    this.depth--;
    return this.node('sizeof_expression', first, [value]);
  }

  private cast(steps: boolean): Draft {
    const first = this.next();
    if (++this.depth > NESTING) return this.tooDeep();
    const type = as('type', this.typeDescriptor());
    this.expect(is.CLOSE);
    let node: Draft;
    if (this.here === is.OPEN_BRACE) {
      const value = as('value', this.initialiserList());
      node = this.postfix(this.node('compound_literal_expression', first, [type, value]), steps);
    } else {
      const value = as('value', this.unary(true));
      node = this.node('cast_expression', first, [type, value]);
    }
    this.depth--;
    return node;
  }

  private primary(): Draft {
    switch (this.here) {
      case is.NAME:
        return this.code(1) === is.STRING ? this.strings() : this.leaf('identifier');
      case is.NUMBER:
        return this.leaf('number_literal');
      case is.CHAR:
        return this.leaf('char_literal');
      case is.STRING:
        return this.code(1) === is.NAME ? this.strings() : this.leaf('string_literal');
      case is.OPEN:
        return this.parenthesized();
      default:
        return this.fail();
    }
  }

  /** `KERN_INFO "text" NAME "text"` */
  private strings(): Draft {
    const first = this.at;
    const list: Draft[] = [];
    for (;;) {
      const code = this.here;
      if (code === is.STRING) list.push(this.leaf('string_literal'));
      else if (code === is.NAME) list.push(this.leaf('identifier'));
      else break;
    }
    return this.here === is.OPEN ? this.fail() : this.node('concatenated_string', first, list);
  }

  /** `( ... )` around a value. */
  protected parenthesized(): Draft {
    const first = this.at;
    this.expect(is.OPEN);
    if (++this.depth > NESTING) return this.tooDeep();
    const inner = this.here === is.OPEN_BRACE ? this.compound() : this.expressions();
    this.expect(is.CLOSE);
    this.depth--;
    return this.node('parenthesized_expression', first, [inner]);
  }

  private postfix(operand: Draft, steps: boolean): Draft {
    let node = operand;
    for (;;) {
      switch (this.here) {
        case is.DOT:
        case is.ARROW: {
          this.next();
          const name = this.leafOf(is.NAME, 'field_identifier', 'field');
          node = this.node('field_expression', node.first, [as('argument', node), name]);
          break;
        }
        case is.OPEN_SQUARE: {
          this.next();
          const index = as('index', this.expression());
          this.expect(is.CLOSE_SQUARE);
          node = this.node('subscript_expression', node.first, [as('argument', node), index]);
          break;
        }
        case is.OPEN: {
          const list = as('arguments', this.argumentList());
          node = this.node('call_expression', node.first, [as('function', node), list]);
          break;
        }
        case is.STEP:
          if (!steps) return node;
          this.next();
          // `(a)++(b)`
          if (this.here === is.OPEN) return this.fail();
          node = this.node('update_expression', node.first, [as('argument', node)]);
          break;
        default:
          return node;
      }
    }
  }

  private argumentList(): Draft {
    const first = this.next();
    const list: Draft[] = [];
    if (this.here !== is.CLOSE)
      for (;;) {
        list.push(this.here === is.OPEN_BRACE ? this.compound() : this.expression());
        if (this.here !== is.COMMA) break;
        this.next();
      }
    this.expect(is.CLOSE);
    return this.node('argument_list', first, list);
  }
}
