/** Names that healing puts where the document shows nothing. */

/** Stands for unseen lines; the token's `macro` carries their number. */
export const HOLE = '__unseen_lines';

/** Stands for a result type on an unseen line. */
export const UNSEEN_TYPE = '__unseen_type';

/** Stands for an operand or argument on an unseen line: the line before ends in a comma or an operator. */
export const UNSEEN_OPERAND = 'unseen_operand';
