import { expect, test } from 'vitest';
import { hasUtf8 } from '../../../src/lib/cli/program/utf8.ts';

test.each([
  [{}, false],
  [{ LANG: 'C' }, false],
  [{ LANG: 'en_IN.UTF-8' }, true],
  [{ LANG: 'en_IN.utf8' }, true],
  [{ LC_ALL: '', LANG: 'C.UTF-8' }, true],
  [{ LC_ALL: 'C', LANG: 'en_IN.UTF-8' }, false],
  [{ LC_CTYPE: 'UTF-8', LANG: 'C' }, true],
  [{ LC_ALL: 'POSIX', LC_CTYPE: 'UTF-8' }, false],
])('the locale of %j has UTF-8: %s', (env, has) => {
  expect(hasUtf8(env)).toBe(has);
});
