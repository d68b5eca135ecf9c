import { expect, it } from 'vitest';
import { changeSessions } from '../../../src/lib/cli/hub/session-changes.ts';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';

const WITHOUT = new TickpipeError('SESSION_WITHOUT_KIND', 'prints none');
const GONE = new TickpipeError('NO_SESSION', 'gone');
const UNREACHABLE = new TickpipeError('FEED_UNREACHABLE', 'no answer');

/** Ids that fail, and how. */
const change =
  (failures: Readonly<Record<string, Error>>) =>
  async (id: string): Promise<string[]> => {
    const failure = failures[id];
    if (failure) throw failure;
    return [`${id} done`];
  };

it('passes over sessions that left or cannot take it, when all are meant', async () => {
  const changes = await changeSessions(['s1', 's2', 's3', 's4'], true, change({ s1: WITHOUT, s3: GONE }));
  expect(changes).toEqual({ done: ['s2 done', 's4 done'], failure: undefined });
});

it('fails when it passed over all of them', async () => {
  expect(await changeSessions(['s1', 's2'], true, change({ s1: WITHOUT, s2: GONE }))).toEqual({
    done: [],
    failure: GONE,
  });
});

it('says what was done before it failed', async () => {
  expect(await changeSessions(['s1', 's2', 's3'], true, change({ s2: UNREACHABLE }))).toEqual({
    done: ['s1 done'],
    failure: UNREACHABLE,
  });
});

it('fails with the one session that is named', async () => {
  expect(await changeSessions(['s1'], false, change({ s1: WITHOUT }))).toEqual({ done: [], failure: WITHOUT });
});

it('makes a mistake a coded error', async () => {
  const { failure } = await changeSessions(['s1'], true, change({ s1: new RangeError('a mistake') }));
  expect(failure).toMatchObject({ code: 'BUG' });
});
