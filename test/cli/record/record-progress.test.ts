import { describe, expect, it } from 'vitest';
import { Reporter } from '../../../src/lib/cli/program/reporter.ts';
import { type RecordedUnit, RecordProgress } from '../../../src/lib/cli/record/record-progress.ts';
import type { RecordingStatus } from '../../../src/lib/recording/writer/recording.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { CaptureStream } from '../program/capture-stream.ts';
import { makeProgram } from '../program/make-program.ts';

const STATUS: RecordingStatus = { rows: 0, bytes: 0, files: 0, gaps: 0, open: [] };

function begin(format: 'text' | 'json' = 'text', unit?: RecordedUnit) {
  const clock = new ManualClock();
  const stderr = new CaptureStream();
  const status = { current: STATUS };
  const program = makeProgram({ clock, stderr });
  const reporter = new Reporter(stderr, { level: 'normal', format });
  const progress = new RecordProgress(program, reporter, () => status.current, unit);
  return { clock, stderr, status, progress };
}

describe('the progress of a recording off a terminal', () => {
  it('is a line a minute, with the rate since the line before', async () => {
    const { clock, stderr, status, progress } = begin();
    await progress.start();
    status.current = { rows: 60_000, bytes: 2_500_000, files: 1, gaps: 0, open: ['date=x/kind=symbol/a.part'] };
    clock.advance(60_000);
    status.current = { ...status.current, rows: 60_060, gaps: 2, open: ['a', 'b'] };
    clock.advance(60_000);
    expect(stderr.text.split('\n')).toEqual([
      '60,000 rows, 2.5 MB in 2 files, 1,000 rows/s; date=x/kind=symbol/a.part',
      '60,060 rows, 2.5 MB in 3 files, 2 gaps, 1 row/s; a and 1 more',
      '',
    ]);
  });

  it('counts messages where those are recorded', () => {
    const { stderr, status, progress } = begin('text', 'message');
    status.current = { rows: 1, bytes: 100, files: 1, gaps: 0, open: [] };
    progress.finish('ticks');
    expect(stderr.text).toBe('recorded 1 message, 100 bytes in 1 file in ticks\n');
  });

  it('is data with --log-format json', async () => {
    const { clock, stderr, status, progress } = begin('json');
    await progress.start();
    status.current = { rows: 5, bytes: 100, files: 0, gaps: 1, open: ['a'] };
    clock.advance(60_000);
    expect(JSON.parse(stderr.text)).toMatchObject({ event: 'progress', rows: 5, bytes: 100, gaps: 1, open: ['a'] });
  });

  it('ends with the totals, and prints nothing afterwards', async () => {
    const { clock, stderr, status, progress } = begin();
    await progress.start();
    status.current = { rows: 1, bytes: 470, files: 1, gaps: 1, open: [] };
    progress.finish('ticks');
    clock.advance(600_000);
    expect(stderr.text).toBe('recorded 1 row, 470 bytes in 1 file, 1 gap in ticks\n');
  });

  it('reports when nothing was recorded', () => {
    const { stderr, progress } = begin();
    progress.finish('ticks');
    expect(stderr.text).toBe('nothing was recorded\n');
  });
});
