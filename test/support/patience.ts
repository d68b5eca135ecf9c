import { vi } from 'vitest';

/** A busy machine is slow: what a test waits for comes, or the test runs out of time. `vi.waitFor` on its own gives it a second. */
const TIMEOUT_MS = 60_000;

const { waitFor } = vi;
const waitPatiently: typeof waitFor = (check, options) => {
  const interval = typeof options === 'object' ? options.interval : undefined;
  return waitFor(check, { timeout: TIMEOUT_MS, interval: interval ?? 20 });
};
// Test files may share a process, in which this runs once for each.
if (waitFor.name !== waitPatiently.name) vi.waitFor = waitPatiently;
