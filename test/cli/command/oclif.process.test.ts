import { EventEmitter } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../../../src/lib/cli/command/run.ts';
import { systemClock } from '../../../src/lib/clock/clock.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const SOURCES = path.join(ROOT, 'src/commands');
const COMMANDS = Object.fromEntries(
  readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [name.replace(/(\/index)?\.ts$/, '').replaceAll('/', ':'), () => import(path.join(SOURCES, name))]),
);

/** Writes through a stream's own `write`, which is what the capture replaces. */
function through(stream: NodeJS.WriteStream): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      stream.write(chunk);
      done();
    },
  });
}

/** Runs a command line in this process, on the manifest of the built commands. */
function capture(argv: readonly string[]) {
  return captureOutput(() =>
    runProgram(argv, COMMANDS, {
      env: {},
      stdin: Readable.from([]),
      stdout: through(process.stdout),
      stderr: through(process.stderr),
      clock: systemClock,
      signals: new EventEmitter(),
      command: [],
      root: ROOT,
      exitNow: () => {},
    }),
  );
}

describe('help, as oclif makes it from the manifest', () => {
  test.each([
    [[], ['USAGE', 'TOPICS', 'COMMANDS', 'quote', 'simulate']],
    [['--help'], ['USAGE', 'TOPICS', 'COMMANDS']],
    [['stream'], ['stream depth', 'stream index', 'stream lite', 'stream symbols']],
    [
      ['help', 'stream', 'symbols'],
      ['$ tickpipe stream symbols', 'OUTPUT FLAGS', 'EXAMPLES'],
    ],
    [
      ['quote', '-h'],
      ['$ tickpipe quote', 'OUTPUT FLAGS', 'EXAMPLES'],
    ],
  ])('%j', async (argv, parts) => {
    const { result, stdout, stderr } = await capture(argv);
    expect(result).toBe(0);
    expect(stderr).toBe('');
    for (const part of parts) expect(stdout).toContain(part);
  });
});
