/**
 * The text of a file's bytes. Source and mail are UTF-8; an archive's mailbox holds mails in older charsets as they came, and a reply in
 * ISO-8859-1 indents with its no-break space: such lines are read as what their bytes are there, instead of losing them.
 */

const NEWLINE = 10;

/** The text of these bytes; a line that is no UTF-8 is taken for ISO-8859-1. */
export function textOf(bytes: Uint8Array): string {
  const whole = utf8(bytes);
  if (whole !== null) return whole;
  const lines: string[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, from);
    const to = end < 0 ? bytes.length : end + 1;
    const line = bytes.subarray(from, to);
    lines.push(utf8(line) ?? new TextDecoder('latin1').decode(line));
    from = to;
  }
  return lines.join('');
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
