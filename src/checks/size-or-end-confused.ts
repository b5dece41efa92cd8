/**
 * Numbers that are taken for another kind of number: the end of a `struct range`, which is its last byte; a size cut to 32 bits; a product
 * computed in 32 bits and used as an address; a count as the largest index. Read, not run.
 */
import type { Expr } from '../c/ir.ts';
import { check } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { bare, calleeName, constantOf, placeName, rootOf, valueName, within } from './irNames.ts';
import { type CallExpr, calledIn, type ReadFunction, readFunctions, told } from './readFunctions.ts';
import { kindsOf } from './readKinds.ts';
import page from './size-or-end-confused.md?raw';

/** `r->end = base + len`: one byte too many. */
function ends(read: ReadFunction): DocumentReport[] {
  return kindsOf(read).assigns.flatMap(({ expr }): DocumentReport[] => {
    if (expr.place.kind !== 'member' || expr.place.member.name !== 'end') return [];
    const { base } = expr.place;
    if (base.type.kind !== 'struct' || base.type.tag !== 'range') return [];
    const value = bare(expr.value);
    if (value.kind !== 'binary' || value.op !== '+') return [];
    const last = bare(value.right);
    const first = bare(value.left);
    const size = [first, last].some((part) => /(?:^|[_.>*])(?:len|length|size)(?:#\d+)?$/i.test(valueName(part) ?? ''));
    return size
      ? [
          told(
            read,
            expr.at,
            '`range.end` is the last byte, not the one after it',
            'the two that are added are a start and a length',
          ),
        ]
      : [];
  });
}

/** Sizes of buffers and apertures: 64 bits wide because they need them. */
function isWideSize(expr: Expr): boolean {
  const value = bare(expr);
  if (value.kind === 'call') return /^(?:pci_resource_len|resource_size|range_len)$/.test(calleeName(value.callee));
  if (value.kind !== 'load' || value.place.kind !== 'member' || value.place.member.name !== 'size') return false;
  const { type } = value.place.base;
  return type.kind === 'struct' && /^(?:dma_buf|dma_buf_export_info)$/.test(type.tag);
}

function narrowed(read: ReadFunction): DocumentReport[] {
  return read.nodes.flatMap(({ all, stores }) => {
    const found: DocumentReport[] = [];
    const look = (value: Expr, at: Expr): void => {
      if (
        value.kind !== 'convert' ||
        value.explicit ||
        value.type.kind !== 'int' ||
        value.type.size > 4 ||
        value.type.bool
      )
        return;
      if (!isWideSize(value.value) || value.value.type.kind !== 'int' || value.value.type.size <= 4) return;
      const size = valueName(bare(value.value));
      if (size !== null && compared(read, size)) return;
      found.push(told(read, at.at, 'a size of 64 bits is cut to 32', 'nothing limits the size before'));
    };
    // The length of a segment is what hardware takes: 32 bits, and its maker splits.
    for (const expr of all)
      if (expr.kind === 'assign' && !/length$/.test(placeName(expr.place) ?? '')) look(expr.value, expr);
    for (const { value } of stores)
      if (!all.some((expr) => expr.kind === 'assign' && expr.value === value)) look(value, value);
    return found;
  });
}

function compared(read: ReadFunction, name: string): boolean {
  return kindsOf(read).compares.some(
    ({ at: { node }, expr }) =>
      node.kind === 'branch' && [expr.left, expr.right].some((side) => valueName(bare(side)) === name),
  );
}

/** `n << PAGE_SHIFT` and `i * UINT_MAX` in 32 bits, for something that is wider. */
function products(read: ReadFunction): DocumentReport[] {
  return kindsOf(read).converts.flatMap(({ at: { node }, expr }): DocumentReport[] => {
    if (expr.explicit || expr.type.kind !== 'int' || expr.type.size !== 8) return [];
    const value = expr.value;
    if (value.kind !== 'binary' || value.type.kind !== 'int' || value.type.size !== 4) return [];
    const by = Number(constantOf(value.right) ?? Number.NaN);
    const from = bare(value.left);
    const name = valueName(from);
    if (name === null || constantOf(from) !== null) return [];
    const pages = /(?:pages?|pfns?|count)(?:#\d+)?$/i.test(name) && /page/i.test(name);
    const returned = node.kind === 'return' && node.values[0] === expr;
    if ((value.op === '<<' && by >= 12 && pages && returned) || (value.op === '*' && by >= 2 ** 31))
      return [
        told(
          read,
          expr.at,
          'computed in 32 bits, and only the result is made 64 bits wide',
          `\`${name.replace(/#\d+/g, '').replace(/^\*/, '')}\` can be so large that the result does not fit`,
        ),
      ];
    return [];
  });
}

/** `if (i > n) return ...; ... a[i]`: n is no index. */
function bounds(read: ReadFunction): DocumentReport[] {
  return read.nodes.flatMap(({ node }) => {
    const condition = node.kind === 'branch' && node.values[0] !== undefined ? bare(node.values[0]) : null;
    if (condition?.kind !== 'compare' || condition.op !== '>') return [];
    const index = valueName(bare(condition.left));
    const limit = valueName(bare(condition.right));
    if (index === null || limit === null || !/(?:count|num|pages|nr|entries|npages|n_\w+|nents)(?:#\d+)?$/i.test(limit))
      return [];
    const [yes, no] = node.next;
    const way = yes === undefined ? undefined : read.nodes[yes];
    if (way?.node.kind !== 'return' || no === undefined) return [];
    const used = read.nodes.find(({ all }) =>
      all.some(
        (part) =>
          part.kind === 'load' &&
          part.place.kind === 'deref' &&
          part.place.pointer.kind === 'offset' &&
          valueName(bare(part.place.pointer.index)) === index,
      ),
    );
    return used === undefined
      ? []
      : [
          told(
            read,
            condition.at,
            'the count itself passes the test, and is no index',
            'the count is that of the array',
            [{ message: 'the index is used here', at: used.node.at }],
          ),
        ];
  });
}

/** Entries of the array that an address leads to, as it is declared; null: it is no array, or its length is not said. */
function declaredLength(pointer: Expr): number | null {
  if (pointer.kind !== 'address') return null;
  const { type } = pointer.place;
  return type.kind === 'array' ? type.length : null;
}

/** `if (i > MAX) return ...; ... a[i]` of an array of `MAX` entries. */
function pastDeclared(read: ReadFunction): DocumentReport[] {
  const { compares } = kindsOf(read);
  return read.nodes.flatMap(({ node }) => {
    const condition = node.kind === 'branch' && node.values[0] !== undefined ? bare(node.values[0]) : null;
    if (condition?.kind !== 'compare' || condition.op !== '>') return [];
    const index = valueName(bare(condition.left));
    const limit = constantOf(condition.right);
    if (index === null || limit === null) return [];
    const about = compares.filter(
      ({ expr: test }) => valueName(bare(test.left)) === index || valueName(bare(test.right)) === index,
    );
    if (about.some(({ expr: test }) => /^(?:<|>=|==)$/.test(test.op) && constantOf(test.right) !== 0)) return [];
    const used = kindsOf(read).offsets.find(
      ({ expr: part }) => valueName(bare(part.index)) === index && declaredLength(part.pointer) === Number(limit),
    );
    return used === undefined
      ? []
      : [
          told(read, condition.at, `${limit} itself passes the test, and the array has ${limit} entries`, NOT_LESS, [
            { message: 'the index is used here', at: used.expr.at },
          ]),
        ];
  });
}

const NOT_LESS = 'whoever gives the index keeps it no lower';

/** `a + size - PAGE_SIZE` as an upper bound: it wraps when both are 0. */
function wraps(read: ReadFunction): DocumentReport[] {
  return kindsOf(read).compares.flatMap(({ expr }): DocumentReport[] => {
    if (!/^[<>]/.test(expr.op)) return [];
    return [expr.left, expr.right].flatMap((side) => {
      const value = bare(side);
      if (value.kind !== 'binary' || value.op !== '-' || value.type.kind !== 'int' || value.type.signed) return [];
      const by = Number(constantOf(bare(value.right)) ?? 0);
      const sum = bare(value.left);
      if (by < 4096 || sum.kind !== 'binary' || sum.op !== '+') return [];
      const size = [sum.left, sum.right]
        .map((part) => valueName(bare(part)))
        .find((name) => /(?:size|len)(?:#\d+)?$/i.test(name ?? ''));
      if (size === undefined || size === null || compared(read, size) || asked(read, size)) return [];
      return [
        told(
          read,
          expr.at,
          'the bound wraps around when the size is less than what is taken from it',
          'the size may be 0',
        ),
      ];
    });
  });
}

function asked(read: ReadFunction, name: string): boolean {
  return read.nodes.some(({ node }) => {
    const [condition] = node.kind === 'branch' ? node.values : [];
    if (condition === undefined) return false;
    const value = bare(condition);
    return valueName(value.kind === 'unary' ? bare(value.operand) : value) === name;
  });
}

/** Arguments that have a meaning of their own. */
function argumentsOf(read: ReadFunction): DocumentReport[] {
  return callsOf(read, /^(?:xe_bo_addr|drm_pagemap_addr_encode|xa_store|xa_insert)$/).flatMap(
    ({ call, name }): DocumentReport[] => {
      if (name === 'xe_bo_addr') {
        const third = call.args[2];
        const value = third === undefined ? null : bare(third);
        if (value?.kind === 'call' && /^(?:range_len|resource_size|pci_resource_len)$/.test(calleeName(value.callee)))
          return [told(read, call.at, '`xe_bo_addr()` takes the size of a page, not a length', null)];
      }
      if (name === 'drm_pagemap_addr_encode') {
        const order = call.args[2];
        const value = order === undefined ? null : bare(order);
        if (value?.kind === 'call' && calleeName(value.callee) === 'get_order' && ofRange(read, value))
          return [
            told(
              read,
              call.at,
              '`get_order()` rounds up: the entry covers more than the length',
              'the length is no power of two',
            ),
          ];
        const root = valueName(bare(call.args[0] ?? call));
        const proto = Number(constantOf(call.args[1] ?? call) ?? -1);
        const device =
          root !== null &&
          read.nodes.some(({ stores }) =>
            stores.some(({ to, value: from }) => to === root && calledIn(from) === 'xe_bo_addr'),
          );
        if (device && proto === 0)
          return [told(read, call.at, 'an address in device memory is handed on as one of the system', null)];
      }
      if (name.startsWith('xa_')) {
        const entry = call.args[2];
        const inner = entry?.kind === 'convert' ? skipPointers(entry) : null;
        if (
          inner !== null &&
          inner.type.kind === 'int' &&
          constantOf(inner) === null &&
          inner.type.size === 8 &&
          !madeEntry(inner)
        )
          return [
            told(
              read,
              call.at,
              `\`${name}()\` of a number made a pointer: its low bits are the array's own`,
              'the number is not known to be aligned',
            ),
          ];
      }
      return [];
    },
  );
}

/** A length out of a range that another made: of whole pages, and of no power of two. */
function ofRange(read: ReadFunction, order: CallExpr): boolean {
  const length = order.args[0];
  if (length === undefined) return false;
  const name = valueName(bare(length));
  const lengths = [
    length,
    ...read.nodes.flatMap(({ stores }) => stores.flatMap(({ to, value }) => (to === name ? [value] : []))),
  ];
  return lengths.some((value) => calledIn(value) === 'range_len');
}

function skipPointers(expr: Expr): Expr {
  return expr.kind === 'convert' && expr.type.kind === 'pointer' ? skipPointers(expr.value) : expr;
}

/** Something that shifts or marks the number, or an address that was a pointer before. */
function madeEntry(expr: Expr): boolean {
  return within(expr).some(
    (part) =>
      part.kind === 'call' ||
      part.kind === 'binary' ||
      part.kind === 'address' ||
      (part.kind === 'convert' && part.value.type.kind === 'pointer'),
  );
}

/** The address of the first page, counted on for the others. */
function contiguous(read: ReadFunction): DocumentReport[] {
  const encoded = callsOf(read, /^drm_pagemap_addr_encode$/);
  if (encoded.length === 0) return [];
  const first = new Map<string, number>();
  for (const { stores, node } of read.nodes)
    for (const { to, value } of stores)
      if (calledIn(value) === 'xe_bo_addr') first.set(to, (first.get(to) ?? 0) + (node.id < 0 ? 0 : 1));
  return encoded.flatMap(({ call }): DocumentReport[] => {
    const address = call.args[0] === undefined ? null : bare(call.args[0]);
    if (address?.kind !== 'binary' || address.op !== '+') return [];
    const base = [address.left, address.right]
      .map((part) => valueName(bare(part)))
      .find((name) => name !== null && first.get(name) === 1);
    return base === undefined || base === null
      ? []
      : [
          told(
            read,
            call.at,
            '`xe_bo_addr()` knows one page: what follows it may lie elsewhere',
            `the memory behind \`${rootOf(base).replace(/#\d+/, '')}\` is not known to be contiguous`,
          ),
        ];
  });
}

function inspect(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => [
    ...ends(read),
    ...narrowed(read),
    ...products(read),
    ...bounds(read),
    ...pastDeclared(read),
    ...wraps(read),
    ...argumentsOf(read),
    ...contiguous(read),
  ]);
}

export default check(page, { inspect });
