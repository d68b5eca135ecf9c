import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

for (const name of ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const) {
  const refuse = (file: unknown): never => {
    throw new Error(`a fast test starts ${String(file)}: name its file *.process.test.ts`);
  };
  Object.defineProperty(childProcess, name, { value: refuse, configurable: true, enumerable: true, writable: true });
}
syncBuiltinESMExports();
