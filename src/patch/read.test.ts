import PostalMime from 'postal-mime';
import { expect, test } from 'vitest';
import { readDocument } from './read.ts';

const DIFF = `diff --git a/drivers/sample/ring.c b/drivers/sample/ring.c
index 1111111..2222222 100644
--- a/drivers/sample/ring.c
+++ b/drivers/sample/ring.c
@@ -3,4 +3,5 @@ static int ring_start(struct ring *ring)
 	int err;
 
-	err = ring_reset(ring);
+	/* Zürich: ring_reset() = slow */
+	err = ring_reset(ring, true);
 	return err;
`;
const POST = '\tint err;\n\n\t/* Zürich: ring_reset() = slow */\n\terr = ring_reset(ring, true);\n\treturn err;\n';

function mail(subject: string, body: string, headers = ''): string {
  return `From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: A Developer <dev@example.org>
Date: Tue, 27 Jan 2026 16:48:36 -0800
Subject: ${subject}
${headers}
${body}`;
}

/** What a document gives, in short. */
function brief(text: string, path = 'mail'): { form: string; images: string[]; codes: string[]; subjects: string[] } {
  const { value } = readDocument(path, text);
  return {
    form: value.form,
    images: value.postImages.map(
      (image) => `${image.path}${image.isNew ? ' new' : ''}${image.fragment ? '' : ' whole'}: ${image.text}`,
    ),
    codes: value.problems.map((problem) => problem.code),
    subjects: value.series.map((series) => series.subject),
  };
}

const FRAGMENT = `drivers/sample/ring.c: ${POST}`;

