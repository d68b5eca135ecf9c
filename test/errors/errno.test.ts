import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeErrno, errnoOf } from '../../src/lib/errors/errno.ts';
import { codedError, TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';

function failToRead(): unknown {
  try {
    return readFileSync('/there/is/no/such/file');
  } catch (error) {
    return error;
  }
}

describe('errnoOf', () => {
  it('tells the code of a system error, and only that', () => {
    expect(errnoOf(failToRead())).toBe('ENOENT');
    expect(describeErrno(failToRead())).toBe('ENOENT');
  });

  it.each([
    ['an error without a code', new Error('secret')],
    ['a code that is no text', Object.assign(new Error('secret'), { code: 7 })],
    ['what is no error', { code: 'ENOENT' }],
    ['nothing', undefined],
  ])('finds none in %s', (_, thrown) => {
    expect(errnoOf(thrown)).toBeUndefined();
    expect(describeErrno(thrown)).toBe('unknown error');
  });
});

describe('codedError', () => {
  it('leaves an error with a code as it is', () => {
    const error = new TickpipeError('NO_TOKEN', 'there is none');
    expect(codedError(error, 'the feed failed')).toBe(error);
  });

  it('takes any other for a bug, and keeps it as the cause', () => {
    const cause = new Error('of what it did');
    expect(codedError(cause, 'the feed failed')).toMatchObject({ code: 'BUG', message: 'the feed failed', cause });
  });
});
