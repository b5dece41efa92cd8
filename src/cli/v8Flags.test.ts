/** Flags that V8 does not know are words on standard error before every answer. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { v8Flags } from './v8Flags.ts';

describe('how V8 is told to run a short process', () => {
  it('is known to the V8 that runs here', () => {
    const flags = v8Flags(process.versions.v8);
    expect(flags).toContain('--no-flush-bytecode');
    const script = `for (const flag of ${JSON.stringify(flags)}) require('node:v8').setFlagsFromString(flag)`;
    const { stderr, status } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect([stderr, status]).toEqual(['', 0]);
  });

  // The budget has another name since V8 12: Node 22 and later would print that they do not know it.
  it.each([
    ['12.4.254.21-node.57', ['--no-flush-bytecode']],
    ['13.6.233.17-node.53', ['--no-flush-bytecode']],
    ['14.6.202.34-node.34', ['--no-flush-bytecode']],
    ['15.0.1', []],
    ['10.2.154.26-node.36', []],
    ['', []],
  ])('of V8 %s is what was tried with it', (version, flags) => {
    expect(v8Flags(version)).toEqual(flags);
  });
});
