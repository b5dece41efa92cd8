/**
 * Replay tokens: a run as a short text that survives a mail. `il1:<table>/<scenario>@<topology>:<decisions>:<check>`, where decisions are
 * base-36 digits with runs of zeros as `z<n>.`, and the check covers the rest and the document's text, so that a token is never replayed
 * on another document by mistake.
 */
export interface RunToken {
  readonly table: string;
  readonly scenario: string;
  readonly topology: string;
  readonly decisions: readonly number[];
}

/** Text form of a run of this document. */
export function encodeToken(token: RunToken, documentText: string): string {
  const body = `il1:${part(token.table)}/${part(token.scenario)}@${part(token.topology)}:${encodeDecisions(token.decisions)}`;
  return `${body}:${checksum(body, documentText)}`;
}

export type DecodedToken =
  | {
      readonly ok: true;
      readonly token: RunToken /** False: the document's text has changed since. */;
      readonly sameDocument: boolean;
    }
  | { readonly ok: false; readonly problem: string };

/** Reads a token, tolerating white space and quoting that a mail put around or into it. */
export function decodeToken(text: string, documentText: string): DecodedToken {
  const compact = text.replace(/^[>\s]+/gm, '').replace(/\s+/g, '');
  const match = /^(il1:([^/@:]+)\/([^/@:]+)@([^/@:]+):([0-9a-z.]*)):([0-9a-f]{6})$/.exec(compact);
  if (!match) {
    return {
      ok: false,
      problem: compact.startsWith('il')
        ? 'the replay token is damaged or of another version'
        : 'this is not a replay token (they start with `il1:`)',
    };
  }
  const [, body = '', table = '', scenario = '', topology = '', digits = '', sum = ''] = match;
  const decisions = decodeDecisions(digits);
  if (!decisions) return { ok: false, problem: 'the replay token is damaged: its decisions cannot be read' };
  return {
    ok: true,
    token: { table: unpart(table), scenario: unpart(scenario), topology: unpart(topology), decisions },
    sameDocument: sum === checksum(body, documentText),
  };
}

function part(name: string): string {
  return encodeURIComponent(name).replace(/[.!'()*]/g, (c) => (c === '.' ? c : `%${c.charCodeAt(0).toString(16)}`));
}

function unpart(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function encodeDecisions(decisions: readonly number[]): string {
  let text = '';
  let zeros = 0;
  for (const decision of decisions) {
    if (decision === 0) {
      zeros++;
      continue;
    }
    text += zeros > 3 ? `z${zeros}.` : '0'.repeat(zeros);
    zeros = 0;
    text += decision < 34 ? decision.toString(36) : `y${decision}.`;
  }
  return text + (zeros > 3 ? `z${zeros}.` : '0'.repeat(zeros));
}

function decodeDecisions(text: string): number[] | null {
  const decisions: number[] = [];
  let consumed = 0;
  for (const match of text.matchAll(/z(\d{1,6})\.|y(\d{1,6})\.|([0-9a-x])/g)) {
    if (match.index !== consumed) return null;
    consumed += match[0].length;
    if (match[1] !== undefined)
      for (let i = 0; i < Number(match[1]) && decisions.length < 1_000_000; i++) decisions.push(0);
    else if (match[2] !== undefined) decisions.push(Number(match[2]));
    else decisions.push(Number.parseInt(match[3] ?? '0', 36));
  }
  return consumed === text.length ? decisions : null;
}

/** FNV-1a over both texts, six hex digits: against mistakes, not against forgers. */
function checksum(body: string, documentText: string): string {
  let hash = 0x811c9dc5;
  for (const text of [body, '\0', documentText]) {
    for (let i = 0; i < text.length; i++) {
      hash ^= text.charCodeAt(i);
      hash = Math.imul(hash, 0x01000193);
    }
  }
  return (hash >>> 0).toString(16).padStart(8, '0').slice(-6);
}
