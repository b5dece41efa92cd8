/**
 * The two TextMate grammars, written from one set of rules: `npm run grammars` writes syntaxes/, grammars.test.ts keeps them in step.
 * C is coloured line by line, so that a hunk which begins in the middle of something cannot spoil what follows.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';

// Quote marks of a reply, any depth, as mailers write them.
const Q = '(?:[ \\t]*>)+[ ]?';
const code = (prefix: string) => [
  // Inside a comment that began on an earlier line: nothing of C.
  { match: `^(${prefix})(\\+)([ \\t]*\\*(?![A-Za-z_(]).*)$`, captures: captures('markup.inserted', 'comment.block.c') },
  { match: `^(${prefix})(-)([ \\t]*\\*(?![A-Za-z_(]).*)$`, captures: captures('markup.deleted', 'comment.block.c') },
  { match: `^(${prefix})(\\+)(?!\\+\\+ )(.*)$`, captures: captures('markup.inserted', null) },
  { match: `^(${prefix})(-)(?!-- |-?$)(.*)$`, captures: captures('markup.deleted', null) },
];
function captures(sign: string, scope: string | null) {
  return {
    1: { name: 'punctuation.definition.quote.interlock comment.quote.interlock' },
    2: { name: `${sign}.interlock punctuation.definition.${sign.slice('markup.'.length)}.interlock` },
    3: scope === null ? { name: 'meta.embedded.block.c', patterns: [{ include: '#c' }] } : { name: scope },
  };
}
const headers = {
  patterns: [
    {
      match: `^(From) ([0-9a-f]{7,64}) (.*)$`,
      captures: { 1: { name: 'keyword.other.interlock' }, 2: { name: 'constant.other.commit.interlock' } },
    },
    {
      match: `^(Subject):(.*)$`,
      captures: {
        1: { name: 'keyword.other.header.interlock' },
        2: { name: 'markup.heading.interlock entity.name.section.interlock' },
      },
    },
    {
      match: `^(From|To|Cc|Bcc|Date|Message-I[dD]|In-Reply-To|References|MIME-Version|Content-[A-Za-z-]+|Reply-To|Sender|List-[A-Za-z-]+|X-[A-Za-z-]+):(.*)$`,
      captures: { 1: { name: 'keyword.other.header.interlock' }, 2: { name: 'string.unquoted.header.interlock' } },
    },
    {
      match: `^(?:${Q})?((?:Signed-off|Reviewed|Acked|Tested|Reported|Suggested|Co-developed)-by|Fixes|Closes|Link|Cc|base-commit):(.*)$`,
      captures: { 1: { name: 'keyword.other.trailer.interlock' }, 2: { name: 'string.unquoted.trailer.interlock' } },
    },
  ],
};
const files = (prefix: string) => ({
  patterns: [
    {
      match: `^(${prefix})(diff --git .*)$`,
      captures: {
        1: { name: 'comment.quote.interlock' },
        2: { name: 'meta.diff.header.command.interlock entity.name.section.interlock' },
      },
    },
    {
      match: `^(${prefix})((?:index|new file mode|deleted file mode|old mode|new mode|similarity index|dissimilarity index|rename from|rename to|copy from|copy to) .*)$`,
      captures: {
        1: { name: 'comment.quote.interlock' },
        2: { name: 'meta.diff.index.interlock comment.line.interlock' },
      },
    },
    {
      match: `^(${prefix})(---|\\+\\+\\+) ((?:[ab]/|/dev/null).*)$`,
      captures: {
        1: { name: 'comment.quote.interlock' },
        2: { name: 'punctuation.definition.file.interlock' },
        3: { name: 'entity.name.section.interlock' },
      },
    },
    {
      match: `^(${prefix})(---|-- ?)$`,
      captures: { 1: { name: 'comment.quote.interlock' }, 2: { name: 'meta.separator.interlock' } },
    },
  ],
});
// A hunk lasts as long as its lines look like one; with quote marks, as long as they have them.
const hunk = (prefix: string) => ({
  begin: `^(${prefix})(@@ )(-\\d+(?:,\\d+)? \\+\\d+(?:,\\d+)?)( @@)(.*)$`,
  beginCaptures: {
    1: { name: 'comment.quote.interlock' },
    2: { name: 'punctuation.definition.range.interlock' },
    3: { name: 'meta.diff.range.interlock constant.numeric.interlock' },
    4: { name: 'punctuation.definition.range.interlock' },
    5: { name: 'meta.embedded.block.c', patterns: [{ include: '#c' }] },
  },
  while: `^${prefix}(?=[ +\\-\\\\\\t]|$)(?!-- ?$)`,
  name: 'meta.diff.hunk.interlock',
  patterns: [
    {
      match: '\\G(\\+)([ \\t]*\\*(?![A-Za-z_(]).*)$',
      captures: { 1: { name: 'markup.inserted.interlock' }, 2: { name: 'comment.block.c' } },
    },
    {
      match: '\\G(-)([ \\t]*\\*(?![A-Za-z_(]).*)$',
      captures: { 1: { name: 'markup.deleted.interlock' }, 2: { name: 'comment.block.c' } },
    },
    { match: '\\G( )([ \\t]*\\*(?![A-Za-z_(]).*)$', captures: { 2: { name: 'comment.block.c' } } },
    {
      match: '\\G(\\+)(.*)$',
      captures: {
        1: { name: 'markup.inserted.interlock' },
        2: { name: 'meta.embedded.block.c', patterns: [{ include: '#c' }] },
      },
    },
    {
      match: '\\G(-)(.*)$',
      captures: {
        1: { name: 'markup.deleted.interlock' },
        2: { name: 'meta.embedded.block.c', patterns: [{ include: '#c' }] },
      },
    },
    { match: '\\G(\\\\ .*)$', captures: { 1: { name: 'comment.line.interlock' } } },
    { match: '\\G([ \\t])(.*)$', captures: { 2: { name: 'meta.embedded.block.c', patterns: [{ include: '#c' }] } } },
  ],
});
// Grammars named only below `captures` are not loaded: a rule that never matches names it where it is seen.
// The C grammar knows directives at the start of a line only, and here something always stands before them.
const directive = {
  patterns: [
    {
      match: '(?<=^|[+\\- ])(#\\s*include)\\b\\s*([<"][^>"]*[>"])?',
      captures: { 1: { name: 'keyword.control.directive.include.c' }, 2: { name: 'string.quoted.include.c' } },
    },
    {
      match: '(?<=^|[+\\- ])(#\\s*define)\\s+(\\w+)',
      captures: {
        1: { name: 'keyword.control.directive.define.c' },
        2: { name: 'entity.name.function.preprocessor.c' },
      },
    },
    {
      match: '(?<=^|[+\\- ])#\\s*(?:ifdef|ifndef|if|elif|else|endif|undef|error|warning|pragma|line)\\b',
      name: 'keyword.control.directive.conditional.c',
    },
  ],
};
const c = { patterns: [{ include: '#directive' }, { include: 'source.c' }] };
const loadC = { begin: '(?!)', end: '(?!)', patterns: [{ include: 'source.c' }] };
export const patchGrammar = {
  name: 'Kernel Patch',
  scopeName: 'text.interlock.patch',
  patterns: [{ include: '#hunk' }, { include: '#files' }, { include: '#headers' }, { include: '#loadC' }],
  repository: { c, directive, loadC, hunk: hunk(''), files: files(''), headers },
};
export const mailGrammar = {
  name: 'Kernel Mail',
  scopeName: 'text.interlock.mail',
  patterns: [
    { include: '#hunk' },
    { include: '#quotedHunk' },
    { include: '#files' },
    { include: '#quotedFiles' },
    { include: '#quotedCode' },
    { include: '#headers' },
    { include: '#quote' },
    { include: '#loadC' },
  ],
  repository: {
    c,
    directive,
    loadC,
    hunk: hunk(''),
    quotedHunk: hunk(Q),
    files: files(''),
    quotedFiles: files(Q),
    headers,
    // After a reviewer's remark the quoted hunk goes on without a new header.
    quotedCode: { patterns: code(Q) },
    quote: {
      match: `^(${Q})(.*)$`,
      captures: {
        1: { name: 'punctuation.definition.quote.interlock comment.quote.interlock' },
        2: { name: 'markup.quote.interlock' },
      },
    },
  },
};
/** Texts of the grammar files by their path from the project's folder. */
export const grammarFiles: ReadonlyMap<string, string> = new Map([
  ['syntaxes/patch.tmLanguage.json', text(patchGrammar)],
  ['syntaxes/mail.tmLanguage.json', text(mailGrammar)],
]);

function text(grammar: object): string {
  return `${JSON.stringify(grammar, null, 2)}\n`;
}

const root = process.env['INTERLOCK_ROOT'];
if (root !== undefined) for (const [file, content] of grammarFiles) writeFileSync(path.join(root, file), content);
