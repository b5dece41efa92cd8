/** Statements, declarations in their places, and whole texts, as the general parser reads them. */
import type { SyntaxNode } from '../syntax.ts';
import * as is from './codes.ts';
import { as, type Draft, NESTING } from './cursor.ts';
import { DeclarationReader } from './declarations.ts';

export class DirectReader extends DeclarationReader {
  /** The tree of a text, or null when there is more than one way to read it, or none. */
  read(codes: Uint8Array, count: number): SyntaxNode | null {
    this.begin(codes, count);
    const items: Draft[] = [];
    while (!this.ended) items.push(this.topLevel());
    return this.failed ? null : this.node('translation_unit', 0, items);
  }

  private topLevel(): Draft {
    switch (this.here) {
      case is.RETURN:
        return this.returnStatement();
      case is.SIZEOF: {
        // Of other expressions, only those that are no operation on two values may stand here.
        const statement = this.expressionStatement();
        return statement.children[0]?.type === 'sizeof_expression' ? statement : this.fail();
      }
      case is.SEMICOLON:
        return this.expressionStatement();
      case is.TYPEDEF:
        return this.typedef();
      case is.NAME: {
        if (this.code(1) === is.NAME || this.code(1) === is.STAR) return this.declaration(true);
        if (this.code(1) !== is.OPEN) return this.fail();
        // `EXPORT_SYMBOL(f);`
        const statement = this.expressionStatement();
        return statement.children[0]?.type === 'call_expression' ? statement : this.fail();
      }
      default:
        return this.beginsDeclaration() ? this.declaration(true) : this.fail();
    }
  }

  private beginsDeclaration(): boolean {
    const code = this.here;
    return code >= is.TYPE && code <= is.STORAGE;
  }

  /** `function`: a body may follow. */
  private declaration(definition: boolean): Draft {
    const first = this.at;
    const children: Draft[] = [];
    this.specifiers(children, true);
    if (this.here === is.SEMICOLON) {
      const [only] = children;
      this.next();
      if (only === undefined || children.length !== 1 || only.type === 'type_identifier') return this.fail();
      only.field = null;
      return only;
    }
    for (;;) {
      const start = this.at;
      const declarator = this.declarator('identifier');
      if (this.here === is.OPEN_BRACE && definition && children[children.length - 1]?.field !== 'declarator') {
        children.push(as('declarator', declarator), as('body', this.compound()));
        return this.node('function_definition', first, children);
      }
      if (this.here === is.ASSIGN) {
        this.next();
        const value = as('value', this.initialiser());
        const inner = as('declarator', declarator);
        children.push(as('declarator', this.node('init_declarator', start, [inner, value])));
      } else children.push(as('declarator', declarator));
      if (this.here !== is.COMMA) break;
      this.next();
    }
    this.expect(is.SEMICOLON);
    return this.node('declaration', first, children);
  }

  private typedef(): Draft {
    const first = this.next();
    const children: Draft[] = [];
    this.specifiers(children, false);
    for (;;) {
      children.push(as('declarator', this.declarator('type_identifier')));
      if (this.here !== is.COMMA) break;
      this.next();
    }
    this.expect(is.SEMICOLON);
    return this.node('type_definition', first, children);
  }

  protected override compound(): Draft {
    const first = this.at;
    this.expect(is.OPEN_BRACE);
    const list: Draft[] = [];
    if (++this.depth > NESTING) return this.tooDeep();
    while (this.here !== is.CLOSE_BRACE && !this.ended) list.push(this.blockItem());
    this.depth--;
    this.expect(is.CLOSE_BRACE);
    return this.node('compound_statement', first, list);
  }

  private blockItem(): Draft {
    const code = this.here;
    if (code === is.CASE || code === is.DEFAULT) return this.caseStatement();
    if (code === is.TYPEDEF) return this.typedef();
    // A function in a function: GNU's, or one that healing put there.
    return this.declares() ? this.declaration(true) : this.statement();
  }

  /** A declaration begins here; `a * b` could also be a product. */
  private declares(): boolean {
    if (this.here !== is.NAME) return this.beginsDeclaration();
    if (this.code(1) === is.NAME) return true;
    if (this.code(1) !== is.STAR) return false;
    let ahead = 1;
    while (this.code(ahead) === is.STAR) ahead++;
    if (this.code(ahead) !== is.NAME) return false;
    switch (this.code(ahead + 1)) {
      case is.SEMICOLON:
      case is.ASSIGN:
      case is.COMMA:
      case is.OPEN_SQUARE:
        return true;
      default:
        this.fail();
        return true;
    }
  }

  private statement(): Draft {
    if (++this.depth > NESTING) return this.tooDeep();
    const node = this.anyStatement();
    this.depth--;
    return node;
  }

