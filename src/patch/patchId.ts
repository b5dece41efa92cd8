/**
 * The patch id that `git patch-id --stable` gives: one name for a change however it was mailed, quoted or rebased. White space and line
 * numbers do not count. Works on what the reader recovered, so that a damaged mail has the id of the patch it was.
 */
import { sha1 } from '@noble/hashes/legacy.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { FilePatch, HunkLine } from './series.ts';

/**
 * @returns 40 hex digits; null for a patch without text (git ignores binary parts' contents, and so do we)
 * source: git builtin/patch-id.c:get_one_patchid, flush_one_hunk
 */
export function patchId(files: readonly FilePatch[]): string | null {
  if (!hasPatchId(files)) return null;
  const sum = new Uint8Array(20);
  for (const file of files) if (isText(file)) add(sum, sha1(utf8ToBytes(fileText(file).map(withoutSpace).join(''))));
  return bytesToHex(sum);
}

/** Whether a patch has an id, without working it out. */
export function hasPatchId(files: readonly FilePatch[]): boolean {
  return files.some(isText);
}

function isText({ binary, combined }: FilePatch): boolean {
  return !binary && !combined;
}

/** The id of every file is added as one long number, low byte first, so that the order of the files does not matter. */
function add(sum: Uint8Array, digest: Uint8Array): void {
  let carry = 0;
  for (let i = 0; i < sum.length; i++) {
    carry += (sum[i] ?? 0) + (digest[i] ?? 0);
    sum[i] = carry & 0xff;
    carry >>= 8;
  }
}

/** The lines of a file's part as git writes them, without `index` and `@@` lines. */
function fileText(file: FilePatch): string[] {
  const before = file.oldPath ?? file.newPath ?? file.path;
  const after = file.newPath ?? file.oldPath ?? file.path;
  const head = [`diff --git a/${before} b/${after}`];
  if (file.change === 'added') head.push(`new file mode ${file.newMode ?? '100644'}`);
  else if (file.change === 'deleted') head.push(`deleted file mode ${file.oldMode ?? '100644'}`);
  else if (file.oldMode !== null && file.newMode !== null && file.oldMode !== file.newMode)
    head.push(`old mode ${file.oldMode}`, `new mode ${file.newMode}`);
  if (file.change === 'renamed' || file.change === 'copied') {
    const verb = file.change === 'renamed' ? 'rename' : 'copy';
    if (file.similarity !== null) head.push(`similarity index ${file.similarity}%`);
    head.push(`${verb} from ${before}`, `${verb} to ${after}`);
  }
  if (file.hunks.length === 0) return head;
  head.push(
    file.change === 'added' ? '--- /dev/null' : `--- a/${before}`,
    file.change === 'deleted' ? '+++ /dev/null' : `+++ b/${after}`,
  );
  return [...head, ...file.hunks.flatMap(({ lines }) => lines.map((line) => MARKERS[line.kind] + line.text))];
}

const MARKERS: Readonly<Record<HunkLine['kind'], string>> = { context: ' ', added: '+', removed: '-' };

/** What C's isspace() calls white space. */
function withoutSpace(line: string): string {
  return line.replace(/[ \t\n\v\f\r]+/g, '');
}
