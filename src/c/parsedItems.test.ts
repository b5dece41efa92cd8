import { expect, test } from 'vitest';
import { loadParser } from '../../test/loadParser.ts';
import { bundledUnits } from '../kernel/registry.ts';
import type { Program } from './ir.ts';
import { findMember, sizeOf } from './layout.ts';
import type { CParser } from './parser.ts';
import { createProgram } from './program.ts';
import type { SourceUnit } from './source.ts';

const bundled: readonly SourceUnit[] = bundledUnits().map((unit, id) => ({ ...unit, id }));

/** A parser that shares nothing that was read of the bundled units with others. */
async function ownParser(): Promise<CParser> {
  const parser = await loadParser();
  return {
    parse: (words) => parser.parse(words),
    parseBroken: (words) => parser.parseBroken(words),
    parseDirect: (words) => parser.parseDirect(words),
    parseGeneral: (words) => parser.parseGeneral(words),
    print: (text) => parser.print(text),
  };
}

function programOf(text: string, parser: CParser): Program {
  const document: SourceUnit = { id: bundled.length, path: 'a.c', text, origin: 'document', fragment: false };
  return createProgram([...bundled, document], { parser });
}

/** What a program says of bundled structs and functions whose declarations name types. */
function said(program: Program): readonly string[] {
  const structs = ['struct dma_buf', 'struct dma_buf_attachment', 'struct sg_table', 'struct scatterlist'].map(
    (name) => {
      const type = program.type(name);
      if (type?.kind !== 'struct') return `${name} ${type?.kind}`;
      const members = type.members.map(({ name, offset, type }) => `${name} ${type.kind}:${sizeOf(type)}@${offset}`);
      return `${name} ${findMember(type.members, 'size') !== null} ${members.join(', ')}`;
    },
  );
  const functions = ['dma_map_sgtable', 'dma_buf_attach', 'dma_buf_fd', 'sg_alloc_table'].map((name) => {
    const fn = program.function(name);
    const body = fn?.body();
    const problems = body?.problems.map(({ code }) => code).join();
    const parameters = fn?.type.parameters.map((type) => `${type.kind}:${sizeOf(type)}`).join();
    return `${name} ${parameters} ${body?.locals.map((local) => `${local.name} ${local.type.kind}`).join()} ${problems}`;
  });
  return [...structs, ...functions];
}

const PLAIN = 'int a_f(struct dma_buf *buf)\n{\n\treturn buf->size > 1;\n}\n';

test.each([
  ['is not a type any more', 'int dma_addr_t;\nint gfp_t;\n'],
  ['is another type', 'typedef unsigned char dma_addr_t;\ntypedef char gfp_t;\n'],
  ['is a macro', '#define dma_addr_t char\n'],
])('what a program before has read of bundled items does not show where a name of them %s', async (_, text) => {
  const shared = await ownParser();
  const first = said(programOf(PLAIN, shared));
  const second = said(programOf(text, shared));
  const third = said(programOf(PLAIN, shared));
  expect(second).toEqual(said(programOf(text, await ownParser())));
  expect(third).toEqual(first);
  expect(first).toEqual(said(programOf(PLAIN, await ownParser())));
});

test('types that a document hides are hidden in bundled declarations', async () => {
  const shared = await ownParser();
  const first = said(programOf(PLAIN, shared));
  expect(said(programOf('typedef unsigned char dma_addr_t;\n', shared))).not.toEqual(first);
});
