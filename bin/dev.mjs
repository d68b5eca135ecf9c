#!/usr/bin/env node
// Builds, then runs: what is tried is what ships.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const { status } = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
if (status === 0) await import('./run.js');
else process.exitCode = 1;