function quotedPrintable(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let out = '';
  let line = '';
  for (const byte of bytes) {
    const char =
      byte === 10
        ? '\n'
        : byte === 61 || byte > 126 || (byte < 32 && byte !== 9)
          ? `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
          : String.fromCharCode(byte);
    if (char === '\n') {
      out += `${line}\n`;
      line = '';
    } else {
      if (line.length + char.length > 72) {
        out += `${line}=\n`;
        line = '';
      }
      line += char;
    }
  }
  return out + line;
}

function base64(text: string): string {
  return (
    Buffer.from(text, 'utf8')
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\n');
}

const FORMS: readonly {
  name: string;
  text: string;
  path?: string;
  images?: readonly string[];
  codes?: readonly string[];
}[] = [
  { name: 'a bare diff', text: DIFF },
  {
    name: 'git format-patch',
    text: mail('[PATCH] ring: reset', `Message.\n---\n drivers/sample/ring.c | 3 ++-\n\n${DIFF}-- \n2.34.1\n`),
  },
  { name: 'CRLF line ends', text: mail('[PATCH] ring', `Message.\n---\n${DIFF}-- \n2.34.1\n`).replace(/\n/g, '\r\n') },
  { name: 'no-break spaces instead of blanks', text: DIFF.replace(/^ /gm, '\u00a0') },
  { name: 'no-break spaces that were lost', text: DIFF.replace(/^ /gm, '\ufffd'), codes: ['bad-utf8'] },
  { name: 'a byte order mark', text: `\ufeff\n${DIFF}` },
  { name: 'a quote of a quote', text: `Hi,\n\n${DIFF.replace(/^/gm, '> > ').replace(/ +$/gm, '')}\nNice.\n` },
  { name: 'blank context lines without their blank', text: DIFF.replace(/^ $/gm, '') },
  {
    name: 'quoted-printable',
    text: mail(
      '[PATCH] ring',
      quotedPrintable(`Message = text.\n---\n${DIFF}-- \n2.34.1\n`),
      'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n',
    ),
  },
  {
    name: 'base64',
    text: mail(
      '[PATCH] ring',
      base64(`Message.\n---\n${DIFF}-- \n2.34.1\n`),
      'Content-Type: text/plain; charset="utf-8"\nContent-Transfer-Encoding: base64\n',
    ),
  },
  {
    name: 'multipart with an HTML twin',
    text: mail(
      '[PATCH] ring',
      `--b1\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n${base64(DIFF)}\n--b1\nContent-Type: text/html\n\n<p>no</p>\n--b1--\n`,
      'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="b1"\n',
    ),
  },
  {
    name: 'an attached patch',
    text: mail(
      'ring',
      `--b\nContent-Type: text/plain\n\nSee below.\n--b\nContent-Type: text/x-patch\n\n${DIFF}--b--\n`,
      'Content-Type: multipart/mixed; boundary=b\n',
    ),
  },
  {
    name: 'a header of an encoding that is already undone',
    text: mail('[PATCH] ring', DIFF, 'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n'),
  },
  {
    name: 'a page of an archive without a blank line below the headers',
    text: `From: A <a@example.org>\nTo: list@example.org\nSubject: [PATCH] ring\nDate: Tue, 27 Jan 2026 16:48:36 -0800\nMessage text.\n---\n${DIFF}--\n2.34.1\nnext reply other threads:[~2026-01-28 0:49 UTC|newest]\n`,
  },
  {
    name: 'git log -p',
    text: `commit 0123456789abcdef\nAuthor: A <a@example.org>\nDate:   Tue Jan 27 2026\n\n    ring: reset\n\n${DIFF}`,
  },
  {
    name: 'counts that an editor got wrong',
    text: DIFF.replace('+3,5', '+3,9'),
    codes: ['hunk-counts'],
  },
  {
    name: 'a patch cut off in the middle',
    text: DIFF.split('\n').slice(0, 9).join('\n'),
    images: [`drivers/sample/ring.c: ${POST.split('\n').slice(0, 3).join('\n')}\n`],
    codes: ['hunk-counts'],
  },
  {
    name: 'a new file',
    text: 'diff --git a/a.h b/a.h\nnew file mode 100644\nindex 0000000..1234567\n--- /dev/null\n+++ b/a.h\n@@ -0,0 +1,2 @@\n+int a;\n+int b;\n\\ No newline at end of file\n',
    images: ['a.h new whole: int a;\nint b;'],
  },
  {
    name: 'a rename, a mode change, a deletion and binary content',
    text: `diff --git a/old.c b/new.c
similarity index 90%
rename from old.c
rename to new.c
--- a/old.c
+++ b/new.c
@@ -1 +1 @@
-int a;
+int b;
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
diff --git a/gone.c b/gone.c
deleted file mode 100644
--- a/gone.c
+++ /dev/null
@@ -1 +0,0 @@
-int c;
diff --git a/x.bin b/x.bin
index 1234567..89abcde 100644
GIT binary patch
literal 3
Kcmc~u

literal 0
HcmV?d00001

`,
    images: ['new.c: int b;\n', 'gone.c: '],
    codes: ['binary-patch'],
  },
  {
    name: 'a combined diff',
    text: 'diff --cc a.c\nindex 1234567,89abcde..0000000\n--- a/a.c\n+++ b/a.c\n@@@ -1,2 -1,2 +1,2 @@@\n  int a;\n- int b;\n -int c;\n++int d;\n',
    images: [],
    codes: ['combined-diff', 'nothing-to-read'],
  },
  {
    name: 'a C file',
    path: 'drivers/sample/a.c',
    text: 'int a;\nint b;\n',
    images: ['drivers/sample/a.c whole: int a;\nint b;\n'],
  },
  { name: 'an empty document', text: '', images: [], codes: ['empty-document'] },
  { name: 'prose', text: 'Dear all,\n\nthe meeting is at noon.\n', images: [], codes: ['nothing-to-read'] },
];

for (const { name, text, path, images, codes } of FORMS) {
  test(`form: ${name}`, () => {
    const found = brief(text, path);
    expect(found.images).toEqual(images ?? [FRAGMENT]);
    expect(found.codes).toEqual(codes ?? []);
  });
}

test('encoded bodies decode as a MIME library decodes them', async () => {
  for (const { text } of FORMS.filter((form) => /quoted-printable|base64$/.test(form.name))) {
    const theirs = await new PostalMime().parse(text.replace(/^From .*\n/, ''));
    const ours = readDocument('mail', text).value.postImages[0];
    expect(theirs.text?.includes('Zürich: ring_reset() = slow')).toBe(true);
    expect(ours?.text).toBe(POST);
  }
});

test('positions in encoded bodies lead to the encoded lines', () => {
  const qp = FORMS.find((form) => form.name === 'quoted-printable')?.text ?? '';
  const image = readDocument('mail', qp).value.postImages[0];
  const at = (image?.text ?? '').indexOf('ring_reset(ring, true)');
  const places = image?.toDocument({ start: at, end: at + 10 }) ?? [];
  expect(
    places
      .map(({ start, end }) => qp.slice(start, end))
      .join('')
      .replace('=\n', ''),
  ).toBe('ring_reset');
  expect(image?.fromDocument(places[0]?.start ?? -1)).toBe(at);
});

const SUBJECTS = '[PATCH v2 0/2] =?utf-8?q?sample=3A_Z=C3=BCrich?=';

test('an mbox with a cover letter, a series, a reply and another version', () => {
  const id = (name: string, parent?: string): string =>
    `Message-ID: <${name}@x>\n${parent === undefined ? '' : `In-Reply-To: <${parent}@x>\n`}`;
  const text = [
    mail(SUBJECTS, 'Cover.\n>From here on.\n\n', id('c')),
    mail('[PATCH v2 2/2] sample: two', DIFF.replace(/ring\.c/g, 'two.c'), id('p2', 'c')),
    mail('[PATCH v2 1/2] sample: one', DIFF, id('p1', 'c')),
    mail(
      'Re: [PATCH v2 1/2] sample: one',
      `On Tuesday A wrote:\n${DIFF.replace(/^/gm, '> ')}\nAcked.\n`,
      id('r', 'p1'),
    ),
    mail('[PATCH v3 1/1] sample: one', DIFF, id('w')),
  ].join('\n');
  const { value } = readDocument('series.mbox', text);
  expect(value.messages.map((message) => message.replyTo)).toEqual([null, 0, 0, 2, null]);
  expect(value.series.map((series) => [series.subject, series.version, series.cover?.subject ?? null])).toEqual([
    ['sample: Zürich', 2, '[PATCH v2 0/2] sample: Zürich'],
    ['sample: one', 3, null],
  ]);
  expect(value.series[0]?.patches.map((patch) => [patch.number, patch.depth])).toEqual([
    [1, 0],
    [1, 1],
    [2, 0],
  ]);
  expect(value.postImages.map((image) => [image.path, image.patch?.version])).toEqual([
    ['drivers/sample/two.c', 2],
    ['drivers/sample/ring.c', 2],
    ['drivers/sample/ring.c', 3],
  ]);
  const image = value.postImages[1];
  const at = image?.text.indexOf('true') ?? -1;
  const quotes = image?.toQuotes({ start: at, end: at + 4 }) ?? [];
  expect(quotes.map(({ start, end }) => text.slice(start, end))).toEqual(['true']);
  expect(quotes[0]?.start).toBeGreaterThan(text.indexOf('> > ') < 0 ? text.indexOf('On Tuesday') : 0);
  expect(image?.fromDocument(quotes[0]?.start ?? -1)).toBe(at);
});

test('a correction below a quoted line is kept as a proposed edit', () => {
  const quoted = DIFF.replace(/^/gm, '> ').replace(
    '> +\terr = ring_reset(ring, true);',
    '> +\terr = ring_reset(ring, true);\n\ns/ring_reset/ring_restart/\n',
  );
  const image = readDocument('mail', `${quoted}\nThanks\n`).value.postImages[0];
  expect(image?.text).toBe(POST);
  const [edit] = image?.proposedEdits ?? [];
  expect([edit?.old, edit?.replacement]).toEqual(['ring_reset', 'ring_restart']);
  expect(edit?.target?.start).toBe((image?.text ?? '').indexOf('ring_reset(ring, true)'));
});

test('what a patch removed and where the file goes on unseen is known', () => {
  const image = readDocument('a.diff', DIFF).value.postImages[0];
  expect(image?.removed.map(({ text, oldLine }) => [text, oldLine])).toEqual([['\terr = ring_reset(ring);', 5]]);
  expect(image?.holes).toEqual([
    { at: 0, lines: 2 },
    { at: POST.length, lines: null },
  ]);
  expect(image?.lines.map(({ kind, fileLine }) => `${fileLine} ${kind}`)).toEqual([
    '3 context',
    '4 context',
    '5 added',
    '6 added',
    '7 context',
  ]);
  expect(image?.preBlob).toBe('1111111');
});

test('later patches of a series see what earlier ones added', () => {
  const second = `diff --git a/drivers/sample/ring.c b/drivers/sample/ring.c
--- a/drivers/sample/ring.c
+++ b/drivers/sample/ring.c
@@ -5,3 +5,4 @@
 	/* Zürich: ring_reset() = slow */
 	err = ring_reset(ring, true);
+	ring_kick(ring);
 	return err;
@@ -40,2 +41,2 @@
 int ring_size;
-int ring_mask;
+u32 ring_mask;
`;
  const text = `${mail('[PATCH 1/2] one', DIFF)}\n${mail('[PATCH 2/2] two', second)}`;
  const { value, problems } = readDocument('series.mbox', text);
  expect(value.postImages.length).toBe(2);
  expect(value.merged.map((image) => image.text)).toEqual([
    `${POST.replace('\treturn err;', '\tring_kick(ring);\n\treturn err;')}int ring_size;\nu32 ring_mask;\n`,
  ]);
  const [merged] = value.merged;
  expect(merged?.lines.map((line) => `${line.fileLine} ${line.kind}`)).toEqual([
    '3 context',
    '4 context',
    '5 added',
    '6 added',
    '7 added',
    '8 context',
    '41 context',
    '42 added',
  ]);
  expect(merged?.removed.map((line) => line.text)).toEqual(['\terr = ring_reset(ring);', 'int ring_mask;']);
  expect(problems).toEqual([]);
  const misfit = readDocument(
    'series.mbox',
    text.replace(' \terr = ring_reset(ring, true);\n+\tring_kick', ' \terr = ring_halt(ring);\n+\tring_kick'),
  );
  expect(misfit.problems.map((problem) => problem.code)).toEqual(['series-mismatch']);
});
