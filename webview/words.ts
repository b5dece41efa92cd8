/** Names and marks of what the panel shows; a mark is a shape, so that nothing is told by colour alone. */
import type { EventGroup, FindingView, ViewPlace } from '../src/protocol/view.ts';

export function groupMark(group: EventGroup): string {
  switch (group) {
    case 'op':
      return '▶';
    case 'call':
      return '→';
    case 'lock':
      return '◆';
    case 'memory':
      return '■';
    case 'mapping':
      return '⇄';
    case 'decision':
      return '?';
    case 'task':
      return '↷';
    case 'report':
      return '✗';
    case 'unsupported':
      return '!';
    case 'note':
      return '·';
  }
}

export function groupName(group: EventGroup): string {
  switch (group) {
    case 'op':
      return 'op';
    case 'call':
      return 'call';
    case 'lock':
      return 'lock';
    case 'memory':
      return 'memory';
    case 'mapping':
      return 'mapping';
    case 'decision':
      return 'decision';
    case 'task':
      return 'task switch';
    case 'report':
      return 'found here';
    case 'unsupported':
      return 'not executed';
    case 'note':
      return 'note';
  }
}

export function verdictName({ verdict }: FindingView): string {
  switch (verdict) {
    case 'violation':
      return 'Violation';
    case 'suspected':
      return 'Suspected';
    case 'unsupported':
      return 'Not executed';
  }
}

/** `line 12 (xe_svm.c:120)`; null when the place is nowhere the reader can go. */
export function placeName(place: ViewPlace | null): string | null {
  if (place === null) return null;
  const line = place.ranges[0]?.startLine;
  const source = place.source?.split('/').at(-1) ?? null;
  if (line === undefined) return source;
  return source === null ? `line ${line + 1}` : `line ${line + 1} (${source})`;
}

export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
