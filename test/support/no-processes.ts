import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, expect } from 'vitest';

/*
 * The set-up of the fast tests: nothing that they run can start a process. A test that tries fails, also when what it tests
 * catches the error.
 */

const FUNCTIONS = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const;

/** Stands in for the functions that start processes; notes what it was asked to start. */
export interface Refusal {
  (file: unknown): never;
  readonly tried: string[];
}

function createRefusal(): Refusal {
  const tried: string[] = [];
  const refuse = (file: unknown): never => {
    tried.push(String(file));
    throw new Error(`a fast test starts ${String(file)}: name its file *.process.test.ts`);
  };
  return Object.assign(refuse, { tried });
}

const refusals = FUNCTIONS.map((name) => {
  const value = createRefusal();
  Object.defineProperty(childProcess, name, { value, configurable: true, enumerable: true, writable: true });
  return value;
});
syncBuiltinESMExports();

afterEach(() => {
  const tried = refusals.flatMap((refusal) => refusal.tried.splice(0));
  expect(tried, 'processes that a fast test tried to start').toEqual([]);
});
