/**
 * A GEM object that got no handle and is only released then: `drm_gem_object_release()` ends what the core has of it, and is the last step of
 * the driver's own free; the memory, and what else the driver has in it, stays. Read, not run: also of functions of which only a part is shown.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { straight } from './failedBegins.ts';
import { argument, callsOf, outcomeOf } from './flowSides.ts';
import { calleeName, rootOf, valueName, within } from './irNames.ts';
import { readFunctions, told } from './readFunctions.ts';

const RELEASES = /^drm_gem_object_release$/;
/** Ends the object itself, in whatever way. */
const ENDS = /free|put|unref|destroy|fini|cleanup/;

/** Objects that are released where they should have been put. */
export function releasedNotPut(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) =>
    callsOf(read, /^drm_gem_handle_create$/).flatMap(({ at, call }) => {
      const root = rootOf(argument(call, 1) ?? '');
      const [failed] = outcomeOf(read, at, call).failed;
      if (root === '' || failed === undefined) return [];
      const way = straight(read, failed);
      const calls = way.flatMap((node) => node.calls);
      const released = calls.find(
        (each) => RELEASES.test(calleeName(each.callee)) && rootOf(argument(each, 0) ?? '') === root,
      );
      const ended = calls.some(
        (each) =>
          ENDS.test(calleeName(each.callee)) &&
          each.args.some((arg) => within(arg).some((part) => rootOf(valueName(part) ?? '') === root)),
      );
      if (released === undefined || ended || way.at(-1)?.node.kind !== 'return') return [];
      return [
        told(
          read,
          released.at,
          'the object is released here and not put: its memory stays',
          'the function has the only reference of it',
          [{ message: 'no handle was made for it', at: call.at }],
        ),
      ];
    }),
  );
}
