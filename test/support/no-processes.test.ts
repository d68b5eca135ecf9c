import { execFileSync, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import type { Refusal } from './no-processes.ts';

const triedBy = (start: unknown): string[] => (start as Refusal).tried.splice(0);

test('a fast test cannot start a process', async () => {
  expect(() => spawn('true')).toThrow('a fast test starts true: name its file *.process.test.ts');
  expect(() => execFileSync('true')).toThrow('a fast test starts true');
  expect(triedBy(execFileSync)).toEqual(['true']);
  const { exec } = await import('node:child_process');
  await expect(promisify(exec)('true')).rejects.toThrow('a fast test starts true');
  expect(triedBy(exec)).toEqual(['true']);
  expect(() => build({ stdin: { contents: '' }, write: false })).toThrow('a fast test starts');
  expect(triedBy(spawn)).toEqual(['true', expect.stringContaining('esbuild')]);
});

test.fails('a fast test that tries fails, though it catches the error', () => {
  try {
    spawn('true');
  } catch {
    // As a program does that can go on without.
  }
});
