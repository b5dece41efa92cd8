import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DecisionRecord, minimise, Search, search } from './search.ts';
import { decodeToken, encodeToken } from './token.ts';

/** A made-up program: questions a, b, c; c is asked only after a=1. */
function program(prefix: readonly number[], log: string[]): DecisionRecord[] {
  const records: DecisionRecord[] = [];
  const ask = (question: string, options: string[]): number => {
    const chosen = prefix[records.length] ?? 0;
    records.push({ kind: 'test', question, options, chosen, standard: 0, place: question });
    return chosen;
  };
  const a = ask('a', ['0', '1']);
  const b = ask('b', ['0', '1', '2']);
  const c = a === 1 ? ask('c', ['0', '1']) : null;
  log.push(`${a}${b}${c ?? '-'}`);
  return records;
}

describe('search', () => {
  it('takes new answers first, then fewest deviations, and ends', () => {
    const log: string[] = [];
    const result = search({ maxRuns: 100, maxDeviations: 3 }, (prefix) => program(prefix, log));
    expect(log).toEqual(['00-', '100', '01-', '02-', '101', '110', '120', '111', '121']);
    expect(result).toEqual({ runs: 9, bound: null });
  });

  it('makes no run twice and stays within its bounds', () => {
    const log: string[] = [];
    expect(search({ maxRuns: 4, maxDeviations: 3 }, (prefix) => program(prefix, log))).toEqual({
      runs: 4,
      bound: 'runs',
    });
    expect(new Set(log).size).toBe(4);
    // One deviation makes four runs, and the second of the other branch is a way that only two lead to.
    expect(search({ maxRuns: 100, maxDeviations: 1 }, (prefix) => program(prefix, []))).toEqual({
      runs: 5,
      bound: null,
    });
    expect(search({ maxRuns: 9, maxDeviations: 3, stop: () => true }, (prefix) => program(prefix, []))).toEqual({
      runs: 1,
      bound: 'stopped',
    });
  });

  it('leaves pairs when so many in a row show nothing new, and nothing else', () => {
    const questions = [0, 1, 2, 3, 4, 5];
    const made = (fresh: (changed: number) => boolean): { readonly runs: number; readonly tired: boolean } => {
      const runs = new Search(2, 3);
      while (runs.rank() !== null)
        runs.step((prefix) => {
          const records = questions.map((each) => ({
            kind: 'test',
            question: `q${'abcdef'[each]}`,
            options: ['0', '1'],
            chosen: prefix[each] ?? 0,
            standard: 0,
            place: 'p',
          }));
          return { records, cut: false, fresh: fresh(records.filter(({ chosen }) => chosen === 1).length) };
        });
      return { runs: runs.runs, tired: runs.tired };
    };
    // One plain run, six of a single change, fifteen pairs.
    expect(made(() => true)).toEqual({ runs: 22, tired: false });
    expect(made(() => false)).toEqual({ runs: 10, tired: true });
    let pairs = 0;
    expect(made((changed) => changed === 2 && ++pairs % 3 === 0)).toEqual({ runs: 22, tired: false });
  });

  it('minimises to what matters', () => {
    const tried: string[] = [];
    const shows = (decisions: readonly number[]): DecisionRecord[] | null => {
      tried.push(decisions.join(''));
      const padded = [...decisions, 0, 0, 0, 0].slice(0, 4);
      return padded[2] === 1
        ? padded.map((chosen) => ({
            kind: 'test',
            question: 'q',
            options: ['0', '1', '2'],
            chosen,
            standard: 0,
            place: 'p',
          }))
        : null;
    };
    expect(minimise([1, 2, 1, 1], shows)).toEqual([0, 0, 1]);
    expect(tried).toEqual(['1210', '120', '12', '101', '001']);
  });
});

describe('replay tokens', () => {
  const token = {
    table: 'lumen_pagemap_ops',
    scenario: 'iova life/C2',
    topology: 'two-gpus',
    decisions: [0, 0, 0, 0, 0, 1, 0, 2, 40, 0],
  };

  it('are short, and survive a mail', () => {
    const text = encodeToken(token, 'patch');
    expect(text).toMatch(/^il1:lumen_pagemap_ops\/iova%20life%2FC2@two-gpus:z5\.102y40\.0:[0-9a-f]{6}$/);
    const mailed = `> ${text.slice(0, 30)}\n> ${text.slice(30)}\n`;
    expect(decodeToken(mailed, 'patch')).toEqual({
      ok: true,
      token,
      sameDocument: true,
    });
    expect(decodeToken(text, 'another patch')).toMatchObject({ ok: true, sameDocument: false });
  });

  it('say what is wrong with them', () => {
    expect(decodeToken('hello', '')).toMatchObject({
      ok: false,
      problem: expect.stringContaining('not a replay token'),
    });
    expect(decodeToken('il2:a/b@c::123456', '')).toMatchObject({
      ok: false,
      problem: expect.stringContaining('another version'),
    });
    expect(decodeToken('il1:a/b@c:z.:123456', '')).toMatchObject({ ok: false });
  });

  it('hold any decision list', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 60 }), (decisions) => {
        const decoded = decodeToken(encodeToken({ ...token, decisions }, ''), '');
        expect(decoded.ok && [...decoded.token.decisions, ...Array(60).fill(0)].slice(0, 60)).toEqual(
          [...decisions, ...Array(60).fill(0)].slice(0, 60),
        );
      }),
    );
  });
});
