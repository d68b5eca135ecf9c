import { expect, test } from 'vitest';
import { readHubToken } from '../../../src/lib/cli/feed/hub-token.ts';

test('a file of a bearer token that cannot be read is named', async () => {
  const file = '/nowhere/tickpipe-token';
  await expect(readHubToken(file, {}, new AbortController().signal)).rejects.toMatchObject({
    code: 'BAD_CONFIGURATION',
    message: `--hub-token-file "${file}" cannot be read: there is no such file`,
  });
});
