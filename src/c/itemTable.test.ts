import { expect, test } from 'vitest';
import { loadParser } from '../../test/loadParser.ts';
import { bundledUnits } from '../kernel/registry.ts';
import type { Program } from './ir.ts';
import { itemTable } from './itemTable.ts';
import { type KnownItems, laidUnits } from './knownItems.ts';
import { sizeOf } from './layout.ts';
import type { CParser } from './parser.ts';
import { Config } from './preprocess/configuration.ts';
import { Preprocessor } from './preprocess/preprocessor.ts';
import { createProgram } from './program.ts';
import type { SourceUnit } from './source.ts';
import type { Token } from './token.ts';
import { UnitText } from './unitText.ts';

const bundled: readonly SourceUnit[] = bundledUnits().map((unit, id) => ({ ...unit, id }));
const table = itemTable(bundled);

function printed(tokens: readonly Token[]): string {
  return tokens.map(({ text, start, end }) => `${text}@${start}-${end}`).join(' ');
}

/** The preprocessor of the bundled units, all read at once or as the table has them. */
function preprocessed(known: boolean): Preprocessor {
  const preprocessor = new Preprocessor(bundled, new Config({}), true, null);
  preprocessor.start(known ? laidUnits(table) : null);
  return preprocessor;
}

/** All items of a unit, the last first: those that are read late are read in any order. */
function itemsOf(preprocessor: Preprocessor, unit: SourceUnit): readonly string[] {
  const { directed, macros } = preprocessor.read(unit);
  const text = new UnitText(unit, directed, macros, null);
  return text.items.toReversed().map(({ body, names, head }) => {
    const inner = body === null ? '' : printed(body());
    return `${JSON.stringify(names)} ${printed(head)} ${inner}`;
  });
}

test('every item that is read late is what it is when read at once', () => {
  const [atOnce, late] = [preprocessed(false), preprocessed(true)];
  for (const unit of bundled.toReversed()) expect(itemsOf(late, unit)).toEqual(itemsOf(atOnce, unit));
});

test('what is read late, in any order, has the tokens and macros that it has when read at once', () => {
  const left = (preprocessor: Preprocessor): readonly string[] =>
    bundled.toReversed().map((unit) => {
      const { directed, macros } = preprocessor.read(unit);
      const names = [...directed.macros.names()].map((name) => {
        const places = directed.macros
          .versions(name)
          ?.map(({ from, macro }) => `${from}:${macro?.start}-${macro?.end}`);
        const macro = directed.macros.exported(name);
        const elsewhere = macros.lookup(`${name}_`, 0) ?? macros.lookup('min', 0);
        return `${name} ${places?.join()} ${macro === null ? '' : printed(macro.body)} ${elsewhere?.unit}`;
      });
      const folds = [...directed.folds].map(([{ start }, end]) => `${start}-${end}`);
      return `${unit.path} ${printed(directed.live)} ${folds.join()} ${names.join('\n')} ${directed.problems.length}`;
    });
  expect(left(preprocessed(true))).toEqual(left(preprocessed(false)));
});

test('what a macro of a unit that is read late expands to is the same', () => {
  const expanded = (preprocessor: Preprocessor): readonly string[] =>
    bundled.map((unit) => {
      const { directed, macros } = preprocessor.read(unit);
      const text = new UnitText(unit, directed, macros, null);
      return ['PAGE_SIZE', 'GFP_KERNEL', 'nobody'].map((name) => printed(text.expand(name) ?? [])).join();
    });
  expect(expanded(preprocessed(true))).toEqual(expanded(preprocessed(false)));
});

test('no bundled unit has to be read as a whole', () => {
  expect(bundled.filter(({ id }) => table.layouts[id] === '').map(({ path }) => path)).toEqual([]);
});

async function programWith(known: KnownItems | undefined): Promise<Program> {
  const parser = await loadParser();
  // A parser of its own, so that nothing read is shared between programs.
  const own: CParser = {
    parse: (words) => parser.parse(words),
    parseBroken: (words) => parser.parseBroken(words),
    parseDirect: (words) => parser.parseDirect(words),
    parseGeneral: (words) => parser.parseGeneral(words),
    print: (text) => parser.print(text),
  };
  const text = 'int a_f(struct dma_buf *buf)\n{\n\treturn READ_ONCE(buf->size) > PAGE_SIZE;\n}\n';
  const document: SourceUnit = { id: bundled.length, path: 'a.c', text, origin: 'document', fragment: false };
  return createProgram([...bundled, document], { parser: own, ...(known ? { known } : {}) });
}

/** What a program says of a name: where it is, and whether it has a body. */
function said(program: Program, name: string): string {
  if (name.includes(' ')) {
    const type = program.type(name);
    return `${name} ${type === null ? '' : `${type.kind} of ${sizeOf(type)}`}`;
  }
  const fn = program.function(name);
  if (fn !== null) return `${name}() ${fn.at?.unit}:${fn.at?.start} ${fn.body() !== null} ${fn.type.parameters.length}`;
  const object = program.global(name);
  return object === null ? `${name} ${program.constant(name)}` : `${name} ${object.at?.unit}:${object.at?.start}`;
}

test('a program with the table knows the same names', async () => {
  const names = (table.names.split('\n')[0] ?? '').split(',').filter((_, i) => i % 5 === 0);
  const without = await programWith(undefined);
  const late = await programWith(table);
  expect(names.map((name) => said(late, name))).toEqual(names.map((name) => said(without, name)));
});

test('a table of other units is not used', async () => {
  const wrong = { ...table, size: table.size + 1, names: '' };
  expect((await programWith(wrong)).function('mutex_lock')).not.toBeNull();
});
