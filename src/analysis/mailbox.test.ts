/** A mailbox of many series: each is analysed for itself, and all of them in one report. */
import { expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

/** A mail whose patch adds one function of this name, which loses what it allocated when it fails. */
function mail(i: number): string {
  const body = [
    `+#include <linux/slab.h>`,
    `+int knot_make(int n)`,
    `+{`,
    `+	void *p = kmalloc(${i + 8}, GFP_KERNEL);`,
    `+	if (!p)`,
    `+		return -ENOMEM;`,
    i % 2 === 0 ? `+	if (n)` : `+	kfree(p);`,
    i % 2 === 0 ? `+		return -EINVAL;` : `+	if (n)`,
    i % 2 === 0 ? `+	kfree(p);` : `+		return -EINVAL;`,
    `+	return 0;`,
    `+}`,
  ];
  return `From a@b.c Thu Jan  1 00:00:00 2026
From: A <a@b.c>
Subject: [PATCH] knot ${i}: make
Message-ID: <${i}@b.c>

---
 knot${i}.c | ${body.length} +
diff --git a/knot${i}.c b/knot${i}.c
new file mode 100644
--- /dev/null
+++ b/knot${i}.c
@@ -0,0 +1,${body.length} @@
${body.join('\n')}
--
2.40

`;
}

it('finds in each series what is wrong there, although all define the same function', async () => {
  const engine = await engineForTests();
  const mails = Array.from({ length: 18 }, (_, i) => mail(i));
  const text = mails.join('');
  const shown: string[] = [];
  const report = engine.analyse(
    { path: 'a.mbox', text },
    { progress: (i, n, what) => shown.push(`${i}/${n} ${what}`) },
  );
  const leaks = report.findings.filter(({ code }) => code === 'IL0301');
  const found = leaks.map(({ code, place }) => {
    const at = place.document[0]?.start ?? 0;
    return `${code} ${mails.findIndex((_, i) => mails.slice(0, i + 1).join('').length > at)}`;
  });
  expect(found).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16].map((i) => `IL0301 ${i}`));
  expect(report.series).toHaveLength(18);
  expect(report.functions.filter(({ executed }) => executed)).toHaveLength(18);
  expect(report.bounds).toEqual(['a mailbox: each series was executed for itself']);
  expect(new Set(shown).size).toBe(18);
  expect(shown[0]).toBe('0/18 knot 0: make');
  const [last] = leaks.slice(-1);
  const replayed = engine.replay({ path: 'a.mbox', text }, last?.replay ?? '');
  expect(replayed.lines.length).toBeGreaterThan(3);
});
