import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that start processes, of the built program or of their own, and tests that take seconds by nature: crowds, long recordings. */
const PROCESS_TESTS = ['test/e2e/**/*.test.ts', 'test/**/*.process.test.ts', 'test/**/*.slow.test.ts'];
/** Tests that take long: many kills, a million rows, long fuzzing. */
const PROOF_TESTS = ['test/**/*.proof.test.ts'];

/** Tests that install the packed archive. `npm run test:node-versions` runs them under other versions of Node, too. */
const PACKAGE_TESTS = ['test/package/**/*.test.ts'];

/** What `npm run coverage` must find at least, in percent, of the fast tests alone. */
const COVERAGE_FLOORS = {
  'src/lib/hsm/**': { lines: 98, functions: 98, branches: 97 },
  'src/lib/output/**': { lines: 93, functions: 90, branches: 88 },
  'src/lib/feed/**': { lines: 97, functions: 95, branches: 92 },
  'src/lib/hub/core/**': { lines: 95, functions: 90, branches: 87 },
};

export default defineConfig({
  test: {
    reporters: ['default', './test/support/count-reporter.ts'],
    // A busy machine is slow; what does not come at all fails all the same.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    setupFiles: ['test/support/patience.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/lib/**/*.ts'],
      reporter: ['text-summary', 'html'],
      thresholds: COVERAGE_FLOORS,
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [...PROCESS_TESTS, ...PROOF_TESTS, ...PACKAGE_TESTS],
          setupFiles: ['test/support/no-processes.ts'],
          // Most of the time would go into loading the same modules for each file.
          isolate: false,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: PROCESS_TESTS,
          // Some of them are in test/e2e.
          exclude: [...configDefaults.exclude, ...PROOF_TESTS],
          globalSetup: ['test/support/build.ts'],
          testTimeout: 120_000,
          // More than two cores can run: most of them wait, for other processes and for real pauses.
          maxWorkers: 4,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: PACKAGE_TESTS,
          globalSetup: ['test/support/build.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'proof',
          include: PROOF_TESTS,
          globalSetup: ['test/support/build.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
