import { writeFileSync } from 'node:fs';

/* With `--import`: notes at the end of a process how much processor time and memory it took, in the file that USAGE_FILE names. */

process.once('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpuMs: (userCPUTime + systemCPUTime) / 1_000, maxBytes: maxRSS * 1_024 };
  writeFileSync(process.env.USAGE_FILE, JSON.stringify(usage));
});
