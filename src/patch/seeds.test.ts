import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { tokens } from './measure.ts';
import { readDocument } from './read.ts';
import type { Hunk, ReadDocument } from './series.ts';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../shared/seeds');
const present = existsSync(folder);
if (!present) console.log('The real mails are not on this machine: only the project’s own samples are read');

function seed(prefix: string): { text: string; document: ReadDocument } | null {
  const name = present ? readdirSync(folder).find((one) => one.startsWith(prefix)) : undefined;
  if (name === undefined) return null;
  const text = readFileSync(path.join(folder, name), 'utf8');
  return { text, document: readDocument(name, text).value };
}

function hunksOf(document: ReadDocument | undefined): Hunk[] {
  return (document?.series ?? []).flatMap((series) =>
    series.patches.flatMap((patch) => patch.files.flatMap((file) => file.hunks)),
  );
}

/** Kind of each line and, where it is not one, the number of mail lines it was put together from (0: lost, or blank). */
function shape(hunk: Hunk): string {
  return hunk.lines
    .map(
      ({ kind, origins }) =>
        (kind === 'added' ? '+' : kind === 'removed' ? '-' : '=') + (origins.length === 1 ? '' : origins.length),
    )
    .join('');
}

test('every hunk of the real mails meets its counts', () => {
  const counts = ['000', '001', '002', '003', '004'].map((prefix) => {
    const hunks = hunksOf(seed(prefix)?.document);
    for (const { header, lines } of hunks) {
      expect
        .soft(lines.filter((line) => line.kind !== 'added').length, `${prefix} ${header.heading}`)
        .toBe(header.oldCount);
      expect
        .soft(lines.filter((line) => line.kind !== 'removed').length, `${prefix} ${header.heading}`)
        .toBe(header.newCount);
    }
    return hunks.length;
  });
  expect(counts).toEqual(present ? [1, 1, 0, 60, 18] : [0, 0, 0, 0, 0]);
});

test('an archive page that lost its leading blanks: lines as their signs say, nothing joined', () => {
  const pages = [
    ...hunksOf(seed('000')?.document),
    ...hunksOf(seed('003')?.document).filter((hunk) => hunk.depth === 0),
  ];
  expect(pages.length).toBe(present ? 38 : 0);
  for (const hunk of pages) {
    expect.soft(hunk.repairs.filter((repair) => repair.kind !== 'blank-restored')).toEqual([]);
    const from = hunk.lines.map((line) => line.origins[0]?.start ?? -1).filter((start) => start >= 0);
    expect.soft([...from].sort((a, b) => a - b)).toEqual(from);
  }
});

test('quotes of a hunk have the tokens of the original, and are known as its quotes', () => {
  const hunks = hunksOf(seed('003')?.document);
  const quotes = hunks.filter((hunk) => hunk.depth > 0);
  expect(quotes.length).toBe(present ? 23 : 0);
  for (const quote of quotes) {
    const original = quote.duplicateOf;
    expect.soft(original?.depth).toBe(0);
    for (const side of ['added', 'removed'] as const) {
      const text = (hunk: Hunk | null): string =>
        tokens((hunk?.lines ?? []).filter((line) => line.kind !== side).map((line) => line.text));
      expect.soft(text(quote)).toBe(text(original));
    }
  }
});

