/** An analysis that shows what it found before it is through: to whom, when, and for which text. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { scriptedEngine } from '../../test/scriptedEngine.ts';
import { AnalysisScheduler } from './analysis.ts';
import { EngineClient, type StartEngine } from './engineClient.ts';
import { doJob } from './engineThread.ts';
import type { OpenDocument } from './openDocument.ts';

/** The engine in this thread; what it says about one job arrives one message at a time, `apart` ms after another. */
function engine(apart: number): StartEngine {
  return (events) => ({
    post: (message) => {
      let at = 0;
      const post: Parameters<typeof doJob>[0]['post'] = (answer) => {
        at += apart;
        setTimeout(() => events.message(answer), at);
      };
      doJob({ engine: scriptedEngine(), post, cancelled: () => false }, message);
    },
    cancel: () => true,
    dispose: () => {},
  });
}

function scheduled(apart: number) {
  const log: string[] = [];
  const client = new EngineClient(engine(apart), (message) => log.push(message));
  const note = (what: string, { text, analysis }: OpenDocument): void => {
    log.push(`${what} ${text.version}: ${analysis?.report.findings.length ?? 'nothing'}`);
  };
  const scheduler = new AnalysisScheduler(
    client,
    {
      waiting: () => {},
      running: () => {},
      stage: (document) => note('stage', document),
      finished: (document) => note('finished', document),
      failed: (_, message) => log.push(message),
      stopped: (document) => note('stopped', document),
    },
    0,
  );
  const textOf = (version: number) =>
    TextDocument.create('file:///a.patch', 'interlock-patch', version, '+ violation! staged!\n+ violation!\n');
  const document: OpenDocument = {
    uri: 'file:///a.patch',
    text: textOf(1),
    requested: false,
    analysis: null,
    outline: null,
  };
  const check = (version: number): void => {
    document.text = textOf(version);
    scheduler.schedule(document, async () => ({ timeLimit: 1_000 }), 0);
  };
  const until = async (line: string): Promise<void> => {
    for (let turn = 0; turn < 500 && !log.includes(line); turn++) await delay(5);
  };
  return { log, check, until };
}

it('shows a stage of the first analysis, and none of quick ones after it', async () => {
  const { log, check, until } = scheduled(20);
  check(1);
  await until('finished 1: 2');
  check(2);
  await until('finished 2: 2');
  expect(log).toEqual(['stage 1: 1', 'finished 1: 2', 'finished 2: 2']);
});

it('shows nothing of a text that has been edited meanwhile', async () => {
  const { log, check, until } = scheduled(40);
  check(1);
  await delay(15);
  check(2);
  await until('finished 2: 2');
  expect(log).toEqual(['stage 2: 1', 'finished 2: 2']);
});
