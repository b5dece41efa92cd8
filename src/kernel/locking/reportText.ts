/**
 * Words of the validator's reports: the one-line message, the related places (both legs of an order) and the machine-readable data that a
 * `report` event carries. Judges nothing.
 */
import type { Related, Site } from '../../machine/events.ts';
import type { Leg, LockdepReport } from './lockdep/types.ts';

export interface ReportText {
  readonly message: string;
  readonly related: readonly Related[];
  readonly data: Readonly<Record<string, string | number | boolean>>;
}

/** The `report` event of a validator report. `cause`: the allocation that made the validator look. */
export function lockdepMessage(
  report: LockdepReport,
  cause: { readonly what: string; readonly gfp: string } | null,
): ReportText {
  const related: Related[] = [
    ...report.places.map((place) => ({ message: place.note, at: asSite(place.site) })),
    ...report.legs.slice(report.kind === 'circular-locking' ? 1 : 0).map((leg) => ({
      message: legText(leg),
      at: asSite(leg.site),
      order: { held: leg.from, taken: leg.to },
    })),
  ];
  return { message: message(report, cause), related, data: data(report, cause) };
}

function legText(leg: Leg): string {
  const order = `\`${leg.from}\` was held when \`${leg.to}\` was taken`;
  return leg.note === null ? order : `${order} (${leg.note})`;
}

function message(report: LockdepReport, cause: { readonly what: string; readonly gfp: string } | null): string {
  const lock = `\`${report.lock}\``;
  const other = report.other === null ? '' : `\`${report.other}\``;
  switch (report.kind) {
    case 'circular-locking':
      return cause === null
        ? `taking ${lock} under ${other} reverses a known order`
        : `\`${cause.what}\` with ${cause.gfp} under ${other} can wait for ${other} itself`;
    case 'recursive-locking':
      return cause === null
        ? `${lock} is taken while a lock of its class is held`
        : `\`${cause.what}\` with ${cause.gfp} enters ${lock} from inside it`;
    case 'inconsistent-lock-state':
      return `${lock} is used in an interrupt and with that interrupt enabled`;
    case 'irq-inversion':
      return `${lock} and ${other} form an order that an interrupt can turn around`;
    case 'irq-lock-order':
      return `${other}, taken in interrupts, now leads to ${lock}, which is taken with them on`;
    case 'invalid-wait-context':
      return `${lock} may wait, but is taken inside ${other}`;
    case 'bad-unlock-balance':
      return `${lock} is released but not held`;
    case 'held-lock-freed':
      return `memory is freed or initialised again while ${lock} in it is held`;
    case 'lock-held-at-exit':
      return `${lock} is still held`;
    case 'nest-lock-not-held':
      return `${lock} is nested under a lock that is not held`;
    case 'pinned-lock-released':
    case 'lock-depth-exceeded':
      return `${lock}: ${report.title}`;
  }
}

function data(
  report: LockdepReport,
  cause: { readonly what: string; readonly gfp: string } | null,
): Record<string, string | number | boolean> {
  const result: Record<string, string | number | boolean> = { title: report.title, lock: report.lock };
  if (report.other !== null) result['other'] = report.other;
  if (report.instance > 0) result['address'] = report.instance;
  if (report.legs.length > 0) {
    const first = report.legs[0];
    result['cycle'] = [first?.from ?? '', ...report.legs.map((leg) => leg.to)].join(' -> ');
    const teachers = report.legs.flatMap((leg) => (leg.note === null ? [] : [leg.note]));
    if (teachers.length > 0) result['taughtBy'] = [...new Set(teachers)].join('; ');
  }
  if (cause !== null) {
    result['what'] = cause.what;
    result['gfp'] = cause.gfp;
  }
  return result;
}

/** Places inside the validator are always what `here(machine)` gave, or null. */
export function asSite(place: unknown): Site | null {
  if (typeof place !== 'object' || place === null || !('span' in place) || !('function' in place)) return null;
  return place as Site;
}
