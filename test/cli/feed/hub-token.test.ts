import { expect, test } from 'vitest';
import { readHubToken } from '../../../src/lib/cli/feed/hub-token.ts';
import { makeContext, makeProgram } from '../program/make-program.ts';

test('a file of a bearer token that cannot be read is named', async () => {
  const file = '/nowhere/tickpipe-token';
  await expect(readHubToken({ feed: 'sim', 'hub-token-file': file }, makeContext(makeProgram()))).rejects.toMatchObject(
    {
      code: 'BAD_CONFIGURATION',
      message: `--hub-token-file "${file}" cannot be read: there is no such file`,
    },
  );
});
