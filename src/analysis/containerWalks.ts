/**
 * Freed entries that a walk over a list or tree meets only because nobody made that list: of entries that were there before, taking one out
 * changes the neighbours that the run knows of, and not the head that leads to it; and an open link may be taken for any entry. Judges nothing.
 */
import type { RunView } from '../checks/check.ts';
import type { Event } from '../machine/events.ts';

/** Goes from entry to entry. */
const WALKS = /list_for_each|\blist_(?:first|next|last|prev)_entry|->(?:next|prev)`|\brb_(?:left|right|node)\b/;
/** Takes an entry out. */
const TAKES_OUT =
  /^_*(?:h?list_(?:bl_|nulls_)?(?:del|move|replace)|rb_erase|rb_replace|interval_tree_remove|llist_del)/;
/** An open link is taken to lead to an entry that the code made. */
const LEADS_TO_OWN = / == &\w+\(.*` is true$/;

/** Whether the freed entry is met by what the run took an open link for, and not by one that the code left. */
export function metByGuess(
  event: Extract<Event, { kind: 'fault' }>,
  run: RunView,
  from: number,
  index: number,
): boolean {
  const walks = WALKS.test(event.message);
  const made = event.related.some(({ message, at }) => at !== null && message === 'allocated here');
  for (let i = from; i < index; i++) {
    const each = run.trace[i];
    if (!made && walks && each?.kind === 'call' && TAKES_OUT.test(each.function)) return true;
    if (!made || each?.kind !== 'decision' || each.option !== 'true' || !LEADS_TO_OWN.test(each.question)) continue;
    // Asked by the list itself, and not by the code.
    if (each.at !== null && /\blist_|\brb_/.test(run.sourceOf?.(each.at).call ?? '')) return true;
  }
  return false;
}