/** Read off the mails by eye, line by line. */
const SHAPES: readonly { prefix: string; shapes: readonly (readonly [number, string])[] }[] = [
  {
    prefix: '001',
    shapes: [
      [
        0,
        '++++0++++0+++0++2++++++2++0+++2++2+++2+++++++++0++2+2++2+++2+++++++++++++++0++++++2+++++2+++2++++2+0++2+++++++++0++0++2+++++++++0+',
      ],
    ],
  },
  {
    prefix: '004',
    shapes: [
      [280, '===0+++++++3+++++++0==2='],
      [287, '=3==+==2=3'],
      [300, '=2==-2+2+3==+=0==2'],
      [317, '===0-2--++2+++++++0++2+2+2++++0+3+++2++++=0=='],
      [330, '===0++2+0===0'],
      [341, '=3==+==3=2'],
      [350, '=3=2=2-3+3+2===0++3++++0==='],
      [406, '===3-2+2===0'],
      [416, '==2=-3+3+2==2=2-2+2+=0=='],
      [429, '===3-+===0'],
      [457, '=3=2=+==0='],
      [484, '=0=2=4-+2=0=='],
      [1001, '=2==2+==='],
      [1042, '=2==-+2===0'],
      [1059, '===2-+2=0=='],
      [1103, '===+==='],
      [1162, '=0=3=-+2===0'],
      [1180, '===3-2+2+==='],
    ],
  },
];

for (const { prefix, shapes } of SHAPES) {
  test(`mail ${prefix}: wrapped lines are put together`, () => {
    const hunks = hunksOf(seed(prefix)?.document);
    expect(hunks.map((hunk) => [hunk.header.oldStart, shape(hunk)])).toEqual(present ? shapes : []);
  });
}

test('a flattened mail: definitions by their brackets, corrections as proposals', () => {
  const flat = seed('002');
  const image = flat?.document.postImages[0];
  const names = [...(image?.text ?? '').matchAll(/(\w+)\(struct drm_pagemap \*dpagemap|struct (\w+) \{/g)].map(
    (match) => match[1] ?? match[2],
  );
  const wanted = [
    'xe_svm_iova_cookie',
    'xe_drm_pagemap_device_iova_alloc',
    'xe_drm_pagemap_device_iova_link',
    'xe_drm_pagemap_device_map',
  ];
  expect(names).toEqual(present ? wanted : []);
  const edits = (image?.proposedEdits ?? []).map(({ old, replacement, target }) => [old, replacement, target !== null]);
  const proposed = [
    ['IOVA', 'something else', false],
    ['initiator target', 'target', false],
    ['ual_use_iova(&cookie->state)', 'ual_use_iova(&cookie->ual_state)', true],
    ['xe_page_to_pcie', 'xe_page_to_dpa', true],
  ];
  expect(edits).toEqual(present ? proposed : []);
  for (const edit of image?.proposedEdits ?? []) {
    if (edit.target === null) continue;
    expect(image?.text.slice(edit.target.start, edit.target.end)).toBe(edit.old);
    expect(edit.documentTarget.map(({ start, end }) => flat?.text.slice(start, end)).join(' ')).toBe(edit.old);
  }
});

test('a thread page: eight patches in order, replies below what they answer', () => {
  const document = seed('003')?.document;
  const series = document?.series ?? [];
  expect(series.length).toBe(present ? 1 : 0);
  const own = series[0]?.patches.filter((patch) => patch.depth === 0).map((patch) => patch.number) ?? [];
  expect(own).toEqual(present ? [1, 2, 3, 4, 5, 6, 7, 8] : []);
  const replies = document?.messages.filter((message) => /^re:/i.test(message.subject)) ?? [];
  expect(replies.every((message) => message.replyTo !== null)).toBe(true);
  const images = document?.postImages ?? [];
  expect(images.every((image) => image.patch?.depth === 0)).toBe(true);
});

test('every character of a post-image stands in the document where the map says', () => {
  for (const prefix of ['000', '001', '003', '004']) {
    const one = seed(prefix);
    for (const image of one?.document.postImages ?? []) {
      for (const match of image.text.matchAll(/\w+/g)) {
        const range = { start: match.index, end: match.index + match[0].length };
        const places = image.toDocument(range);
        expect(places.map(({ start, end }) => one?.text.slice(start, end)).join('')).toBe(match[0]);
        expect(image.fromDocument(places[0]?.start ?? -1)).toBe(range.start);
      }
    }
  }
});
