/**
 * What each reading of a damaged line costs: that a new line begins here, that this is the tail of the line before, that a blank line
 * was lost here. Numbers are small integers by design: they rank, they do not measure probability.
 */
import type { LineTraits } from './lineTraits.ts';
import type { Damage } from './region.ts';

/** Cost of a line of the file ending behind `before` and another one beginning with `after`. */
export function boundaryCost(before: LineTraits, after: LineTraits): number {
  if (after.backslash) return 6;
  if (before.blank || after.blank) return 0;
  if (after.loneBrace && before.control) return 3;
  if (after.commentEnd && before.cutComment) return 6;
  if (before.inComment && !before.closesComment) return after.star || after.begin === 'comment' ? 0 : 5;
  if (before.directive || after.directive || before.continued) return 0;
  let cost = 0;
  switch (before.end) {
    case 'statement':
    case 'brace':
    case 'comma':
    case 'open':
    case 'label':
    case 'comment':
    case 'none':
      break;
    case 'operator':
      cost = 0.3;
      break;
    case 'close':
      cost = after.begin === 'brace' || after.begin === 'keyword' ? 0 : before.parens > 0 ? 1.5 : 0.5;
      break;
    case 'keyword':
      cost = 3;
      break;
    case 'hyphen':
      cost = 5;
      break;
    case 'type':
      cost = 3.5;
      break;
    case 'name':
      cost = after.begin === 'brace' ? 0.5 : after.begin === 'operator' ? 1 : 2.5;
      break;
  }
  switch (after.begin) {
    case 'close':
      return cost + 2;
    case 'member':
      return cost + 2.5;
    case 'operator':
      return cost + 0.7;
    case 'literal':
      return cost + 0.4;
    case 'keyword':
    case 'type':
    case 'brace':
    case 'name':
    case 'field':
    case 'comment':
    case 'none':
      return cost;
  }
}

/** What a tail's cost depends on beside the two lines' own texts. */
export interface TailPlace {
  /** Columns taken by the pieces so far, quote markers included. */
  readonly used: number;
  /** Columns of the whole line if the tail is one, as it would stand in the file. */
  readonly joined: number;
  /** Number of the tail within its line, from 1. */
  readonly piece: number;
  readonly depth: number;
  /** Nothing says that lines were wrapped at all. */
  readonly doubtful: boolean;
  readonly text: boolean;
}

/** Cost of `after` being the tail of a line whose last piece is `before`. */
export function tailCost(before: LineTraits, after: LineTraits, place: TailPlace, damage: Damage): number {
  if (damage.wrapWidth === 0) return 30;
  if (after.blank) return 30;
  // The blanks that align the backslashes of a macro went with the cut.
  if (after.backslash) return 0.5;
  let cost = (place.piece > 1 ? 0.6 : 1) + (place.doubtful ? 2.5 : 0);
  // Every round of quoting wrapped a line that was two columns shorter.
  const missing = damage.wrapWidth - (place.used + 1 + after.firstWord) - 2 * Math.max(0, place.depth - 1);
  if (missing > 0) {
    if (before.blank) cost += missing > 60 ? 3 : 0;
    else if (!damage.stripped) cost += Math.min(12, missing * 0.5);
    // Leading tabs are gone: the line was longer than it looks, but hardly by more than five of them.
    else cost += missing > 44 ? 4 : missing * 0.035;
  }
  // Kernel lines seldom exceed 80 columns; strings may.
  if (place.joined > 82 && damage.stripped) cost += Math.min(4, (place.joined - 82) * (place.text ? 0.03 : 0.08));
  // The cut went through the leading blanks of a deeply indented line; the shorter its first word, the deeper it would have to be.
  if (before.blank) return cost + (after.firstWord < 8 ? 4 : after.firstWord < 13 ? 2 : 1);
  if (after.commentEnd && before.cutComment) return cost;
  if (before.inComment && !before.closesComment) return after.star ? cost + 5 : cost;
  if (after.begin === 'comment' && after.star) return cost + 5;
  if (before.continued) return cost + 12;
  if (before.directive) cost += before.define ? 0.5 : 4;
  if (after.directive) return cost + 8;
  switch (before.end) {
    case 'statement':
      cost += before.parens > 0 ? 0.5 : after.begin === 'comment' ? 1 : 5;
      break;
    case 'brace':
      cost += 4;
      break;
    case 'label':
      cost += 2;
      break;
    case 'comment':
      cost += 3;
      break;
    case 'comma':
      cost += 0.7;
      break;
    case 'operator':
      cost += 0.5;
      break;
    case 'open':
      cost += 1;
      break;
    case 'close':
      cost += before.parens > 0 ? 0.3 : 1;
      break;
    case 'hyphen':
      return Math.max(0, cost - 2);
    case 'keyword':
    case 'type':
    case 'name':
    case 'none':
      break;
  }
  if (after.begin === 'keyword' && before.parens <= 0 && before.end !== 'brace') cost += 2;
  if (after.begin === 'field') cost += 3;
  // The brace of a function stands alone, and few lines are full up to just before their brace.
  if (after.loneBrace && before.end === 'close' && !before.control) cost += 2.5;
  return cost;
}

/** Cost of a blank line having been lost between two lines. */
export function lostBlankCost(before: LineTraits | undefined, after: LineTraits | undefined, damage: Damage): number {
  const cost = damage.blanksKept ? 5 : damage.stripped ? 0.15 : 4;
  if (before === undefined || after === undefined) return cost;
  if (before.blank || after.blank) return cost + 0.8;
  if (before.inComment && !before.closesComment) return cost + 1.5;
  let unlikely = 0;
  if (before.end === 'comma' || before.end === 'operator' || before.end === 'open' || before.parens > 0) unlikely += 1;
  if (after.begin === 'brace') unlikely += 0.5;
  if (after.begin === 'close' || after.begin === 'operator' || after.begin === 'member') unlikely += 1;
  return cost + unlikely;
}
