/** Types, declarators, initialisers, members and constants, as the general parser reads them. */
import * as is from './codes.ts';
import { as, type Draft, NESTING } from './cursor.ts';
import { ExpressionReader } from './expressions.ts';

/** What a declarator's name is called, by where it stands. */
type NameType = 'identifier' | 'field_identifier' | 'type_identifier';

export abstract class DeclarationReader extends ExpressionReader {
  /** Storage classes, qualifiers and the type; `false` for `storage`: qualifiers only. */
  protected specifiers(out: Draft[], storage: boolean): void {
    if (this.here !== is.TYPE) this.modifiers(out, storage);
    out.push(as('type', this.typeSpecifier()));
    const code = this.here;
    if (code === is.CONST || code === is.STORAGE) this.modifiers(out, storage);
  }

  private modifiers(out: Draft[], storage: boolean): void {
    for (;;) {
      const code = this.here;
      if (code === is.CONST) out.push(this.leaf('type_qualifier'));
      else if (code === is.STORAGE && storage) out.push(this.leaf('storage_class_specifier'));
      else return;
    }
  }

  private typeSpecifier(): Draft {
    switch (this.here) {
      case is.TYPE:
        return this.leaf('primitive_type');
      case is.NAME:
        return this.leaf('type_identifier');
      case is.STRUCT:
        return this.aggregate('struct_specifier');
      case is.UNION:
        return this.aggregate('union_specifier');
      case is.ENUM:
        return this.enumeration();
      default:
        return this.fail();
    }
  }

  private aggregate(type: string): Draft {
    const first = this.next();
    const children: Draft[] = [];
    if (this.here === is.NAME) children.push(this.leaf('type_identifier', 'name'));
    if (this.here === is.OPEN_BRACE) children.push(as('body', this.members()));
    else if (children.length === 0) return this.fail();
    return this.node(type, first, children);
  }

  private members(): Draft {
    const first = this.next();
    const list: Draft[] = [];
    if (++this.depth > NESTING) return this.tooDeep();
    while (this.here !== is.CLOSE_BRACE && !this.ended) list.push(this.member());
    this.depth--;
    this.expect(is.CLOSE_BRACE);
    return this.node('field_declaration_list', first, list);
  }

  private member(): Draft {
    const first = this.at;
    const children: Draft[] = [];
    // `name ( ... ) x;`: a macro that gives a type.
    if (this.here === is.NAME && this.code(1) !== is.NAME && this.code(1) !== is.STAR) return this.fail();
    this.specifiers(children, true);
    if (this.here !== is.SEMICOLON)
      for (;;) {
        children.push(as('declarator', this.declarator('field_identifier')));
        if (this.here === is.COLON) {
          const clause = this.next();
          const width = this.expression();
          children.push(this.node('bitfield_clause', clause, [width]));
        }
        if (this.here !== is.COMMA) break;
        this.next();
      }
    this.expect(is.SEMICOLON);
    return this.node('field_declaration', first, children);
  }

  private enumeration(): Draft {
    const first = this.next();
    const children: Draft[] = [];
    if (this.here === is.NAME) {
      children.push(this.leaf('type_identifier', 'name'));
      if (this.here === is.COLON) {
        this.next();
        children.push(this.leafOf(is.TYPE, 'primitive_type', 'underlying_type'));
      }
    }
    if (this.here === is.OPEN_BRACE) children.push(as('body', this.enumerators()));
    else if (children.length === 0) return this.fail();
    return this.node('enum_specifier', first, children);
  }

  private enumerators(): Draft {
    const first = this.next();
    const list: Draft[] = [];
    while (this.here === is.NAME) {
      const start = this.at;
      const children = [this.leaf('identifier', 'name')];
      if (this.here === is.ASSIGN) {
        this.next();
        children.push(as('value', this.expression()));
      }
      list.push(this.node('enumerator', start, children));
      if (this.here !== is.COMMA) break;
      this.next();
    }
    this.expect(is.CLOSE_BRACE);
    return this.node('enumerator_list', first, list);
  }

  /** A declarator with a name. */
  protected declarator(name: NameType): Draft {
    if (++this.depth > NESTING) return this.tooDeep();
    const first = this.at;
    let node: Draft;
    if (this.here === is.STAR) {
      this.next();
      const children: Draft[] = [];
      this.modifiers(children, false);
      children.push(as('declarator', this.declarator(name)));
      node = this.node('pointer_declarator', first, children);
    } else if (this.here === is.OPEN) {
      this.next();
      const inner = this.declarator(name);
      this.expect(is.CLOSE);
      node = this.declaratorTail(this.node('parenthesized_declarator', first, [inner]), first, '');
    } else {
      // A type's own name, where a typedef says it again.
      const again = name === 'type_identifier' && this.here === is.TYPE;
      node = this.declaratorTail(again ? this.leaf('primitive_type') : this.leafOf(is.NAME, name), first, '');
    }
    this.depth--;
    return node;
  }

  /** Arrays and parameters behind a declarator; null for an abstract one that has nothing before them. */
  private declaratorTail(inner: Draft, first: number, prefix: string): Draft;
  private declaratorTail(inner: Draft | null, first: number, prefix: string): Draft | null;
  private declaratorTail(inner: Draft | null, first: number, prefix: string): Draft | null {
    let node = inner;
    for (;;) {
      const code = this.here;
      if (code !== is.OPEN_SQUARE && code !== is.OPEN) return node;
      const children = node === null ? [] : [as('declarator', node)];
      if (code === is.OPEN_SQUARE) {
        this.next();
        // `[*]`, `[static 3]`
        if (this.here === is.STAR) return this.fail();
        if (this.here !== is.CLOSE_SQUARE) children.push(as('size', this.expression()));
        this.expect(is.CLOSE_SQUARE);
        node = this.node(`${prefix}array_declarator`, first, children);
      } else {
        children.push(as('parameters', this.parameters()));
        node = this.node(`${prefix}function_declarator`, first, children);
      }
    }
  }

