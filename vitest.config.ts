import { defineConfig } from 'vitest/config';

/** Tests that start the built program. */
const PROGRAM_TESTS = ['test/e2e/**/*.test.ts', 'test/cli/**/*.test.ts'];
/** Tests that install the packed archive. */
const PACKAGE_TESTS = ['test/package/**/*.test.ts'];

export default defineConfig({
  test: {
    reporters: ['default', './test/support/count-reporter.ts'],
    // On two cores Vitest would use one: most tests wait for processes of their own.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: { name: 'library', include: ['test/**/*.test.ts'], exclude: [...PROGRAM_TESTS, ...PACKAGE_TESTS] },
      },
      {
        extends: true,
        test: { name: 'program', include: PROGRAM_TESTS, globalSetup: ['test/support/build.ts'] },
      },
      {
        extends: true,
        test: { name: 'package', include: PACKAGE_TESTS, globalSetup: ['test/support/build.ts'] },
      },
    ],
  },
});
