/** Name of the token that stands for lines the document does not show; its `macro` carries their number. */
export const HOLE = '__unseen_lines';
