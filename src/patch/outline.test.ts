import { expect, test } from 'vitest';
import { foldingRanges, type OutlineNode, outline } from './outline.ts';
import { readDocument } from './read.ts';

const PATCH = `From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: A Developer <dev@example.org>
Date: Tue, 27 Jan 2026 16:48:36 -0800
Subject: [PATCH] sample: ops

---
diff --git a/sample.c b/sample.c
--- a/sample.c
+++ b/sample.c
@@ -10,2 +10,9 @@ static void before(void)
 	return;
 }
+
+static int sample_map(struct sample *sample)
+{
+	return 0;
+}
+static const struct sample_ops ops = {
+};
diff --git a/old.c b/new.c
rename from old.c
rename to new.c
-- 
2.34.1
`;

function tree(nodes: readonly OutlineNode[], depth = 0): string[] {
  return nodes.flatMap((node) => [
    `${'  '.repeat(depth)}${node.kind} ${node.name}${node.detail === '' ? '' : ` | ${node.detail}`}`,
    ...tree(node.children, depth + 1),
  ]);
}

test('patch, file, hunk and what is defined in it', () => {
  expect(tree(outline(readDocument('a.patch', PATCH).value))).toEqual([
    'patch [PATCH] sample: ops | 2 files, 1 hunk',
    '  file sample.c',
    '    hunk static void before(void) | @@ -10,2 +10,9 @@',
    '      function sample_map',
    '      table ops',
    '  file new.c | renamed from old.c',
  ]);
});

test('a C file gives its functions', () => {
  const text =
    '#include "a.h"\n\nstatic int one(void)\n{\n\treturn 1;\n}\n\nstruct s {\n\tint a;\n};\n\nint two(int a)\n{\n\treturn a;\n}\n';
  const nodes = outline(readDocument('a.c', text).value);
  expect(tree(nodes)).toEqual(['function one', 'function two']);
  expect(nodes.map(({ range }) => text.slice(range.start, range.end).split('\n')[0])).toEqual([
    'static int one(void)',
    'int two(int a)',
  ]);
});

test('folding: headers, files and hunks', () => {
  const ranges = foldingRanges(readDocument('a.patch', PATCH).value);
  expect(ranges.map(({ kind, start }) => [kind, PATCH.slice(start).split('\n')[0]])).toEqual([
    ['headers', 'From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001'],
    ['file', 'diff --git a/sample.c b/sample.c'],
    ['hunk', '@@ -10,2 +10,9 @@ static void before(void)'],
    ['file', 'diff --git a/old.c b/new.c'],
  ]);
});
