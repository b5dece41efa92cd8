import { defineConfig } from 'vitest/config';

/** The tests that drive a real VS Code. Every wait in them has its own bound; these are bounds against a hang. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    globalSetup: ['test/e2e/packAll.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    // One browser and one editor at a time: the machine may have two cores.
    fileParallelism: false,
    maxWorkers: 1,
  },
});
