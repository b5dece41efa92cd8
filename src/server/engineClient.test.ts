import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type EngineChannelEvents, EngineClient, type StartEngine } from './engineClient.ts';
import type { EngineMessage, JobMessage } from './jobs.ts';

/** A thread whose doings the test decides. */
class Thread {
  readonly jobs: JobMessage[] = [];
  readonly cancelled: number[] = [];
  disposed = false;

  constructor(
    readonly events: EngineChannelEvents,
    readonly hears: boolean,
  ) {}

  say(message: EngineMessage): void {
    this.events.message(message);
  }

  answer(job: JobMessage | undefined, markdown = 'page'): void {
    this.say({ type: 'answer', id: job?.id ?? -1, answer: { kind: 'explain', markdown } });
  }
}

let client: EngineClient | null = null;
afterEach(() => client?.dispose());

function setUp(hears = true) {
  const threads: Thread[] = [];
  const log: string[] = [];
  const start: StartEngine = (events) => {
    const thread = new Thread(events, hears);
    threads.push(thread);
    return {
      post: (job) => void thread.jobs.push(job),
      cancel: (id) => {
        thread.cancelled.push(id);
        return hears;
      },
      dispose: () => {
        thread.disposed = true;
      },
    };
  };
  const made = new EngineClient(start, (line) => void log.push(line), { grace: 30, beyondLimit: 60_000 });
  client = made;
  const explain = (check: string, priority: 'user' | 'background' = 'background') =>
    made.run<'explain'>({ kind: 'explain', check }, { priority });
  return { engine: made, threads, log, explain, thread: () => threads.at(-1) };
}

const answered = (markdown: string) => ({ type: 'answer', answer: { kind: 'explain', markdown } });

describe('jobs', () => {
  test('are done one after the other, in one thread', async () => {
    const { explain, threads, thread } = setUp();
    const [a, b] = [explain('a'), explain('b')];
    expect(threads).toHaveLength(1);
    expect(thread()?.jobs).toHaveLength(1);
    thread()?.answer(thread()?.jobs[0], 'A');
    expect(await a.outcome).toEqual(answered('A'));
    thread()?.answer(thread()?.jobs[1], 'B');
    expect(await b.outcome).toEqual(answered('B'));
  });

  test('of the user interrupt one in the background, which is done again', async () => {
    const { explain, thread } = setUp();
    const slow = explain('slow');
    const quick = explain('quick', 'user');
    const [first] = thread()?.jobs ?? [];
    expect(thread()?.cancelled).toEqual([first?.id]);
    // The thread notices, and answers with what it had: that is not the answer.
    thread()?.answer(first, 'half');
    expect(thread()?.jobs[1]?.job).toMatchObject({ check: 'quick' });
    thread()?.answer(thread()?.jobs[1], 'quick');
    expect(await quick.outcome).toEqual(answered('quick'));
    // Under another number: the cancelling was of the first start only.
    expect(thread()?.jobs[2]?.job).toEqual(first?.job);
    expect(thread()?.jobs[2]?.id).not.toBe(first?.id);
    thread()?.answer(thread()?.jobs[2], 'whole');
    expect(await slow.outcome).toEqual(answered('whole'));
  });

  test('that wait are cancelled without having been started', async () => {
    const { explain, thread } = setUp();
    const [a, b] = [explain('a'), explain('b')];
    b.cancel();
    expect(await b.outcome).toEqual({ type: 'cancelled' });
    thread()?.answer(thread()?.jobs[0]);
    await a.outcome;
    expect(thread()?.jobs).toHaveLength(1);
  });

  test('that are stopped keep what they had found, when they say it', async () => {
    const { explain, thread } = setUp();
    const a = explain('a');
    a.cancel(true);
    thread()?.answer(thread()?.jobs[0], 'so far');
    expect(await a.outcome).toEqual(answered('so far'));
  });

  test('that are dropped have no answer, even if one comes', async () => {
    const { explain, thread } = setUp();
    const a = explain('a');
    a.cancel();
    thread()?.answer(thread()?.jobs[0]);
    expect(await a.outcome).toEqual({ type: 'cancelled' });
  });

  test('that fail say why, and the next one goes on in the same thread', async () => {
    const { explain, thread, threads, log } = setUp();
    const [a, b] = [explain('a'), explain('b')];
    thread()?.say({ type: 'failed', id: thread()?.jobs[0]?.id ?? 0, message: 'no', detail: 'replay: il1:x\nat f' });
    expect(await a.outcome).toEqual({ type: 'failed', message: 'no' });
    thread()?.answer(thread()?.jobs[1], 'B');
    expect(await b.outcome).toEqual(answered('B'));
    expect(threads).toHaveLength(1);
    expect(log).toEqual(['[interlock internal] page of a failed: no\nreplay: il1:x\nat f']);
  });
});

describe('a thread', () => {
  test('that does not notice a cancelled job is replaced', async () => {
    const { explain, threads, thread, log } = setUp();
    const [stuck, next] = [explain('stuck'), explain('next')];
    stuck.cancel();
    expect(await stuck.outcome).toEqual({ type: 'cancelled' });
    expect(threads[0]?.disposed).toBe(true);
    expect(threads).toHaveLength(2);
    expect(log[0]).toContain('did not stop');
    // What the old thread says now is nobody's.
    threads[0]?.answer(thread()?.jobs[0], 'late');
    thread()?.answer(thread()?.jobs[0], 'fresh');
    expect(await next.outcome).toEqual(answered('fresh'));
  });

  test('that cannot be told anything is replaced too, without a word in the log', async () => {
    const { explain, threads, log } = setUp(false);
    const a = explain('a');
    a.cancel();
    expect(await a.outcome).toEqual({ type: 'cancelled' });
    expect(threads[0]?.disposed).toBe(true);
    expect(log).toEqual([]);
  });

  test('that ends is replaced when there is work again', async () => {
    const { explain, threads, thread } = setUp();
    const a = explain('a');
    thread()?.events.gone('exit 1');
    expect(await a.outcome).toMatchObject({ type: 'failed', message: expect.stringContaining('exit 1') });
    const b = explain('b');
    expect(threads).toHaveLength(2);
    thread()?.answer(thread()?.jobs[0], 'B');
    expect(await b.outcome).toEqual(answered('B'));
  });

  test('is not started before there is work, nor after the end', async () => {
    const { engine, explain, threads } = setUp();
    await delay(5);
    expect(threads).toHaveLength(0);
    engine.dispose();
    expect(await explain('a').outcome).toEqual({ type: 'cancelled' });
    expect(threads).toHaveLength(0);
  });
});
