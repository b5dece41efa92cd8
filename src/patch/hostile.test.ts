import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyToBase } from './apply.ts';
import { foldingRanges, outline } from './outline.ts';
import { readDocument } from './read.ts';

const GOOD = '--- a/good.c\n+++ b/good.c\n@@ -1,3 +1,4 @@\n int a;\n+int b;\n int c;\n int d;\n';
const WITH_HEADERS = 'From: a@example.org\nSubject: x\nDate: Tue, 27 Jan 2026\nContent-Transfer-Encoding: ';

/** What must not hang, grow without bound or lose the good hunk that stands below it. */
const HOSTILE: readonly { name: string; text: string; keepsGood: boolean; code?: string }[] = [
  {
    name: 'counts of a thousand million',
    text: `--- a/x.c\n+++ b/x.c\n@@ -1,1000000000 +1,1000000000 @@\n a\n+b\n${GOOD}`,
    keepsGood: true,
    code: 'hunk-counts',
  },
  {
    name: 'the same without signs',
    text: `--- a/x.c\n+++ b/x.c\n@@ -1,1000000000 +1,1000000000 @@\na;\nb;\n${GOOD}`,
    keepsGood: true,
    code: 'hunk-counts',
  },
  {
    name: 'numbers beyond any integer',
    text: `--- a/x.c\n+++ b/x.c\n@@ -99999999999999999999,1 +1,1 @@\n a\n${GOOD}`,
    keepsGood: true,
    code: 'bad-hunk-header',
  },
  {
    name: 'a hundred thousand hunks',
    text: `--- a/x.c\n+++ b/x.c\n${'@@ -1 +1 @@\n-a\n+b\n'.repeat(100_000)}${GOOD}`,
    keepsGood: true,
  },
  {
    name: 'thirty thousand damaged hunks',
    text: `--- a/x.c\n+++ b/x.c\n${'@@ -1,3 +1,3 @@\nfoo\nbar\n+x\n'.repeat(30_000)}${GOOD}`,
    keepsGood: true,
  },
  {
    name: 'a thousand hunks in which every line may be anything',
    text: `--- a/x.c\n+++ b/x.c\n${`@@ -1,79 +1,79 @@ f(struct\n${'name_of_something_long_enough_to_reach_the_margin (one\n+ two\n- three,\n'.repeat(40)}`.repeat(1000)}${GOOD}`,
    keepsGood: true,
    code: 'too-much-damage',
  },
  { name: 'NUL bytes', text: `${'\0'.repeat(100_000)}\n${GOOD}`, keepsGood: true, code: 'nul-byte' },
  { name: 'bytes that were no UTF-8', text: `\ufffd\ufffd\n${GOOD}`, keepsGood: true, code: 'bad-utf8' },
  {
    name: 'quoting without end',
    text: `${'>'.repeat(2_000_000)} x\n${`${'>'.repeat(3000)} @@ -1 +1 @@\n`.repeat(300)}${GOOD}`,
    keepsGood: true,
  },
  { name: 'one line of ten megabytes', text: `${'a > '.repeat(2_500_000)}\n${GOOD}`, keepsGood: true },
  { name: 'a million blank lines', text: `${'\n'.repeat(1_000_000)}${GOOD}`, keepsGood: true },
  { name: 'headers without end', text: 'From: a\nSubject: b\nDate: c\n'.repeat(50_000), keepsGood: false },
  {
    name: 'mbox lines without end',
    text: `${'From a@b Mon Sep 17 00:00:00 2001\nFrom: x\nSubject: y\n\n'.repeat(20_000)}${GOOD}`,
    keepsGood: true,
  },
  {
    name: 'a truncated mbox',
    text: `${GOOD}From a@b Mon Sep 17 00:00:00 2001\nFrom: x\nSubject: y\n\n--- a/y.c\n+++ b/y.c\n@@ -1,9 +1,9 @@\n int a;\n-int`,
    keepsGood: true,
    code: 'hunk-counts',
  },
  { name: 'braces without end', text: `${'int f(void) {'.repeat(100_000)}`, keepsGood: false },
  { name: 'parentheses without end', text: `void f(${'('.repeat(500_000)}${')'.repeat(500_000)} {}`, keepsGood: false },
  { name: 'file headers without end', text: `${'diff --git a/x b/x\n'.repeat(100_000)}${GOOD}`, keepsGood: true },
  { name: 'bad base64', text: `${WITH_HEADERS}base64\n\n${'QUJD*'.repeat(50_000)}\n`, keepsGood: false },
  {
    name: 'bad quoted-printable',
    text: `${WITH_HEADERS}quoted-printable\n\n${'=4=ZZ='.repeat(50_000)}\n`,
    keepsGood: false,
  },
  {
    name: 'nested multiparts without end',
    text: `From: a\nSubject: b\nDate: c\nContent-Type: multipart/mixed; boundary="x"\n\n${'--x\nContent-Type: multipart/mixed; boundary="x"\n\nhi\n'.repeat(10_000)}`,
    keepsGood: false,
  },
];

for (const { name, text, keepsGood, code } of HOSTILE) {
  test(`survives ${name}`, () => {
    const { value, problems } = readDocument('mail', text);
    const good = value.postImages.find((image) => image.path === 'good.c');
    expect(good?.text ?? null).toBe(keepsGood ? 'int a;\nint b;\nint c;\nint d;\n' : null);
    if (code !== undefined) expect(problems.map((problem) => problem.code)).toContain(code);
  });
}

const PIECES = [
  'From a@b Mon Sep 17 00:00:00 2001\n',
  'From: A @ 2025-10-14 7:08 UTC (permalink / raw)\n',
  '* Re: [RFC 1/8] x\n',
  'Subject: Re: [PATCH v2 1/3] =?utf-8?q?=C3=B6?=\n',
  'Content-Type: multipart/mixed; boundary=b\n',
  'Content-Transfer-Encoding: base64\n',
  '\n',
  '--b\n',
  'diff --git a/x.c b/x.c\n',
  'index 123456..234567 100644\n',
  '--- a/x.c\n',
  '+++ b/x.c\n',
  '@@ -1,3 +1,4 @@ int f(struct\n',
  '@@ -0,0 +1,2 @@\n',
  '@@@ -1 -1 +1 @@@\n',
  ' \tint a;\n',
  '+\tint b;\n',
  '-\tint c;\n',
  'int d;\n',
  '\\ No newline at end of file\n',
  '> ',
  '> > ',
  's/a/b/ ',
  'int f(void)\n{\n}\n',
  '-- \n2.34.1\n',
  '^ permalink raw reply\n',
  '\0\ufffd\r\n\u00a0',
  'GIT binary patch\nliteral 3\nabc\n\n',
];

test('any mixture of pieces is read without an exception, into the same result each time, within the document', () => {
  const document = fc.array(
    fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...PIECES) }, { weight: 1, arbitrary: fc.string() }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(document, (pieces) => {
      const text = pieces.join('');
      const { value, problems } = readDocument('mail', text);
      for (const { range } of problems) {
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeLessThanOrEqual(text.length);
        expect(range.start).toBeLessThanOrEqual(range.end);
      }
      for (const image of [...value.postImages, ...value.merged]) {
        for (const place of image.toDocument({ start: 0, end: image.text.length })) {
          expect(place.end).toBeLessThanOrEqual(text.length);
          expect(place.start).toBeLessThanOrEqual(place.end);
        }
        expect(image.confidence).toBeGreaterThanOrEqual(0);
        expect(image.confidence).toBeLessThanOrEqual(1);
        expect(image.lines.every((line, i) => i === 0 || line.start > (image.lines[i - 1]?.start ?? -1))).toBe(true);
      }
      for (const node of outline(value)) {
        expect(node.selection.start).toBeGreaterThanOrEqual(node.range.start);
        expect(node.selection.end).toBeLessThanOrEqual(node.range.end);
      }
      foldingRanges(value);
      for (const file of value.series.flatMap((series) => series.patches).flatMap((patch) => patch.files))
        applyToBase(text, file);
      const again = readDocument('mail', text).value;
      expect(again.postImages.map((image) => image.text)).toEqual(value.postImages.map((image) => image.text));
    }),
    { numRuns: 600, seed: 20260128 },
  );
});

test('any text at all is read without an exception', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      readDocument('mail', text);
    }),
    { numRuns: 300, seed: 7 },
  );
});
