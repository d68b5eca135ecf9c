import { describe, expect, test } from 'vitest';
import { Reporter, type ReportStyle } from '../../../src/lib/cli/program/reporter.ts';
import { startSpinner, wantsColor } from '../../../src/lib/cli/program/spinner.ts';
import { CaptureStream } from './capture-stream.ts';
import { makeProgram } from './make-program.ts';

async function spin(env: Record<string, string>, isTTY: boolean, style: Partial<ReportStyle> = {}, columns = 80) {
  const stderr = Object.assign(new CaptureStream(), { columns });
  stderr.isTTY = isTTY;
  const program = makeProgram({ env, stderr });
  const reporter = new Reporter(stderr, { level: 'normal', format: 'text', ...style });
  const spinner = await startSpinner(program, reporter, 'connecting');
  reporter.info('hello');
  spinner?.stop();
  spinner?.stop();
  return stderr.text;
}

describe('startSpinner', () => {
  test('spins on a terminal, below messages', async () => {
    const text = await spin({ TERM: 'xterm', NO_COLOR: '1' }, true);
    // Which of its frames it shows depends on how long this took.
    const frames = text.match(/[\u2800-\u28ff] connecting/g) ?? [];
    expect(frames.length).toBeGreaterThanOrEqual(2);
    const clear = '\u001b[1G\u001b[0K';
    expect(text).toContain(`${clear}hello\n`);
    expect(text.lastIndexOf(clear)).toBeGreaterThan(text.lastIndexOf('connecting'));
  });

  test.each<[string, Record<string, string>, boolean, Partial<ReportStyle>]>([
    ['a pipe', {}, false, {}],
    ['a dumb terminal', { TERM: 'dumb' }, true, {}],
    ['a CI job', { CI: 'true' }, true, {}],
    ['--log-format json', {}, true, { format: 'json' }],
    ['--quiet', {}, true, { level: 'quiet' }],
  ])('%s gets none', async (_, env, isTTY, style) => {
    expect(await spin(env, isTTY, style)).not.toContain('connecting');
  });

  test('cuts its text to one line', async () => {
    const stderr = Object.assign(new CaptureStream(), { columns: 40, isTTY: true });
    const program = makeProgram({ env: { TERM: 'xterm', NO_COLOR: '1' }, stderr });
    const reporter = new Reporter(stderr, { level: 'normal', format: 'text' });
    const spinner = await startSpinner(program, reporter, 'recording');
    spinner?.setText('x'.repeat(100));
    // Makes it draw.
    reporter.info('hello');
    spinner?.stop();
    expect(stderr.text.match(/x+/g)?.map(({ length }) => length)).toContain(34);
    expect(stderr.text).toContain('x…');
    expect(stderr.text).not.toMatch(/x{35}/);
  });

  test('does not spin on a terminal of unknown size', async () => {
    expect(await spin({ TERM: 'xterm' }, true, {}, 0)).toBe('hello\n');
  });
});

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ TERM: 'dumb' }, true, false],
  [{ TERM: 'dumb', FORCE_COLOR: '1' }, true, true],
])('wantsColor %j on a terminal %j: %j', (env, isTTY, expected) => {
  expect(wantsColor(env, { isTTY })).toBe(expected);
});
