/** The hover on the name of an op or a function: its contract, next to what runs showed. */
import { expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { ContractReport } from '../report/finding.ts';
import { addressLinks, hoverAt } from './hover.ts';

const C = 'int dig(int x)\n{\n\treturn x;\n}\nops = { .mine = dig };\nint other; .mine\n';
const text = TextDocument.create('file:///a.c', 'c', 1, C);
const place = (start: number): ContractReport['place'] => ({
  document: [{ start, end: start + 4 }],
  sourceFile: 'a.c',
  sourceLine: 1,
  sourceColumn: 1,
});
const contract: ContractReport = {
  function: 'dig',
  ops: ['ops.mine'],
  place: place(4),
  range: { start: 0, end: 30 },
  named: [place(C.indexOf('.mine'))],
  calls: 3,
  rows: [
    {
      subject: 'sleeping',
      documented: 'must not sleep | ever',
      documentedAt: null,
      source: null,
      observed: 'may sleep in `mutex_lock`',
      observedAt: null,
      differs: true,
    },
  ],
};

/** [what, line, column, whether the contract is shown] */
const CASES: readonly (readonly [string, number, number, boolean])[] = [
  ['the definition', 0, 5, true],
  ['a use of the function', 4, 17, true],
  ['the member that it fills', 4, 10, true],
  ['the member elsewhere', 5, 13, false],
  ['another name', 5, 5, false],
  ['no name', 1, 0, false],
];

it.each(CASES)('on %s', (_, line, character, shown) => {
  const hover = hoverAt(text, [], { line, character }, addressLinks(text), [contract]);
  const value =
    hover !== null && typeof hover.contents === 'object' && 'value' in hover.contents ? hover.contents.value : null;
  expect(value).toBe(
    shown
      ? '**dig** · `ops.mine` · 3 calls observed\n\n| | documented | observed |\n|---|---|---|\n| **≠** sleeping | must not sleep \\| ever | may sleep in `mutex_lock` |'
      : null,
  );
});
