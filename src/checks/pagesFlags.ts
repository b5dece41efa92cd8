/**
 * The flags of GPU SVM's pages (`drm_gpusvm_pages.flags`) belong under the notifier lock: drm_gpusvm.c writes them there, with WRITE_ONCE(), and
 * reads them without. Read, not run.
 */
import type { Place } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { placeName, valueName } from './irNames.ts';
import { readFunctions, told } from './readFunctions.ts';
import { kindsOf } from './readKinds.ts';

const FLAGS = 'drm_gpusvm_pages_flags';
const CORE = /^_*drm_gpusvm_/;

/** A part of the flags of pages that others see; a copy on the stack is the function's own. */
function isShared(place: Place): boolean {
  let inFlags = false;
  let at: Place = place;
  while (at.kind === 'member') {
    inFlags ||= at.base.type.kind === 'struct' && at.base.type.tag === FLAGS;
    at = at.base;
  }
  return inFlags && at.kind === 'deref';
}

/** Writes of the flags in functions that have nothing to do with the lock. */
export function flagsWithoutLock(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => {
    const locks = read.nodes.some(({ calls }) =>
      calls.some(({ args }) => args.some((arg) => /notifier_lock/.test(valueName(arg) ?? ''))),
    );
    if (locks || CORE.test(read.symbol.name)) return [];
    return kindsOf(read).writes.flatMap(({ expr }) =>
      isShared(expr.place)
        ? [
            told(
              read,
              expr.at,
              `\`${(placeName(expr.place) ?? 'flags').replace(/#\d+/g, '')}\` is written without the notifier lock, and plainly`,
              `no caller of \`${read.symbol.name}\` holds the notifier lock for write`,
            ),
          ]
        : [],
    );
  });
}
