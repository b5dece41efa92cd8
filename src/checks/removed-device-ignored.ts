/**
 * Ops of a pagemap that outlive the device's binding and never ask whether it is gone: memory that is populated for a device that was
 * unplugged, and managed resources that are released a second time. Read, not run: what `drm_dev_enter()` answers is a choice of each run.
 */
import type { Expr, FunctionSymbol } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import { walkFunctions } from '../c/walk.ts';
import { check } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import page from './removed-device-ignored.md?raw';

/** What tells that the device is still there, or leaves the question to somebody who asks. */
const ASKS = /^(?:drm_dev_enter|drm_dev_is_unplugged|drm_pagemap_populate_mm|drm_pagemap_migrate_to_devmem)$/;
const MANAGED = /^devm_(?:memunmap_pages|release_mem_region|kfree|iounmap|release_action|remove_action|free_pages)$/;
const DEPTH = 4;

interface Calls {
  asks: boolean;
  /** A function that nobody sees is called: it may ask. */
  unseen: boolean;
  managed: { readonly name: string; readonly at: Span } | null;
}

function callsOf(document: DocumentView, op: FunctionSymbol): Calls {
  const found: Calls = { asks: false, unseen: false, managed: null };
  const inDocument = (symbol: FunctionSymbol): boolean => symbol.at !== null && document.inDocument(symbol.at);
  walkFunctions(
    [op],
    DEPTH,
    (expression) => {
      const name = calleeOf(expression);
      if (name === null) return false;
      if (ASKS.test(name.name)) found.asks = true;
      else if (MANAGED.test(name.name)) found.managed ??= { name: name.name, at: expression.at };
      else if (name.body() === null && !declared(document, name)) found.unseen = true;
      return false;
    },
    inDocument,
  );
  return found;
}

function calleeOf(expression: Expr): FunctionSymbol | null {
  return expression.kind === 'call' && expression.callee.kind === 'direct' ? expression.callee.symbol : null;
}

/** The kernel's own: declared by our headers, so that what it does is known not to ask for the driver. */
function declared(document: DocumentView, symbol: FunctionSymbol): boolean {
  const unit = symbol.at === null ? undefined : document.program.units[symbol.at.unit];
  return unit?.origin === 'bundled';
}

function inspect(document: DocumentView): DocumentReport[] {
  return document.tables.flatMap((table) => {
    if (table.struct !== 'drm_pagemap_ops') return [];
    return table.ops.flatMap(({ member, function: op }): DocumentReport[] => {
      const { at } = op;
      if ((member !== 'populate_mm' && member !== 'destroy') || at === null || !document.inDocument(at)) return [];
      const body = op.body();
      if (body === null || body.partial) return [];
      const { asks, unseen, managed } = callsOf(document, op);
      if (asks) return [];
      const report = { function: op.name, op: `${table.symbol.name}.${member}`, related: [] };
      if (member === 'destroy')
        return managed === null
          ? []
          : [
              {
                ...report,
                at: managed.at,
                message: `\`destroy\` calls \`${managed.name}\`, which the driver core has done when the device is gone`,
                assumption: 'the last reference may be dropped after the device was unbound',
              },
            ];
      // What refuses everything populates nothing.
      const refuses = /\breturn -E\w+;\s*\}?\s*$/.test(bodyText(document, op));
      return unseen || refuses
        ? []
        : [
            {
              ...report,
              at,
              message: '`populate_mm` never asks whether the device was removed: `-ENODEV` is due then',
              assumption: 'nobody who calls it asks `drm_dev_enter()` before',
            },
          ];
    });
  });
}

function bodyText(document: DocumentView, op: FunctionSymbol): string {
  const text = op.at === null ? '' : (document.program.units[op.at.unit]?.text.slice(op.at.start) ?? '');
  return text.slice(0, Math.max(0, text.indexOf('\n}')));
}

export default check(page, { inspect });
