/**
 * How sure the tolerant reader may be of a labelling. The weights were fitted on 30,000 hunks of real kernel changes that were damaged on
 * purpose (mangle.ts), so that `CONFIDENT` stands where one reading in fifty of that rank was wrong; the bench measures it again.
 */
import { CONFIDENT } from './series.ts';

export interface Evidence {
  /** By how much the next different reading is dearer; at most what was searched. */
  readonly margin: number;
  /** Implausible places in the rebuilt text. */
  readonly errors: number;
  readonly cost: number;
  /** Lines that were put together from several. */
  readonly joined: number;
  readonly lostBlanks: number;
}

/** Share of right readings at which a reading may be relied upon. */
const RELIABLE = 0.98;

/** 0..1; `CONFIDENT` and more means that it may be relied upon. */
export function confidenceOf(evidence: Evidence): number {
  const joined = Math.log1p(evidence.joined);
  const lost = Math.log1p(Math.min(evidence.lostBlanks, 12));
  const sum =
    0.479 +
    0.94 * Math.max(0, Math.min(evidence.margin, 6)) -
    0.606 * Math.min(evidence.errors, 3) -
    0.0994 * Math.min(evidence.cost, 40) +
    0.445 * joined +
    0.851 * lost -
    0.827 * joined * lost +
    (evidence.cost > 20 ? 0.944 : 0);
  const right = 1 / (1 + Math.exp(-sum));
  if (right < RELIABLE) return Math.max(0.05, (CONFIDENT - 0.01) * (right / RELIABLE) ** 2);
  return CONFIDENT + (0.99 - CONFIDENT) * ((right - RELIABLE) / (1 - RELIABLE));
}
