import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { askOnTerminal, canAsk } from '../../../src/lib/cli/account/ask.ts';
import { readFirstLine } from '../../../src/lib/cli/account/read-first-line.ts';
import type { JobControl } from '../../../src/lib/cli/program/job-control.ts';
import { CaptureStream } from '../program/capture-stream.ts';
import { makeProgram } from '../program/make-program.ts';

/** The keyboard of a terminal, with the mode that it is in. */
class Keyboard extends PassThrough {
  readonly isTTY = true;
  isRaw = false;

  setRawMode(on: boolean): this {
    this.isRaw = on;
    return this;
  }
}

/** Signals of a job, and what it was asked to do. */
class Job extends EventEmitter implements JobControl {
  readonly done: string[] = [];
  raise(signal: string): void {
    this.done.push(signal);
  }
  stop(): void {
    this.done.push('stopped');
  }
}

let keyboard: Keyboard;
let screen: CaptureStream & { isTTY?: boolean };
let job: Job;
let life: AbortController;

beforeEach(() => {
  keyboard = new Keyboard();
  screen = Object.assign(new CaptureStream(), { isTTY: true });
  job = new Job();
  life = new AbortController();
});

const contextOf = () => ({ program: makeProgram({ stdin: keyboard, stderr: screen }), signal: life.signal });
const ask = (isHidden = true): Promise<string | undefined> =>
  askOnTerminal({ text: 'secret: ', isHidden }, contextOf(), job);

/** Types keys, and waits until the program has read them. */
async function type(...keys: string[]): Promise<void> {
  for (const key of keys) {
    keyboard.write(key);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('an answer on the terminal', () => {
  it('is not shown when it is hidden, and the terminal is as before afterwards', async () => {
    const asking = ask();
    expect(keyboard.isRaw).toBe(true);
    await type('SEC', 'RET\r');
    expect(await asking).toBe('SECRET');
    expect([screen.text, keyboard.isRaw, job.eventNames()]).toEqual(['secret: \n', false, []]);
  });

  it('is shown when it is not hidden', async () => {
    const asking = ask(false);
    await type('AB', '\n');
    expect([await asking, screen.text]).toEqual(['AB', 'secret: AB\n']);
  });

  it('may be corrected, and pasted with the marks of a terminal around it', async () => {
    const asking = ask();
    await type('abc', '\x15', '\x1b[200~\npasted-\x1b[201~', 'xyz', '\x7f', '\b', '\x1b[D', '\r');
    expect(await asking).toBe('pasted-x');
  });

  it('is none at Ctrl-D on an empty line, or when the terminal goes away', async () => {
    const asking = ask();
    await type('a', '\x04', '\x7f', '\x04');
    expect(await asking).toBeUndefined();
    const again = ask();
    keyboard.end();
    expect(await again).toBeUndefined();
    expect(keyboard.isRaw).toBe(false);
  });

  it('is given up at Ctrl-C, which the whole job gets', async () => {
    const asking = ask();
    await type('abc', '\x03');
    expect(job.done).toEqual(['SIGINT']);
    life.abort('SIGINT');
    await expect(asking).rejects.toBe('SIGINT');
    expect([keyboard.isRaw, screen.text]).toEqual([false, 'secret: \n']);
  });

  it('waits while the program is stopped: the terminal is as before until it goes on', async () => {
    const asking = ask();
    await type('abc', '\x1a');
    expect(job.done).toEqual(['SIGTSTP']);
    job.emit('SIGTSTP');
    expect([job.done, keyboard.isRaw]).toEqual([['SIGTSTP', 'stopped'], false]);
    job.emit('SIGCONT');
    expect(keyboard.isRaw).toBe(true);
    await type('def\r');
    expect([await asking, screen.text]).toEqual(['abcdef', 'secret: \nsecret: \n']);
  });

  it('is not asked for after a signal', async () => {
    life.abort('SIGTERM');
    await expect(ask()).rejects.toBe('SIGTERM');
    expect([screen.text, keyboard.isRaw]).toEqual(['', false]);
  });
});

it('only a person at a terminal can be asked', () => {
  const program = (stdin: object, stderr: object) => ({ program: makeProgram({ stdin, stderr } as never) });
  expect(canAsk(program({ isTTY: true }, { isTTY: true }))).toBe(true);
  expect(canAsk(program({}, { isTTY: true }))).toBe(false);
  expect(canAsk(program({ isTTY: true }, {}))).toBe(false);
});

describe('the first line of a pipe', () => {
  const read = (...chunks: string[]): Promise<string | undefined> => {
    const stdin = new PassThrough();
    for (const chunk of chunks) stdin.write(chunk);
    if (chunks.length === 0) stdin.end();
    return readFirstLine({ program: makeProgram({ stdin }), signal: life.signal });
  };

  it.each([
    [['one\ntwo\n'], 'one'],
    [['\r\n \n', 'on', 'e\r', '\n'], 'one'],
    [['x'.repeat(70_000)], 'x'.repeat(70_000)],
  ])('is %j', async (chunks, line) => {
    expect(await read(...chunks)).toBe(line);
  });

  it('is none when there is nothing', async () => {
    expect(await read()).toBeUndefined();
  });

  it('may have no end', async () => {
    const stdin = new PassThrough();
    const reading = readFirstLine({ program: makeProgram({ stdin }), signal: life.signal });
    stdin.end('one');
    expect(await reading).toBe('one');
  });

  it('is given up at a signal', async () => {
    const reading = readFirstLine({ program: makeProgram({ stdin: new PassThrough() }), signal: life.signal });
    life.abort('SIGINT');
    await expect(reading).rejects.toBe('SIGINT');
  });
});