  private anyStatement(): Draft {
    switch (this.here) {
      case is.OPEN_BRACE:
        return this.compound();
      case is.IF:
        return this.ifStatement();
      case is.FOR:
        return this.forStatement();
      case is.WHILE: {
        const first = this.next();
        const condition = as('condition', this.parenthesized());
        return this.node2('while_statement', first, condition, as('body', this.statement()));
      }
      case is.DO:
        return this.doStatement();
      case is.SWITCH: {
        const first = this.next();
        const condition = as('condition', this.parenthesized());
        return this.node2('switch_statement', first, condition, as('body', this.compound()));
      }
      case is.RETURN:
        return this.returnStatement();
      case is.GOTO: {
        const first = this.next();
        const label = this.leafOf(is.NAME, 'statement_identifier', 'label');
        this.expect(is.SEMICOLON);
        return this.node('goto_statement', first, [label]);
      }
      case is.BREAK:
        return this.jump('break_statement');
      case is.CONTINUE:
        return this.jump('continue_statement');
      case is.NAME:
        if (this.code(1) === is.COLON) return this.labelled();
        // A declaration cannot be the body of anything.
        if (this.code(1) === is.NAME || this.code(1) === is.STAR) return this.fail();
        return this.expressionStatement();
      default:
        return this.expressionStatement();
    }
  }

  private node2(type: string, first: number, left: Draft, right: Draft): Draft {
    return this.node(type, first, [left, right]);
  }

  private jump(type: string): Draft {
    const first = this.next();
    this.expect(is.SEMICOLON);
    return this.node(type, first, []);
  }

  private expressionStatement(): Draft {
    const first = this.at;
    const children = this.here === is.SEMICOLON ? [] : [this.expressions()];
    this.expect(is.SEMICOLON);
    return this.node('expression_statement', first, children);
  }

  private returnStatement(): Draft {
    const first = this.next();
    const children = this.here === is.SEMICOLON ? [] : [this.expressions()];
    this.expect(is.SEMICOLON);
    return this.node('return_statement', first, children);
  }

  private ifStatement(): Draft {
    const first = this.next();
    const children = [as('condition', this.parenthesized()), as('consequence', this.statement())];
    if (this.here === is.ELSE) {
      const start = this.next();
      const inner = this.statement();
      children.push(as('alternative', this.node('else_clause', start, [inner])));
    }
    return this.node('if_statement', first, children);
  }

  private doStatement(): Draft {
    const first = this.next();
    const body = as('body', this.statement());
    this.expect(is.WHILE);
    const condition = as('condition', this.parenthesized());
    this.expect(is.SEMICOLON);
    return this.node('do_statement', first, [body, condition]);
  }

  private forStatement(): Draft {
    const first = this.next();
    const children: Draft[] = [];
    this.expect(is.OPEN);
    if (this.declares()) {
      const declaration = this.declaration(false);
      if (declaration.type !== 'declaration') return this.fail();
      children.push(as('initializer', declaration));
    } else {
      if (this.here !== is.SEMICOLON) children.push(as('initializer', this.expressions()));
      this.expect(is.SEMICOLON);
    }
    if (this.here !== is.SEMICOLON) children.push(as('condition', this.expressions()));
    this.expect(is.SEMICOLON);
    if (this.here !== is.CLOSE) children.push(as('update', this.expressions()));
    this.expect(is.CLOSE);
    children.push(as('body', this.statement()));
    return this.node('for_statement', first, children);
  }

  private labelled(): Draft {
    const first = this.at;
    const label = this.leaf('statement_identifier', 'label');
    this.next();
    const code = this.here;
    if (code === is.CASE || code === is.DEFAULT)
      return this.node('labeled_statement', first, [label, this.caseStatement()]);
    const inner = this.declares() ? this.declaration(false) : this.statement();
    return inner.field === null && inner.type.endsWith('specifier')
      ? this.fail()
      : this.node('labeled_statement', first, [label, inner]);
  }

  /** What follows a `case` belongs to it, up to the next. */
  private caseStatement(): Draft {
    const first = this.at;
    const children: Draft[] = [];
    if (this.here === is.CASE) {
      this.next();
      children.push(as('value', this.expression()));
    } else this.next();
    this.expect(is.COLON);
    for (;;) {
      const code = this.here;
      if (code === is.CASE || code === is.DEFAULT || code === is.CLOSE_BRACE || this.ended) break;
      const item = code === is.TYPEDEF ? this.typedef() : this.declares() ? this.declaration(false) : this.statement();
      // `struct s { ... };` ends the case for the general parser.
      if (item.type.endsWith('specifier') || item.type === 'primitive_type') return this.fail();
      children.push(item);
    }
    return this.node('case_statement', first, children);
  }
}
