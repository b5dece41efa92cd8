import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'webview/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/e2e/**'],
    // Bounds against a hang only: speed is measured by `npm run bench`, never asserted in a test.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
  },
});
