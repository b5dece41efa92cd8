/**
 * Pages that are looked into after the function's reference of them was dropped: what was the last reference frees the page, and its folio is
 * another then. Read, not run: of a page that somebody hands in no run knows who else holds it.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, rootOf, valueName, within } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** The kernel's own, and a driver's that say so in their names. */
const DROPS = /^(?:__free_pages?|unpin_user_page|unpin_user_folio)$|(?:^|_)(?:put_page|folio_put|put_folio)$/;
const HOLDS =
  /^(?:get_page|folio_get|try_get_page|folio_try_get\w*|get_user_pages\w*|pin_user_\w+|find_get_\w+|filemap_get_\w+|page_cache_\w+)$/;
/** Read or write the page's own words (include/linux/page-flags.h, include/linux/mm.h). */
const LOOKS =
  /^(?:page_folio|_?compound_(?:head|order|nr)|page_(?:size|count|ref_count|mapcount|mapping\w*|is_\w+)|folio_\w+|Page[A-Z]\w*|(?:Set|Clear|TestSet|TestClear)Page\w+|unlock_page|lock_page|trylock_page|set_page_dirty\w*|is_device_private_page|thp_\w+)$/;

/** The index, the pointer or the list that a name is made of is given another value, or handed to somebody who may give it one. */
function moves(node: ReadNode, names: ReadonlySet<string>): boolean {
  const changed = node.stores.some(({ to }) => names.has(to));
  return (
    changed ||
    node.all.some((expr) => {
      if (expr.kind !== 'update' && expr.kind !== 'address') return false;
      return names.has(valueName({ kind: 'load', place: expr.place, type: expr.type, at: expr.at }) ?? '');
    })
  );
}

function usedAfter(read: ReadFunction): DocumentReport[] {
  if (callsOf(read, HOLDS).length > 0) return [];
  return callsOf(read, DROPS).flatMap(({ at, call, name }) => {
    const page = argument(call, 0);
    const [arg] = call.args;
    if (page === null || arg === undefined) return [];
    const made = new Set([page, rootOf(page), ...within(arg).flatMap((part) => valueName(part) ?? [])]);
    const { has } = waysOf(read.graph).from(at.node.next, ({ id, kind }) => {
      const node = read.nodes[id];
      return kind === 'hole' || node === undefined || moves(node, made);
    });
    const uses = read.nodes.flatMap((node) =>
      has[node.node.id] === 1
        ? node.calls.filter(
            (each) => LOOKS.test(calleeName(each.callee)) && each.args.some((one) => valueName(bare(one)) === page),
          )
        : [],
    );
    const [use] = uses.sort((one, other) => one.at.start - other.at.start);
    if (use === undefined || use === call) return [];
    return [
      told(
        read,
        use.at,
        `the page is looked into by \`${calleeName(use.callee)}()\` after \`${name}()\` dropped a reference of it`,
        'nobody else holds a reference of the page',
        [{ message: 'dropped here', at: call.at }],
      ),
    ];
  });
}

/** Pages used after they were put. */
export function pagesAfterPut(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap(usedAfter);
}