  private parameters(): Draft {
    const first = this.next();
    const list: Draft[] = [];
    if (++this.depth > NESTING) return this.tooDeep();
    if (this.here !== is.CLOSE)
      for (;;) {
        list.push(this.here === is.DOTS ? this.leaf('variadic_parameter') : this.parameter());
        if (this.here !== is.COMMA) break;
        this.next();
      }
    this.depth--;
    this.expect(is.CLOSE);
    return this.node('parameter_list', first, list);
  }

  private parameter(): Draft {
    const first = this.at;
    const children: Draft[] = [];
    // A name alone is a type or, in old C, a parameter.
    if (this.here === is.NAME && this.code(1) !== is.NAME && this.code(1) !== is.STAR) return this.fail();
    this.specifiers(children, true);
    const code = this.here;
    if (code !== is.COMMA && code !== is.CLOSE) children.push(as('declarator', this.parameterDeclarator()));
    return this.node('parameter_declaration', first, children);
  }

  /** A declarator with or without a name. */
  private parameterDeclarator(): Draft {
    return this.isAbstract() ? this.abstractDeclarator() : this.declarator('identifier');
  }

  /** No name follows before the declarator ends. */
  private isAbstract(): boolean {
    let ahead = 0;
    for (let code = this.here; ; code = this.code(++ahead))
      switch (code) {
        case is.STAR:
        case is.CONST:
          continue;
        case is.OPEN: {
          // `(a` may be a parameter's type.
          const next = this.code(ahead + 1);
          if (next === is.STAR || next === is.OPEN) continue;
          if (next === is.NAME) this.fail();
          return true;
        }
        case is.NAME:
          return false;
        default:
          return true;
      }
  }

  /** A declarator without a name. */
  private abstractDeclarator(): Draft {
    if (++this.depth > NESTING) return this.tooDeep();
    const first = this.at;
    let node: Draft | null;
    if (this.here === is.STAR) {
      this.next();
      const children: Draft[] = [];
      this.modifiers(children, false);
      const code = this.here;
      if (code === is.STAR || code === is.OPEN || code === is.OPEN_SQUARE)
        children.push(as('declarator', this.abstractDeclarator()));
      node = this.node('abstract_pointer_declarator', first, children);
    } else if (this.here === is.OPEN && this.opensDeclarator()) {
      this.next();
      const inner = this.abstractDeclarator();
      this.expect(is.CLOSE);
      node = this.declaratorTail(this.node('abstract_parenthesized_declarator', first, [inner]), first, 'abstract_');
    } else node = this.declaratorTail(null, first, 'abstract_');
    this.depth--;
    return node ?? this.fail();
  }

  /** The parenthesis here holds a declarator, not parameters. */
  private opensDeclarator(): boolean {
    const next = this.code(1);
    return next === is.STAR || next === is.OPEN || next === is.OPEN_SQUARE;
  }

  protected override typeDescriptor(): Draft {
    const first = this.at;
    const children: Draft[] = [];
    this.specifiers(children, false);
    const code = this.here;
    if (code === is.STAR || code === is.OPEN || code === is.OPEN_SQUARE)
      children.push(as('declarator', this.abstractDeclarator()));
    return this.node('type_descriptor', first, children);
  }

  protected override initialiserList(): Draft {
    const first = this.next();
    const list: Draft[] = [];
    if (++this.depth > NESTING) return this.tooDeep();
    while (this.here !== is.CLOSE_BRACE && !this.ended) {
      list.push(this.initialiserItem());
      if (this.here !== is.COMMA) break;
      this.next();
    }
    this.depth--;
    this.expect(is.CLOSE_BRACE);
    return this.node('initializer_list', first, list);
  }

  private initialiserItem(): Draft {
    const first = this.at;
    const code = this.here;
    if (code === is.NAME && this.code(1) === is.COLON) {
      const name = this.leaf('field_identifier', 'designator');
      this.next();
      return this.node('initializer_pair', first, [name, as('value', this.initialiser())]);
    }
    if (code !== is.DOT && code !== is.OPEN_SQUARE) return this.initialiser();
    const children: Draft[] = [];
    while (this.here === is.DOT || this.here === is.OPEN_SQUARE) children.push(as('designator', this.designator()));
    this.expect(is.ASSIGN);
    children.push(as('value', this.initialiser()));
    return this.node('initializer_pair', first, children);
  }

  private designator(): Draft {
    const first = this.next();
    if (this.code(-1) === is.DOT) {
      const name = this.leafOf(is.NAME, 'field_identifier');
      return this.node('field_designator', first, [name]);
    }
    const from = this.expression();
    if (this.here !== is.DOTS) {
      this.expect(is.CLOSE_SQUARE);
      return this.node('subscript_designator', first, [from]);
    }
    this.next();
    const to = as('end', this.expression());
    this.expect(is.CLOSE_SQUARE);
    return this.node('subscript_range_designator', first, [as('start', from), to]);
  }

  protected initialiser(): Draft {
    return this.here === is.OPEN_BRACE ? this.initialiserList() : this.expression();
  }
}
