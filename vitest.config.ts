import { defineConfig } from 'vitest/config';

/** Tests that start processes: of the built program, or of their own. */
const PROCESS_TESTS = ['test/e2e/**/*.test.ts', 'test/**/*.process.test.ts'];
/** Tests that take long: many kills, a million rows, long fuzzing. */
const PROOF_TESTS = ['test/**/*.proof.test.ts'];

export default defineConfig({
  test: {
    reporters: ['default', './test/support/count-reporter.ts'],
    // On two cores Vitest would use one: most tests wait for processes of their own.
    maxWorkers: 2,
    // A busy machine is slow; what does not come at all fails all the same.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    setupFiles: ['test/support/patience.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [...PROCESS_TESTS, ...PROOF_TESTS],
          setupFiles: ['test/support/no-processes.ts'],
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'process', include: PROCESS_TESTS, globalSetup: ['test/support/build.ts'] },
      },
      {
        extends: true,
        test: { name: 'proof', include: PROOF_TESTS, globalSetup: ['test/support/build.ts'] },
      },
    ],
  },
});
