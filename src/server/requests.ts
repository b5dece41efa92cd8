/** Answers to our own requests (protocol/server.ts): checks on demand, simulations, replays, check pages, mail text. */
import type { CancellationToken } from 'vscode-languageserver';
import type { SimulationReport } from '../analysis/engine.ts';
import {
  CHECK,
  CHOICES,
  type CheckListing,
  type CheckParams,
  type CheckResult,
  type ChoicesParams,
  type ChoiceView,
  EXPLAIN,
  type ExplainParams,
  type ExplainResult,
  FINDING_MAIL,
  type FindingMailParams,
  type FindingMailResult,
  LIST_CHECKS,
  REPLAY,
  type ReplayParams,
  type RunResult,
  SIMULATE,
  type SimulateParams,
  STOP,
} from '../protocol/server.ts';
import { mailText } from '../report/mail.ts';
import type { JobHandle, JobOutcome } from './engineClient.ts';
import { findingNear } from './hover.ts';
import { type OpenDocument, shownPath } from './openDocument.ts';
import { viewPlace } from './places.ts';
import type { Session } from './session.ts';
import { simulationView } from './simulation.ts';

const NO_DOCUMENT: RunResult = { kind: 'failed', message: 'the document is not open' };

export function registerRequests(session: () => Session | null, connection: Session['connection']): void {
  connection.onRequest(CHECK, ({ uri }: CheckParams): CheckResult => ({ known: session()?.check(uri) ?? false }));
  connection.onNotification(STOP, () => session()?.stop());

  connection.onRequest(
    CHOICES,
    async ({ uri }: ChoicesParams, token: CancellationToken): Promise<readonly ChoiceView[]> => {
      const open = documentOf(session(), uri);
      if (open === null) return [];
      const options = await open.session.jobOptions(uri);
      const { text } = open.document;
      const handle = open.session.engine.run<'choices'>(
        { kind: 'choices', document: inputOf(open.document), options },
        { priority: 'user' },
      );
      const outcome = await until(handle, token);
      if (outcome.type !== 'answer') return [];
      return outcome.answer.choices.map((choice) => ({
        ...choice,
        place: choice.place === null ? null : viewPlace(text, choice.place),
      }));
    },
  );

  connection.onRequest<RunResult, void>(
    SIMULATE,
    async (params: SimulateParams, token: CancellationToken): Promise<RunResult> => {
      const open = documentOf(session(), params.uri);
      if (open === null) return NO_DOCUMENT;
      const options = await open.session.jobOptions(params.uri);
      const request = {
        table: params.table,
        ...(params.op === null ? {} : { op: params.op }),
        ...(params.scenario === null ? {} : { scenario: params.scenario }),
        ...(params.topology === null ? {} : { topology: params.topology }),
      };
      const { text } = open.document;
      const handle = open.session.engine.run<'simulate'>(
        { kind: 'simulate', document: inputOf(open.document), request, options },
        { priority: 'user' },
      );
      return runResult(await until(handle, token), (answer) => simulationView(text, answer.simulation));
    },
  );

  connection.onRequest<RunResult, void>(
    REPLAY,
    async ({ uri, token: replay }: ReplayParams, token: CancellationToken): Promise<RunResult> => {
      const open = documentOf(session(), uri);
      if (open === null) return NO_DOCUMENT;
      const options = await open.session.jobOptions(uri);
      const { text } = open.document;
      const handle = open.session.engine.run<'replay'>(
        { kind: 'replay', document: inputOf(open.document), token: replay.trim(), options },
        { priority: 'user' },
      );
      return runResult(await until(handle, token), ({ simulation }) =>
        isEmpty(simulation)
          ? simulation.problems.join('; ') || 'the token belongs to another document or version'
          : simulationView(text, simulation),
      );
    },
  );

  connection.onRequest(EXPLAIN, async ({ check }: ExplainParams): Promise<ExplainResult> => {
    const outcome = await session()?.engine.run<'explain'>({ kind: 'explain', check }, { priority: 'user' }).outcome;
    return { markdown: outcome?.type === 'answer' ? outcome.answer.markdown : null };
  });

  connection.onRequest(LIST_CHECKS, async (): Promise<readonly CheckListing[]> => {
    const outcome = await session()?.engine.run<'checks'>({ kind: 'checks' }, { priority: 'user' }).outcome;
    return outcome?.type === 'answer' ? outcome.answer.checks : [];
  });

  connection.onRequest(
    FINDING_MAIL,
    async ({ uri, line, character }: FindingMailParams): Promise<FindingMailResult> => {
      const open = documentOf(session(), uri);
      const shown = open === null ? null : await open.session.shown(open.document);
      if (open === null || shown === null) return { mail: null };
      const { text } = open.document;
      const finding = findingNear(text, shown, { line, character });
      const { version } = open.session.engine;
      return { mail: finding === null ? null : mailText(finding, { text: text.getText(), version }) };
    },
  );
}

function documentOf(session: Session | null, uri: string): { session: Session; document: OpenDocument } | null {
  const document = session?.find(uri);
  return session && document ? { session, document } : null;
}

function inputOf(document: OpenDocument): { readonly path: string; readonly text: string } {
  return { path: shownPath(document.uri), text: document.text.getText() };
}

/** The job's outcome; the editor's cancelling ends the job. */
async function until<K extends Parameters<Session['engine']['run']>[0]['kind']>(
  handle: JobHandle<K>,
  token: CancellationToken,
): Promise<JobOutcome<K>> {
  const listener = token.onCancellationRequested(() => handle.cancel());
  try {
    return await handle.outcome;
  } finally {
    listener.dispose();
  }
}

function runResult<A>(
  outcome: { type: 'answer'; answer: A } | { type: 'cancelled' } | { type: 'failed'; message: string },
  view: (answer: A) => ReturnType<typeof simulationView> | string,
): RunResult {
  switch (outcome.type) {
    case 'cancelled':
      return { kind: 'stopped' };
    case 'failed':
      return { kind: 'failed', message: outcome.message };
    case 'answer': {
      const made = view(outcome.answer);
      return typeof made === 'string' ? { kind: 'failed', message: made } : { kind: 'trace', view: made };
    }
  }
}

/** A token that could not be taken comes back as a run without events. */
function isEmpty(simulation: SimulationReport): boolean {
  return simulation.lines.length === 0 && simulation.problems.length > 0;
}
