/** The registry as a whole: every model documented, declared and unique; every bundled body lowers completely. */
import { beforeAll, describe, expect, test } from 'vitest';
import { testProgram } from '../../test/kernelRuns.ts';
import type { Expr, FunctionIr, Program, Stmt } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import { bundledUnits, models, rules, SUBSYSTEMS } from './registry.ts';

let program: Program;

beforeAll(async () => {
  program = await testProgram('int nothing;\n');
});

/** Reasons of unknown nodes and holes anywhere in a function. */
function unknownParts(ir: FunctionIr): string[] {
  const found: string[] = [];
  const walk = (node: unknown, depth: number): void => {
    if (typeof node !== 'object' || node === null || depth > 200) return;
    if (Array.isArray(node)) {
      for (const part of node) walk(part, depth + 1);
      return;
    }
    const part = node as Partial<Stmt & Expr>;
    if (part.kind === 'unknown' && 'reason' in part) found.push(String(part.reason));
    for (const [key, value] of Object.entries(node)) {
      if (key === 'type' || key === 'symbol' || key === 'variable' || key === 'member' || key === 'at') continue;
      walk(value, depth + 1);
    }
  };
  walk(ir.body, 0);
  return found;
}

function unknownTypes(type: CType): string[] {
  if (type.kind === 'unknown') return [type.why];
  if (type.kind === 'pointer') return type.to.kind === 'unknown' ? [type.to.why] : [];
  return [];
}

describe('models', () => {
  test('are documented', () => {
    const poor: string[] = [];
    for (const subsystem of SUBSYSTEMS) {
      if (subsystem.scope.trim().length < 40) poor.push(`${subsystem.name} has no scope`);
      for (const model of subsystem.models) {
        if (model.source.trim() === '') poor.push(`${model.name} has no source`);
        if (model.effects.fails === '' || model.effects.allocates === '') poor.push(`${model.name} has no effects`);
      }
    }
    expect(poor).toEqual([]);
  });

  test('have one name each', () => {
    const seen = new Map<string, string>();
    const twice: string[] = [];
    for (const subsystem of SUBSYSTEMS)
      for (const model of subsystem.models) {
        const before = seen.get(model.name);
        if (before !== undefined) twice.push(`${model.name}: ${before} and ${subsystem.name}`);
        seen.set(model.name, subsystem.name);
      }
    expect(twice).toEqual([]);
  });

  test('have a prototype with known types', () => {
    const wrong: string[] = [];
    for (const name of models().keys()) {
      const symbol = program.function(name);
      if (symbol === null || !symbol.declared) {
        wrong.push(`${name} is not declared`);
        continue;
      }
      for (const why of [symbol.type.result, ...symbol.type.parameters].flatMap(unknownTypes))
        wrong.push(`${name}: ${why}`);
    }
    expect(wrong).toEqual([]);
  });

  test('are not also bundled bodies', () => {
    const both = [...models().keys()].filter((name) => program.function(name)?.body() != null);
    expect(both).toEqual([]);
  });
});

describe('declarations', () => {
  test('have one path each', () => {
    const seen = new Map<string, string>();
    const twice: string[] = [];
    for (const subsystem of SUBSYSTEMS)
      for (const { path } of subsystem.declarations) {
        const before = seen.get(path);
        if (before !== undefined) twice.push(`${path}: ${before} and ${subsystem.name}`);
        seen.set(path, subsystem.name);
      }
    expect(twice).toEqual([]);
  });

  test('include only what is bundled', () => {
    const paths = new Set(bundledUnits().map((unit) => unit.path));
    const missing: string[] = [];
    for (const unit of bundledUnits())
      for (const match of unit.text.matchAll(/^#include <([^>]+)>/gm))
        if (!paths.has(`include/${match[1]}`)) missing.push(`${unit.path}: ${match[1]}`);
    expect(missing).toEqual([]);
  });

  test('lower completely', () => {
    const wrong: string[] = [];
    for (const unit of program.units) {
      if (unit.origin !== 'bundled') continue;
      for (const match of unit.text.matchAll(/^static (?:inline |const )*[\w\s*]+?\b(\w+)\([^;{]*\)\s*\{/gm)) {
        const symbol = program.function(match[1] ?? '', unit.id);
        if (symbol === null) {
          wrong.push(`${unit.path}: ${match[1]} is not found`);
          continue;
        }
        const ir = symbol.body();
        if (ir === null) wrong.push(`${unit.path}: ${symbol.name} has no body`);
        else for (const reason of unknownParts(ir)) wrong.push(`${unit.path}: ${symbol.name}: ${reason}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

test('rules have one name each', () => {
  const names = rules().map((rule) => rule.rule);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
