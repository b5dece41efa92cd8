import { describe, expect, test } from 'vitest';
import type { Finding, Place } from './finding.ts';
import { type HoverLinks, hoverMarkdown } from './hover.ts';
import { mailText } from './mail.ts';
import { markdownMessage, markdownText, wrapText } from './plainText.ts';

const TEXT = `diff --git a/drivers/gpu/drm/demo.c b/drivers/gpu/drm/demo.c
--- a/drivers/gpu/drm/demo.c
+++ b/drivers/gpu/drm/demo.c
@@ -10,3 +10,9 @@ static int demo(void)
 	a();
 	b();
 	c();
 	d();
+	e();
+	p = kzalloc(size, GFP_KERNEL);
`;

const start = TEXT.indexOf('kzalloc');
const place: Place = {
  document: [{ start, end: start + 7 }],
  sourceFile: 'drivers/gpu/drm/demo.c',
  sourceLine: 15,
  sourceColumn: 6,
};
const elsewhere: Place = { document: [], sourceFile: 'kernel/x.h', sourceLine: 3, sourceColumn: 1 };

const finding: Finding = {
  code: 'IL0201',
  slug: 'blocking-allocation',
  verdict: 'violation',
  level: 'error',
  message: '`kzalloc` may wait for reclaim that waits for this op',
  function: 'demo_map',
  op: 'drm_pagemap_ops.device_map',
  place,
  change: 'introduced',
  related: [],
  assumption: null,
  context: 'C1 get_pages: `notifier_lock` held for read',
  topology: 'two-switches',
  steps: [
    { event: 1, text: '`down_read` takes `notifier_lock`', place: elsewhere },
    { event: 5, text: '`kzalloc` enters reclaim', place },
  ],
  held: [{ lock: 'notifier_lock', mode: 'shared', place }],
  documented: 'Context: reclaim unsafe',
  replay: 'il1:abc',
  lockdep: null,
  fix: null,
};

const links: HoverLinks = {
  messageShown: false,
  place: ({ document }) => (document.length === 0 ? null : `place:${document[0]?.start ?? 0}`),
  explain: (code) => `explain:${code}`,
  replay: (token) => `replay:${token}`,
};

describe('hover', () => {
  test('says the verdict first, then how it was reached, then where to go on', () => {
    expect(hoverMarkdown(finding, links).split('  \n')).toEqual([
      '**Violation** [IL0201](explain:IL0201): `kzalloc` may wait for reclaim that waits for this op',
      '`drm_pagemap_ops.device_map` · C1 get\\_pages: `notifier_lock` held for read · topology `two-switches`',
      '1\\. `down_read` takes `notifier_lock` (x.h:3)',
      `2\\. \`kzalloc\` enters reclaim ([demo.c:15](place:${start}))`,
      `*Locks held:* \`notifier_lock\` shared ([demo.c:15](place:${start}))`,
      '*Contract:* Context: reclaim unsafe',
      '[Replay](replay:il1:abc) · [Explain IL0201](explain:IL0201)',
    ]);
  });

  test('has at most twelve lines, with the first and the last steps of a long chain', () => {
    const steps = Array.from({ length: 40 }, (_, index) => ({ event: index, text: `step ${index + 1}`, place: null }));
    const lines = hoverMarkdown({ ...finding, steps, assumption: 'x' }, links).split('  \n');
    expect(lines).toHaveLength(12);
    expect(lines.slice(2, 8)).toEqual([
      '1\\. step 1',
      '2\\. step 2',
      '… 35 more steps',
      '38\\. step 38',
      '39\\. step 39',
      '40\\. step 40',
    ]);
  });

  test('keeps six steps as they are', () => {
    const steps = Array.from({ length: 6 }, (_, index) => ({ event: index, text: `step ${index + 1}`, place: null }));
    expect(hoverMarkdown({ ...finding, steps }, links)).toContain('3\\. step 3  \n4\\. step 4');
  });

  test('names the legs of a cycle that are in the kernel, when there is room', () => {
    const related = ['a', 'b', 'c'].map((leg) => ({
      message: `\`${leg}\` was held when \`x\` was taken`,
      place: elsewhere,
    }));
    const lines = hoverMarkdown(
      {
        ...finding,
        related: [{ message: 'y was taken here', place: elsewhere }, { message: 'z', place }, ...related.slice(1)],
      },
      links,
    ).split('  \n');
    expect(lines.filter((line) => line.startsWith('*Also:*'))).toEqual([
      '*Also:* `b` was held when `x` was taken',
      '*Also:* `c` was held when `x` was taken',
    ]);
    const steps = Array.from({ length: 6 }, (_, index) => ({ event: index, text: `step ${index + 1}`, place: null }));
    const full = hoverMarkdown({ ...finding, related, steps, assumption: 'x' }, links);
    expect(full.split('  \n')).toHaveLength(12);
    expect(full).not.toContain('*Also:*');
  });

  test('says what a weaker verdict rests on', () => {
    const suspected = hoverMarkdown({ ...finding, verdict: 'suspected', assumption: '`f()` may sleep' }, links);
    expect(suspected).toMatch(/^\*\*Suspected\*\*/);
    expect(suspected).toContain('*Assumes:* `f()` may sleep');
    const unsupported = hoverMarkdown({ ...finding, verdict: 'unsupported', assumption: 'may hide findings' }, links);
    expect(unsupported).toMatch(/^\*\*Not executed\*\*/);
    expect(unsupported).toContain('*What this can hide:* may hide findings');
  });

  test('does not repeat the message below the one an editor shows', () => {
    expect(hoverMarkdown(finding, { ...links, messageShown: true }).split('  \n')[0]).toBe(
      '**Violation** [IL0201](explain:IL0201): `drm_pagemap_ops.device_map` · C1 get\\_pages: `notifier_lock` held for read · topology `two-switches`',
    );
  });

  test('leaves out what there is not', () => {
    const bare = hoverMarkdown(
      { ...finding, steps: [], held: [], documented: null, replay: null, op: null, function: null, context: null },
      { messageShown: false, place: () => null, explain: () => null, replay: () => null },
    );
    expect(bare).toBe('**Violation** `IL0201`: `kzalloc` may wait for reclaim that waits for this op');
  });
});

