/**
 * A simulated kernel around a piece of C, for tests of the dma-buf, pagemap and driver folders: text in, reports out. Test support only.
 */

import { findLeaks } from '../src/kernel/memory/leaks.ts';
import { models } from '../src/kernel/registry.ts';
import { createMachine, type Machine, type RunResult, type Script, type Strategy } from '../src/machine/machine.ts';
import { testProgram } from './kernelRuns.ts';

/** A machine for a document and the whole bundled kernel. */
export async function kernelMachine(text: string, path = 'driver.c'): Promise<Machine> {
  return createMachine(await testProgram(text, path), { models: [...models().values()] });
}

/** What a reader of a run wants: rules that were broken, faults, and what could not be executed. */
export function complaints(result: RunResult): readonly string[] {
  const lines: string[] = [];
  for (const event of result.trace) {
    if (event.kind === 'report') lines.push(`${event.rule}: ${event.message}`);
    else if (event.kind === 'fault') lines.push(`fault ${event.fault}: ${event.message}`);
    else if (event.kind === 'unsupported') lines.push(`unsupported: ${event.construct}: ${event.message}`);
    else if (event.kind === 'limit') lines.push(`limit: ${event.message}`);
    else if (event.kind === 'assumption') lines.push(`assumption: ${event.about}: ${event.message}`);
  }
  if (result.outcome !== 'returned') lines.push(`outcome: ${result.outcome}`);
  for (const task of result.waiting) lines.push(`waits: ${task.on}`);
  return lines;
}

/** Pieces of questions that are answered with their second option, or with the option after ` => `; each is used once. */
function answering(choose: readonly string[]): Strategy {
  const wanted = [...choose];
  return (decision) => {
    const index = wanted.findIndex((piece) => decision.question.includes(piece.split(' => ')[0] ?? piece));
    if (index < 0) return 0;
    const option = wanted.splice(index, 1)[0]?.split(' => ')[1];
    return option === undefined ? 1 : Math.max(0, decision.options.indexOf(option));
  };
}

/** Runs one function of a document in an empty world. */
export async function runFunction(text: string, entry: string, choose: readonly string[] = []): Promise<RunResult> {
  const machine = await kernelMachine(text);
  return machine.run({ entry, strategy: answering(choose) });
}

/** Plays a scenario on a document. */
export async function playScript(text: string, script: Script, choose: readonly string[] = []): Promise<RunResult> {
  const machine = await kernelMachine(text);
  return machine.play(script, { strategy: answering(choose) });
}

/**
 * Plays a scenario with every answer to each question, at most `deviations` answers away from the first ones and at most `runs` times, and
 * gives what was complained of or leaked, with the questions that were answered otherwise. For drivers that are right: nothing may be.
 */
export async function playAll(
  text: string,
  script: Script,
  deviations = 2,
  runs = 400,
): Promise<{ readonly runs: number; readonly complaints: readonly string[] }> {
  const machine = await kernelMachine(text);
  const queue: { readonly answers: readonly number[]; readonly left: number }[] = [{ answers: [], left: deviations }];
  const found = new Set<string>();
  let count = 0;
  for (let next = queue.shift(); next !== undefined && count < runs; next = queue.shift()) {
    const result = machine.play(script, { decisions: next.answers, steps: 200_000 });
    count++;
    const asked = result.decisions
      .filter((decision) => decision.chosen !== 0)
      .map((decision) => `${decision.question} ${decision.options[decision.chosen]}`);
    const leaks = findLeaks(machine.services, []).map((leak) => `leak: ${leak.object.label}`);
    for (const complaint of [...complaints(result), ...leaks]) found.add(`${complaint} [${asked.join('; ')}]`);
    if (next.left === 0) continue;
    for (let index = next.answers.length; index < result.decisions.length; index++) {
      const decision = result.decisions[index];
      for (let option = 1; option < (decision?.options.length ?? 0); option++) {
        const answers = result.decisions.slice(0, index).map((each) => each.chosen);
        queue.push({ answers: [...answers, option], left: next.left - 1 });
      }
    }
  }
  return { runs: count, complaints: [...found] };
}
