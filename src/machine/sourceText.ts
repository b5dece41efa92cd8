/** The text of what is being executed, for messages: as whoever wrote the code under review would read it. */
import type { Core } from './core.ts';
import type { Site } from './events.ts';

const LONGEST = 60;

/**
 * The code at work, when that is short; of our own C, the call that led into it: `memcpy(to, from, n)` as the code under review has it.
 */
export function shownText(m: Core): string | null {
  const shown = m.stackOf(m.task).find(({ span }) => !isOurs(m, span.unit));
  return shown === undefined ? null : textAt(m, shown);
}

/** The code at work as an expression; null where it names what only our own C has. */
export function expressionText(m: Core): string | null {
  const site = m.site();
  if (site === null) return null;
  const text = textAt(m, site);
  return text !== null && isOurs(m, site.span.unit) && /\b(?:__|interlock_)/.test(text) ? null : text;
}

function isOurs(m: Core, unit: number): boolean {
  return m.program.units[unit]?.origin === 'bundled';
}

function textAt(m: Core, { span }: Site): string | null {
  const text = m.program.units[span.unit]?.text.slice(span.start, span.end).replace(/\s+/g, ' ').replace(/;$/, '');
  return text !== undefined && text.length > 0 && text.length <= LONGEST ? text : null;
}