describe('text of a stranger', () => {
  test.each([
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
    ['[click](command:evil)', '\\[click\\](command:evil)'],
    ['![x](https://a.b/c.png)', '\\!\\[x\\](https&#8203;://a.b/c.png)'],
    ['*a* _b_ `c` ~~d~~', '\\*a\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~'],
    ['# head', '\\# head'],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
    ['a\n\n# b\u202e', 'a \\# b'],
    ['&lt;b&gt; $(bug) me@x.org', '&amp;lt;b&amp;gt; \\$(bug) me\\@x.org'],
  ])('%j is shown as it is', (text, markdown) => {
    expect(markdownText(text)).toBe(markdown);
  });

  test('keeps code marks of a message and nothing else', () => {
    expect(markdownMessage('`a` *b* `c<d>`')).toBe('`a` \\*b\\* `c<d>`');
    expect(markdownMessage('`a` ``` x')).toBe('`a` ` x'.replace('` x', '\\`\\`\\` x').replace('`a`', '\\`a\\`'));
  });
});

describe('mail', () => {
  test('quotes the hunk up to the line, then says what was seen and how to see it again', () => {
    const message = '`fs_reclaim` was held when `notifier_lock` was taken (taught at boot)';
    const cyclic = { ...finding, related: [{ message, place: elsewhere }] };
    expect(mailText(cyclic, { text: TEXT, version: '1.2.3' })).toBe(`> +++ b/drivers/gpu/drm/demo.c
> @@ -10,3 +10,9 @@ static int demo(void)
>  	b();
>  	c();
>  	d();
> +	e();
> +	p = kzalloc(size, GFP_KERNEL);

Violation (IL0201): \`kzalloc\` may wait for reclaim that waits for this
op

Op: drm_pagemap_ops.device_map
Called as: C1 get_pages: \`notifier_lock\` held for read
Topology: two-switches

What was executed:
  1. \`down_read\` takes \`notifier_lock\` (x.h:3)
  2. \`kzalloc\` enters reclaim (demo.c:15)

Locks held: notifier_lock shared (demo.c:15)
Also: \`fs_reclaim\` was held when \`notifier_lock\` was taken (taught at
  boot)
Documented: Context: reclaim unsafe

Seen by executing the patch in Interlock 1.2.3, not on hardware.
Replay:
  il1:abc
`);
  });

  test('keeps to 72 columns but for quoted lines and the token', () => {
    const long = 'a very long explanation that goes on and on '.repeat(8);
    const mail = mailText({ ...finding, context: long, assumption: long }, { text: TEXT, version: '1' });
    for (const line of mail.split('\n')) if (!line.startsWith('>')) expect(line.length).toBeLessThanOrEqual(72);
  });

  test('without a place in the document there is nothing to quote', () => {
    expect(mailText({ ...finding, place: elsewhere }, { text: TEXT, version: '1' })).toMatch(/^Violation/);
  });
});

test('a word that is longer than a line stays whole', () => {
  expect(wrapText('a bbbbbbbbbbbb c', 5, '- ', '  ')).toEqual(['- a', '  bbbbbbbbbbbb', '  c']);
});
