/** The plain report of a document whose lines are none to read: what is printed of them. */
import { expect, test } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import { textReport } from './text.ts';

const engine = await engineForTests();
const CODE =
  'static int f(struct mutex *m) { mutex_lock(m); mutex_lock(m); mutex_unlock(m); mutex_unlock(m); return 0; }';

/** The first finding's line and its mark, for code that stands behind so many characters in its line. */
function printed(before: number, behind: number): readonly string[] {
  const text = `struct mutex; /* ${'x'.repeat(before)} */ ${CODE} /* ${'y'.repeat(behind)} */\n`;
  const report = engine.analyse({ path: 'a.c', text });
  const lines = textReport(report, text, { showFile: false, colour: false, lockdep: false, verbose: false }).split(
    '\n',
  );
  const at = lines.findIndex((line) => line.includes('IL0103'));
  return lines.slice(at + 1, at + 3);
}

test.each([
  [0, 0],
  [4000, 0],
  [0, 4000],
  [4000, 4000],
])('a line with %i characters before the code and %i behind it is cut to what one can read', (before, behind) => {
  const [line = '', mark = ''] = printed(before, behind);
  expect(line.length).toBeLessThan(300);
  const at = mark.indexOf('^');
  expect(line.slice(at, at + mark.trim().replace(/^\|\s*/, '').length)).toBe('mutex_lock(m)');
});
