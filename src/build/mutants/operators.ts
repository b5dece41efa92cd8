/** All operators, in the order in which they are listed. */
import { dmaOperators } from './dmaOperators.ts';
import { lifeOperators } from './lifeOperators.ts';
import { lockOperators } from './lockOperators.ts';
import type { Operator } from './mutant.ts';

export const operators: readonly Operator[] = [...lockOperators, ...lifeOperators, ...dmaOperators];
